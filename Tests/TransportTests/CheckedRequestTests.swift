import Testing

@testable import Transport

/// What is refused before anything is sent.
struct CheckedRequestTests {
    private static let fine = HTTPRequest(url: "https://hq.example/sync")

    @Test(arguments: ["\r", "\n", "\0", "\r\nX-Other: 1", "\u{7F}"])
    func `nothing can be smuggled into the head`(text: String) {
        let refused = [
            HTTPRequest(method: "GET" + text, url: "https://hq.example/"),
            HTTPRequest(url: "https://hq.example/" + text),
            HTTPRequest(url: "https://hq.example/a", headers: [HTTPHeader("X-Name" + text, "1")]),
            HTTPRequest(url: "https://hq.example/a", headers: [HTTPHeader("X-Name", "1" + text)]),
            HTTPRequest(url: "http://node/", socketPath: "/run/node.sock" + text),
        ]
        for request in refused {
            #expect(code(of: request) == .invalidRequest, "\(request)")
        }
        let agent = HTTPClient.Configuration.usual.with { $0.userAgent += text }
        #expect(code(of: Self.fine, agent) == .invalidRequest)
    }

    @Test func `a refused header is named and its value is not`() {
        let request = HTTPRequest(
            url: "https://hq.example/", headers: [HTTPHeader("Authorization", "Bearer secret\n")])
        let error = #expect(throws: TransportError.self) {
            try CheckedRequest(request, .usual)
        }
        #expect(
            error?.message
                == "The value of the header Authorization contains a line break or another"
                + " control character.")
    }

    @Test(arguments: ["", "GET POST", "GÉT", "CONNECT", "connect", "TRACE", "GET:"])
    func `only methods that can be sent are taken`(method: String) {
        #expect(code(of: HTTPRequest(method: method, url: Self.fine.url)) == .invalidRequest)
    }

    @Test(arguments: ["", "X Name", "X:", "Näme", "Content-Length", "transfer-encoding", "Expect"])
    func `only headers of the caller's own are taken`(name: String) {
        let request = HTTPRequest(url: Self.fine.url, headers: [HTTPHeader(name, "1")])
        #expect(code(of: request) == .invalidRequest)
    }

    @Test func `a HEAD request has no body`() {
        let request = HTTPRequest(method: "HEAD", url: Self.fine.url, body: [])
        #expect(code(of: request) == .invalidRequest)
    }

    @Test(arguments: [
        "", "hq.example/sync", "//hq.example/", "ftp://hq.example/", "file:///etc/passwd",
        "gopher://127.0.0.1/", "https://", "https://somebody:secret@hq.example/",
        "https://hq.example:99999/",
    ])
    func `only http addresses without credentials are taken`(url: String) {
        let error = #expect(throws: TransportError.self) {
            try CheckedRequest(HTTPRequest(url: url), .usual)
        }
        #expect(error?.code == .invalidRequest)
        #expect(error?.message.contains("secret") == false)
    }

    @Test(arguments: [
        ("https://hq.example/", true), ("http://hq.example/", false),
        ("http://127.0.0.1:8080/", true), ("http://127.1/", true), ("http://2130706433/", true),
        ("http://localhost/", true), ("http://LOCALHOST/", true), ("http://a.localhost/", true),
        ("http://[::1]:80/", true), ("http://[0:0:0:0:0:0:0:1]/", true),
        ("http://127.0.0.1.hq.example/", false), ("http://localhost.hq.example/", false),
        ("http://notlocalhost/", false), ("http://128.0.0.1/", false), ("http://0.0.0.0/", false),
        ("http://[::ffff:127.0.0.1]/", false), ("http://hq.example/#127.0.0.1", false),
    ])
    func `plain HTTP stays on this computer unless it is allowed`(url: String, isTaken: Bool) {
        #expect((code(of: HTTPRequest(url: url)) == nil) == isTaken)
        #expect(code(of: HTTPRequest(url: url), .usual.with { $0.allowPlainHTTP = true }) == nil)
    }

    @Test func `plain HTTP through a socket goes to any name`() {
        let request = HTTPRequest(url: "http://node/", socketPath: "/run/gatehouse/node.sock")
        #expect(code(of: request) == nil)
    }

    @Test(arguments: [(0, false), (1, true), (107, true), (108, false)])
    func `a socket path fits in its address`(length: Int, isTaken: Bool) {
        let request = HTTPRequest(
            url: "http://node/", socketPath: String(repeating: "/", count: length))
        #expect((code(of: request) == nil) == isTaken)
    }

    /// libcurl would take anything else for the name of a file with a key.
    @Test(arguments: [
        "", "key.pem", "sha256//", "sha256//" + String(repeating: "A", count: 43),
        "sha256//" + String(repeating: "A", count: 44) + ";",
        "sha256//" + String(repeating: "A", count: 43) + "\n",
    ])
    func `a pin is a hash`(pin: String) {
        let configuration = HTTPClient.Configuration.usual.with { $0.pinnedPublicKey = pin }
        #expect(code(of: Self.fine, configuration) == .invalidRequest)
    }

    private func code(
        of request: HTTPRequest, _ configuration: HTTPClient.Configuration = .usual
    ) -> TransportError.Code? {
        do throws(TransportError) {
            _ = try CheckedRequest(request, configuration)
            return nil
        } catch {
            return error.code
        }
    }
}
