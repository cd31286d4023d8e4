/// A request that may be sent: nothing in it can be read as something else on the line, and it goes
/// only where the configuration lets it.
struct CheckedRequest: Sendable {
    let method: String
    let url: String

    /// Lines as libcurl takes them.
    let headerLines: [String]

    let body: [UInt8]?
    let socketPath: String?

    /// Where it goes, for sentences.
    let place: Place

    /// On this computer, so no proxy may come between.
    let isLocal: Bool

    /// The longest path that fits in `sockaddr_un`, which ends with a zero byte.
    static let maximumSocketPathBytes = 107

    init(
        _ request: HTTPRequest, _ configuration: HTTPClient.Configuration
    ) throws(TransportError) {
        try Self.check(configuration)
        let address = try Self.address(of: request)
        try Self.check(method: request.method, hasBody: request.body != nil)
        method = request.method
        headerLines = try Self.lines(of: request.headers)
        url = address.url
        body = request.body
        socketPath = request.socketPath

        if let path = request.socketPath {
            try Self.check(socketPath: path)
            place = .socket(path)
            isLocal = true
        } else {
            place = .host(address.host + (address.port.map { ":" + $0 } ?? ""))
            isLocal = Self.isLoopback(address.host)
        }
        guard address.scheme == "https" || isLocal || configuration.allowPlainHTTP else {
            throw .invalid("\(place) would be asked without encryption. Use an https address.")
        }
    }

    private static func address(of request: HTTPRequest) throws(TransportError) -> CurlAddress {
        guard !request.url.unicodeScalars.contains(where: isControl) else {
            throw .invalid("The address contains a line break or another control character.")
        }
        let address: CurlAddress
        do {
            address = try CurlAddress(request.url)
        } catch {
            throw .invalid("The address cannot be used: \(error.text). Correct it and try again.")
        }
        guard ["http", "https"].contains(address.scheme) else {
            throw .invalid("The address begins with \(address.scheme). Use an https address.")
        }
        return address
    }

    private static func check(method: String, hasBody: Bool) throws(TransportError) {
        guard isToken(method), !["CONNECT", "TRACE"].contains(method.uppercased()) else {
            throw .invalid("The method of the request is not one that can be sent.")
        }
        guard method != "HEAD" || !hasBody else {
            throw .invalid("A HEAD request cannot have a body.")
        }
    }

    private static func check(socketPath path: String) throws(TransportError) {
        guard !path.isEmpty, !path.unicodeScalars.contains(where: isControl) else {
            throw .invalid("The path of the local socket is empty or contains a control character.")
        }
        guard path.utf8.count <= maximumSocketPathBytes else {
            throw .invalid(
                "The path of the local socket, \(path), is longer than the"
                    + " \(maximumSocketPathBytes) bytes a socket can have. Use a shorter folder.")
        }
    }

    private static func check(
        _ configuration: HTTPClient.Configuration
    ) throws(TransportError) {
        guard !configuration.userAgent.unicodeScalars.contains(where: isControl) else {
            throw .invalid("The user agent contains a line break or another control character.")
        }
        if let file = configuration.certificateAuthorityFile {
            guard !file.isEmpty, !file.unicodeScalars.contains(where: isControl) else {
                throw .invalid(
                    "The path of the certificate authority file is empty or contains a control"
                        + " character.")
            }
        }
        if let pins = configuration.pinnedPublicKey {
            // libcurl takes anything else for the name of a file.
            guard pins.split(separator: ";", omittingEmptySubsequences: false).allSatisfy(isPin)
            else {
                throw .invalid(
                    "A pinned key must be sha256// and 44 characters of base64. Copy it again.")
            }
        }
    }

    /// The message never quotes a value, which may be a credential.
    private static func lines(of headers: [HTTPHeader]) throws(TransportError) -> [String] {
        let ours = ["content-length", "expect", "transfer-encoding"]
        // An empty value takes out what libcurl would add: it would wait a second for a server that
        // does not know `Expect`, and call any body a form.
        var lines = ["Expect:"]
        if !headers.contains(where: { $0.name.lowercased() == "content-type" }) {
            lines.append("Content-Type:")
        }
        for header in headers {
            guard isToken(header.name) else {
                throw .invalid("The name of a header contains a character that is not allowed.")
            }
            guard !ours.contains(header.name.lowercased()) else {
                throw .invalid(
                    "The header \(header.name) is set by the client itself. Leave it out.")
            }
            guard !header.value.unicodeScalars.contains(where: { isControl($0) && $0 != "\t" })
            else {
                throw .invalid(
                    "The value of the header \(header.name) contains a line break or"
                        + " another control character.")
            }
            let isBlank = header.value.allSatisfy { $0 == " " || $0 == "\t" }
            lines.append(isBlank ? "\(header.name);" : "\(header.name): \(header.value)")
        }
        return lines
    }

    /// RFC 9110 section 5.6.2.
    private static func isToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default:
                    "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || scalar.value == 0x7F
    }

    private static func isPin(_ text: Substring) -> Bool {
        let key = text.dropFirst("sha256//".count)
        return text.hasPrefix("sha256//") && key.utf8.count == 44
            && key.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "+/=".contains($0)) }
    }

    /// Whether libcurl connects to this computer for the host whatever name servers say. It gives
    /// `localhost` and the names under it the loopback addresses itself (RFC 6761 section 6.3).
    static func isLoopback(_ host: String) -> Bool {
        let host = host.lowercased()
        if host == "localhost" || host.hasSuffix(".localhost") || host == "[::1]" {
            return true
        }
        let numbers = host.split(separator: ".", omittingEmptySubsequences: false)
        return numbers.count == 4 && numbers[0] == "127"
            && numbers.allSatisfy { UInt8($0) != nil }
    }
}

/// The other end, as sentences name it.
enum Place: Sendable, Equatable, CustomStringConvertible {
    /// A host, with its port when the address gives one.
    case host(String)
    case socket(String)

    var description: String {
        switch self {
        case .host(let host): host
        case .socket(let path): "the socket \(path)"
        }
    }
}
