/// What a peer answered, whatever its status. A redirect is an answer like any other.
public struct HTTPResponse: Sendable, Equatable {
    public var status: Int

    /// As the peer sent them, in order; interim (1xx) responses, trailers and what a proxy said are
    /// left out.
    public var headers: [HTTPHeader]

    /// The bytes of the content, still encoded as `Content-Encoding` says.
    public var body: [UInt8]

    public init(status: Int, headers: [HTTPHeader] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The value of the first header of that name, upper and lower case being the same.
    public func header(_ name: String) -> String? {
        let name = name.lowercased()
        return headers.first { $0.name.lowercased() == name }?.value
    }
}
