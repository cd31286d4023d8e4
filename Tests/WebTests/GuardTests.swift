import HTTPTypes
import Hummingbird
import Records
import SyncCore
import Testing

@testable import Web

@Suite struct GuardTests {
    @Test(arguments: [
        "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1:8080",
        "127.1:80", "127.0.0.256", "[::2]:80", "", "127.0.0.1:99999",
    ])
    func `a name that is not this machine is refused over TCP`(_ host: String) async throws {
        let site = try await TestSite(.office, code: "MH01")
        let answer = try await site.ask(.get, "/api/v1/status", host: host)
        #expect(answer.status == 421)
        #expect(answer.code == "unknown-host")
        let missing = try await site.ask(.get, "/api/v1/status", host: nil)
        #expect(missing.status == 421)
        let local = try await site.ask(.get, "/api/v1/status", host: host, isLocalSocket: true)
        #expect(local.status == 200)
    }

    @Test(arguments: ["localhost", "localhost:8080", "127.0.0.1:1", "127.9.9.9", "[::1]:8080"])
    func `names of this machine are taken`(_ host: String) async throws {
        let site = try await TestSite(.office, code: "MH01")
        #expect(try await site.ask(.get, "/api/v1/status", host: host).status == 200)
    }

    @Test func `a page of another site changes nothing here`() async throws {
        let site = try await TestSite(.office, code: "MH01")
        let foreign: [HTTPFields] = [
            [.secFetchSite: "cross-site"], [.secFetchSite: "same-site"],
            [.origin: "https://evil.example"], [.origin: "null"],
            [.origin: "http://127.0.0.1:9999"],
        ]
        for headers in foreign {
            let answer = try await site.ask(
                .post, "/api/v1/persons", ["name": "王芳"], headers: headers)
            #expect(answer.status == 403, "\(headers)")
            #expect(answer.code == "cross-site")
        }
        let own: HTTPFields = [.secFetchSite: "same-origin", .origin: "http://127.0.0.1:8080"]
        #expect(
            try await site.ask(.post, "/api/v1/persons", ["name": "王芳"], headers: own).status
                == 201)
        #expect(try await site.ask(.get, "/api/v1/persons").json.items.count == 1)
    }

    @Test func `a request for two hosts is refused`() async throws {
        let site = try await TestSite(.office, code: "MH01")
        let host = try #require(HTTPField.Name("Host"))
        let answer = try await site.ask(.get, "/api/v1/status", headers: [host: "evil.example"])
        #expect(answer.status == 400)
    }

    @Test func `every answer carries the protecting headers, refusals too`() async throws {
        let site = try await TestSite(.office, code: "MH01")
        for path in ["/api/v1/status", "/api/v1/nothing", "/nothing"] {
            let headers = try await site.ask(.get, path).headers
            #expect(headers[.xContentTypeOptions] == "nosniff")
            let policy = headers[.contentSecurityPolicy] ?? ""
            #expect(policy.contains("default-src 'self'"))
            #expect(policy.contains("frame-ancestors 'none'"))
            #expect(headers[.cacheControl] == "no-store")
        }
    }

    @Test func `another method gets the list of those there are`() async throws {
        let site = try await TestSite(.office, code: "MH01")
        let answer = try await site.ask(.put, "/api/v1/households", [:])
        #expect(answer.status == 405)
        #expect(answer.code == "method-not-allowed")
        #expect(answer.headers[.allow] == "GET, HEAD, POST")
        let head = try await site.ask(.head, "/api/v1/households")
        #expect(head.status == 200)
        #expect(head.bytes.isEmpty)
    }

    @Test func `a body is bounded, typed and well formed`() async throws {
        let site = try await TestSite(.office, code: "MH01")
        let json: HTTPFields = [.contentType: "application/json"]
        let long = [UInt8](repeating: UInt8(ascii: " "), count: BodyLimits.apiBytes + 1)
        let tooLarge = try await site.ask(
            .post, "/api/v1/persons", bytes: long, headers: json)
        #expect(tooLarge.status == 413)
        #expect(tooLarge.code == "too-large")
        let announced = try await site.ask(
            .post, "/api/v1/persons", bytes: [],
            headers: [.contentType: "application/json", .contentLength: "2000000"])
        #expect(announced.status == 413)
        let form = try await site.ask(
            .post, "/api/v1/persons", bytes: Array("name=x".utf8),
            headers: [.contentType: "application/x-www-form-urlencoded"])
        #expect(form.status == 415)
        let packed = try await site.ask(
            .post, "/api/v1/persons", bytes: [0x1F, 0x8B],
            headers: [.contentType: "application/json", .contentEncoding: "gzip"])
        #expect(packed.status == 415)
        #expect(
            packed.json.string("detail")
                == "The body is compressed (Content-Encoding gzip). Send it as it is.")
        for text in ["{", "[]", "{\"name\":\"a\",\"name\":\"b\"}", "", "\"x\""] {
            let answer = try await site.ask(
                .post, "/api/v1/persons", bytes: Array(text.utf8), headers: json)
            #expect(answer.status == 400, "\(text)")
            #expect(answer.code == "bad-request")
        }
    }

    @Test func `what is dear to answer is refused at once`() async throws {
        let site = try await TestSite(.office, code: "MH01")
        let json: HTTPFields = [.contentType: "application/json"]
        let members = (0..<257).map { JSONValue.Member("u\($0)", .null) }
        let many = try await site.ask(.post, "/api/v1/persons", .object(members))
        #expect(many.status == 400)
        #expect(many.bytes.count < 1_000)
        // Half a megabyte on one letter takes a minute to compare.
        let tower = "男" + String(repeating: "\u{300}\u{316}", count: 100_000)
        for body in ["{\"gender\":\"\(tower)\"}", "{\"\(tower)\":1}", "{\"_note\":[\"\(tower)\"]}"]
        {
            let answer = try await site.ask(
                .post, "/api/v1/persons", bytes: Array(body.utf8), headers: json)
            #expect(answer.status == 400)
        }
        let wide = (0..<11_000).map { "u\($0)=" }.joined(separator: "&")
        #expect(try await site.ask(.get, "/api/v1/persons?\(wide)").status == 400)
        let twice = try await site.ask(.get, "/api/v1/persons?name=a&q=&name=b")
        #expect(twice.json.string("detail") == "The parameter name stands twice.")
    }

    @Test(arguments: [
        ("127.0.0.1:8080", "127.0.0.1", 8080), ("localhost:0", "localhost", 0),
        ("[::1]:8080", "::1", 8080),
    ])
    func `an address of this machine is listened on`(_ text: String, _ host: String, _ port: Int)
        throws
    {
        let address = try ListenAddress(text)
        #expect(address.host == host)
        #expect(address.port == port)
        #expect(address.description == text)
    }

    @Test(arguments: ["0.0.0.0:8080", "192.168.1.5:8080", "[::]:80", "example.cn:80", "127.1:80"])
    func `any other address is refused, because staff accounts do not exist yet`(_ text: String) {
        let error = #expect(throws: ListenError.self) { try ListenAddress(text) }
        #expect(error?.code == "not-loopback")
        #expect(error?.message.hasPrefix("Staff accounts do not exist yet") == true)
    }

    @Test(arguments: ["", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000"])
    func `an address without a port is malformed`(_ text: String) {
        let error = #expect(throws: ListenError.self) { try ListenAddress(text) }
        #expect(error?.code == "malformed-address")
    }
}
