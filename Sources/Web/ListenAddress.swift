import Glibc
import NIOCore
import NIOPosix
import Node

/// Where the node listens for browsers and peers, such as `127.0.0.1:8080`.
///
/// Only addresses of this machine are taken: staff accounts do not exist yet, so whoever reaches
/// the port may do everything.
public struct ListenAddress: Hashable, Sendable {
    public let host: String
    /// 0 lets the system choose a free one.
    public let port: Int

    /// Reads `127.0.0.1:8080`, `localhost:8080` or `[::1]:8080`.
    ///
    /// - Throws: `ListenError` `malformed-address` or `not-loopback`.
    public init(_ text: String) throws(ListenError) {
        guard let (host, port) = HostAndPort.parts(of: text), let port else {
            throw ListenError(
                .malformedAddress,
                "“\(text)” is not an address with a port. Write it like 127.0.0.1:8080.")
        }
        guard HostAndPort.isLoopback(host) else {
            throw ListenError(
                .notLoopback,
                "Staff accounts do not exist yet, so the node listens on this machine only and not on \(host). Use 127.0.0.1:\(port)."
            )
        }
        self.host = host
        self.port = port
    }
}

extension ListenAddress {
    /// Takes the port for a moment, so that whoever starts much beside a server hears first that
    /// another program has it.
    ///
    /// - Throws: `ListenError` `address-in-use` or `listen-failed`.
    public func checkIsFree() async throws {
        do {
            let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                // As the server does: the ends of old connections do not count.
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .bind(host: host, port: port).get()
            try await channel.close()
        } catch let error as IOError {
            throw ListenError(error, at: self)
        }
    }
}

extension ListenAddress: CustomStringConvertible {
    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// Why the node cannot listen.
public struct ListenError: CodedError, Hashable, CustomStringConvertible {
    public enum Code: String, Sendable {
        case malformedAddress = "malformed-address"
        case notLoopback = "not-loopback"
        case addressInUse = "address-in-use"
        case socketPathTooLong = "socket-path-too-long"
        case listenFailed = "listen-failed"
    }

    public let reason: Code
    public let message: String

    public var code: String { reason.rawValue }
    public var description: String { "\(code): \(message)" }

    init(_ reason: Code, _ message: String) {
        self.reason = reason
        self.message = message
    }

    /// - Parameter listen: nil for the socket of the data folder.
    init(_ error: IOError, at listen: ListenAddress?) {
        guard let listen else {
            self.init(.listenFailed, "The node cannot listen on its socket: \(error).")
            return
        }
        guard error.errnoCode == EADDRINUSE else {
            self.init(
                .listenFailed, "The node cannot listen on \(listen.host):\(listen.port): \(error).")
            return
        }
        self.init(
            .addressInUse,
            "Port \(listen.port) is in use by another program. Stop it, or choose another port with --listen."
        )
    }
}

/// Host names as they stand in addresses and in the `Host` header.
enum HostAndPort {
    /// The host without brackets, and the port if there is one; nil for what is no such text.
    static func parts(of text: String) -> (host: String, port: Int?)? {
        let host: Substring
        let rest: Substring
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            host = text[text.index(after: text.startIndex)..<end]
            rest = text[text.index(after: end)...]
        } else {
            let end = text.firstIndex(of: ":") ?? text.endIndex
            host = text[..<end]
            rest = text[end...]
        }
        guard !host.isEmpty else { return nil }
        if rest.isEmpty { return (String(host), nil) }
        let digits = rest.dropFirst()
        guard rest.first == ":", digits.utf8.allSatisfy({ (48...57).contains($0) }),
            let port = Int(digits), (0...65_535).contains(port)
        else { return nil }
        return (String(host), port)
    }

    /// Whether a name can only mean this machine: `localhost`, `::1` and 127.0.0.0/8.
    static func isLoopback(_ host: String) -> Bool {
        if host.lowercased() == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127"
            && parts.allSatisfy { part in
                part.utf8.count <= 3 && part.utf8.allSatisfy { (48...57).contains($0) }
                    && UInt8(part) != nil
            }
    }
}
