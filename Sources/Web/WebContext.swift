import Hummingbird
import Logging
import NIOCore

/// What goes with one request through the server.
public struct WebContext: RequestContext {
    public var coreContext: CoreRequestContextStorage
    /// Whether the request came through the socket of the data folder, which only the node's own
    /// user can open.
    public let isLocalSocket: Bool

    public init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        isLocalSocket = source.channel.localAddress?.protocol == .unix
    }

    /// A request made inside the process, as tests do.
    init(logger: Logger, isLocalSocket: Bool) {
        var logger = logger
        logger[metadataKey: "hb.request.id"] = .stringConvertible(RequestID())
        coreContext = CoreRequestContextStorage(source: InProcess(logger: logger))
        self.isLocalSocket = isLocalSocket
    }

    /// What a person can read out on the telephone to have one failure found in the log.
    var reference: String {
        // Hummingbird's own `id` traps where a logger keeps no metadata.
        logger[metadataKey: "hb.request.id"].map { String("\($0)".suffix(8)) } ?? "none"
    }

    private struct InProcess: RequestContextSource {
        let logger: Logger
    }
}
