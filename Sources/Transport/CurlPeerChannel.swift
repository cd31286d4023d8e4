import SyncCore
import Wire

/// Headquarters over HTTP, as `Protocol/exchange.md` describes it.
///
/// One channel keeps one connection alive, so that an exchange every minute does not begin with a
/// handshake.
public final class CurlPeerChannel: PeerChannel {
    private let base: String
    private let client: HTTPClient

    /// - Parameters:
    ///   - url: of headquarters, such as `https://hq.example.cn`; plain http to loopback only.
    ///   - certificateAuthorityFile: a PEM file to trust instead of the system's authorities.
    public init(url: String, certificateAuthorityFile: String? = nil) {
        base = url.hasSuffix("/") ? String(url.dropLast()) : url
        client = HTTPClient(
            HTTPClient.Configuration(
                maximumResponseBytes: Limits.maximumBodyBytes,
                userAgent: "gatehouse/\(protocolVersion)",
                certificateAuthorityFile: certificateAuthorityFile))
    }

    public func send(
        _ body: [UInt8], to address: ExchangeAddress, credential: [UInt8]?
    ) async throws(PeerFailure) -> [UInt8] {
        var headers = [
            HTTPHeader("Content-Type", "application/x-protobuf"),
            HTTPHeader("Accept-Encoding", "gzip"),
        ]
        var body = body
        if body.count >= Gzip.worthwhileBytes {
            body = Gzip.compress(body)
            headers.append(HTTPHeader("Content-Encoding", "gzip"))
        }
        if let credential {
            headers.append(HTTPHeader("Authorization", "Bearer \(Hexadecimal.text(credential))"))
        }
        let response: HTTPResponse
        do {
            response = try await client.send(
                HTTPRequest(
                    method: "POST", url: base + address.rawValue, headers: headers, body: body))
        } catch {
            throw .notReached(code: error.code.rawValue, message: error.message)
        }
        return try Self.body(of: response)
    }

    /// The message in a response, or what a refusal says. What is neither is never parsed further.
    private static func body(of response: HTTPResponse) throws(PeerFailure) -> [UInt8] {
        guard response.status == 200,
            response.header("Content-Type")?.hasPrefix("application/x-protobuf") == true
        else {
            let retryAfter = response.header("Retry-After").flatMap { Int($0) }
            throw .refused(
                Problem(reading: response.body, status: response.status, retryAfter: retryAfter))
        }
        switch response.header("Content-Encoding") {
        case nil, "identity": return response.body
        case "gzip":
            do {
                return try Gzip.decompress(response.body)
            } catch {
                throw .refused(error)
            }
        default:
            throw .refused(
                Problem(.unsupportedCoding, detail: "Headquarters answered in an unknown coding."))
        }
    }

    /// Ends the connection.
    public func close() async {
        await client.close()
    }
}
