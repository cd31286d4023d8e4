/// One question to a peer, or to the node of this office through its local socket.
///
/// Nothing is checked here; `HTTPClient.send` refuses what cannot be sent safely.
public struct HTTPRequest: Sendable, Equatable {
    /// An upper-case method such as `GET` or `POST`.
    public var method: String

    /// The whole address, `https://hq.example:8443/sync/v1/exchange`. Credentials do not belong in
    /// it. The path is sent as it stands here, so that a signature over it stays valid.
    public var url: String

    /// Sent in this order and as they are. The length and the framing of the body are added by the
    /// client and are refused here.
    public var headers: [HTTPHeader]

    /// The bytes to send, already encoded as `Content-Encoding` says; nil for no body. `POST`,
    /// `PUT` and `PATCH` without a body are sent with a length of zero.
    public var body: [UInt8]?

    /// The Unix domain socket to connect to in place of the host in `url`.
    public var socketPath: String?

    public init(
        method: String = "GET",
        url: String,
        headers: [HTTPHeader] = [],
        body: [UInt8]? = nil,
        socketPath: String? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.socketPath = socketPath
    }
}

/// One line of the head of a request or response.
public struct HTTPHeader: Sendable, Equatable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}
