import Foundation
import Glibc
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Node
import ServiceLifecycle

/// The HTTP server of a node: pages, API and, at headquarters, the exchange, on a loopback port and
/// on the socket of the data folder.
///
/// `run` is its whole life. A graceful shutdown lets requests in progress end.
public struct WebServer: Service {
    private let services: Services
    private let listen: ListenAddress?
    private let socketPath: String?
    private let onListening: @Sendable (_ port: Int) async -> Void

    /// - Parameters:
    ///   - listen: on this machine only (`ListenAddress`); nil for the socket alone.
    ///   - socketPath: `DataFolder.socketPath`, at most 107 bytes; a stale file there is replaced,
    ///     and removed at the end. Nil for none.
    ///   - onListening: told the port once connections are taken.
    public init(
        _ services: Services, listen: ListenAddress?, socketPath: String?,
        onListening: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) {
        self.services = services
        self.listen = listen
        self.socketPath = socketPath
        self.onListening = onListening
    }

    /// Serves until shutdown.
    ///
    /// - Throws: `ListenError` when an address cannot be taken.
    public func run() async throws {
        let responder = Self.responder(services)
        let listen = listen
        let onListening = onListening
        var parts: [any Service] = []
        if let listen {
            parts.append(
                application(responder, at: .hostname(listen.host, port: listen.port)) { channel in
                    await onListening(channel.localAddress?.port ?? listen.port)
                })
        }
        if let socketPath {
            guard socketPath.utf8.count <= 107 else {
                throw ListenError(
                    .socketPathTooLong,
                    "The path \(socketPath) is longer than the 107 bytes a socket's path may have. Move the data folder up."
                )
            }
            let log = services.node.log
            parts.append(
                application(responder, at: .unixDomainSocket(path: socketPath)) { _ in
                    // The folder is private already; this holds for folders that were made more
                    // open.
                    if chmod(socketPath, 0o600) != 0 {
                        log.warning("The socket of the data folder could not be made private.")
                    }
                    if listen == nil { await onListening(0) }
                })
        }
        defer {
            if let socketPath { unlink(socketPath) }
        }
        do {
            try await ServiceGroup(
                configuration: .init(services: parts, logger: services.node.log)
            ).run()
        } catch let error as IOError {
            throw ListenError(error, at: listen)
        }
    }

    private func application(
        _ responder: RouterResponder<WebContext>, at address: BindAddress,
        onListening: @escaping @Sendable (any Channel) async -> Void
    ) -> some Service {
        Application(
            responder: responder,
            server: .http1(configuration: .init(idleTimeout: .seconds(75))),
            configuration: ApplicationConfiguration(address: address),
            onServerRunning: onListening, logger: services.node.log)
    }

    /// Everything the node answers, without a network: what `run` serves on both addresses.
    static func responder(_ services: Services) -> RouterResponder<WebContext> {
        let router = Router(context: WebContext.self)
        router.add(middleware: ResponseHeaders())
        router.add(middleware: RequestMetering(meter: services.meter))
        router.add(middleware: ProblemAnswers())
        router.add(middleware: RequestGuard())
        let routes = Routes(router: router)
        ExchangeRoutes(services: services).add(to: routes)
        APIRoutes(services: services).add(to: routes)
        Pages.add(to: router, PageServices(services))
        return router.buildResponder()
    }
}
