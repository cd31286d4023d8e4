import Foundation
import Synchronization
import Testing

@testable import Transport

/// Requests that go well, over real connections.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct HTTPClientTests {
    private static let fiveMegabytes = (0..<5_242_880).map { UInt8(truncatingIfNeeded: $0 &* 31) }

    @Test func `five megabytes go there and come back byte for byte`() async throws {
        try await Peer.with { peer in
            try await withClient { client in
                let response = try await client.send(
                    HTTPRequest(
                        method: "POST", url: peer.url("/echo"), body: Self.fiveMegabytes))
                #expect(response.status == 200)
                #expect(response.header("x-METHOD") == "POST")
                #expect(response.body == Self.fiveMegabytes)
            }
        }
    }

    @Test(
        arguments: [
            ("GET", nil, "GET 0"), ("DELETE", nil, "DELETE 0"), ("POST", nil, "POST 0"),
            ("PUT", [], "PUT 0"), ("PUT", [7, 0, 13], "PUT 3"), ("PATCH", [1], "PATCH 1"),
        ] as [(String, [UInt8]?, String)])
    func `a method is sent as it is, with its body or without`(
        method: String, body: [UInt8]?, expected: String
    ) async throws {
        try await Peer.with { peer in
            try await withClient { client in
                let response = try await client.send(
                    HTTPRequest(method: method, url: peer.url("/echo"), body: body))
                let echoed = "\(response.header("X-Method") ?? "") \(response.body.count)"
                #expect(echoed == expected)
                #expect(response.body == body ?? [])
            }
        }
    }

    @Test func `a HEAD response may announce more than the limit, for it has no body`() async throws
    {
        let small = HTTPClient.Configuration.usual.with { $0.maximumResponseBytes = 100 }
        try await Peer.with { peer in
            try await withClient(small) { client in
                let response = try await client.send(
                    HTTPRequest(method: "HEAD", url: peer.url("/bytes/2560")))
                #expect(response.header("Content-Length") == "2560")
                #expect(response.body == [])
            }
        }
    }

    @Test func `the head holds the caller's lines and nothing that was not asked for`() async throws
    {
        try await Peer.with { peer in
            try await withClient { client in
                let response = try await client.send(
                    HTTPRequest(
                        method: "POST", url: peer.url("/head/a/../b?c=d"),
                        headers: [
                            HTTPHeader("Accept", "application/x-protobuf"),
                            HTTPHeader("Accept-Encoding", "gzip"),
                            HTTPHeader("X-Empty", ""),
                        ],
                        body: [UInt8](repeating: 0, count: 2_000_000)))
                let port = try await peer.port
                let lines = String(decoding: response.body, as: UTF8.self)
                    .split(separator: "\n")
                #expect(
                    lines
                        == [
                            "POST /head/a/../b?c=d HTTP/1.1", "Host: 127.0.0.1:\(port)",
                            "User-Agent: gatehouse-tests/1", "Accept: application/x-protobuf",
                            "Accept-Encoding: gzip", "X-Empty: ", "Content-Length: 2000000",
                        ])
            }
        }
    }

    @Test func `requests one after the other share a connection`() async throws {
        try await Peer.with { peer in
            try await withClient { client in
                for _ in 1...3 {
                    let response = try await client.send(HTTPRequest(url: peer.url("/echo")))
                    #expect(response.header("X-Accepted") == "1")
                }
            }
        }
    }

    @Test func `requests at the same time wait for their turn on one connection`() async throws {
        try await Peer.with { peer in
            let url = try await peer.url("/echo")
            try await withClient { client in
                try await withThrowingTaskGroup { group in
                    for number in UInt8(0)..<20 {
                        group.addTask {
                            let response = try await client.send(
                                HTTPRequest(method: "POST", url: url, body: [number]))
                            #expect(response.body == [number])
                            #expect(response.header("X-Accepted") == "1")
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }
    }

    @Test func `a connection that the peer closed while idle is replaced`() async throws {
        try await Peer.with { peer in
            try await withClient { client in
                let request = HTTPRequest(
                    method: "POST", url: try await peer.url("/then-close"), body: [1, 2, 3])
                for count in 1...3 {
                    #expect(try await client.send(request).body == Array("once".utf8))
                    try await peer.said("closed", times: count)
                }
            }
        }
    }

    @Test func `a failed transfer does not spoil the next`() async throws {
        try await Peer.with { peer in
            try await withClient { client in
                for path in ["/short", "/endless-head", "/nothing"] {
                    _ = try await failure(HTTPRequest(url: peer.url(path)), by: client)
                    let response = try await client.send(HTTPRequest(url: peer.url("/bytes/256")))
                    #expect(response.body == Array(0...255))
                }
            }
        }
    }

    @Test(arguments: [204, 401, 503])
    func `a status of any kind is an answer`(status: Int) async throws {
        try await Peer.with { peer in
            try await withClient { client in
                let response = try await client.send(
                    HTTPRequest(url: peer.url("/status/\(status)")))
                #expect(response.status == status)
            }
        }
    }

    @Test func `a redirect is returned and not followed`() async throws {
        try await Peer.with { peer in
            try await withClient { client in
                let response = try await client.send(HTTPRequest(url: peer.url("/redirect")))
                #expect(response.status == 302)
                #expect(response.header("Location") == "/echo")
                await client.close()
                try await peer.said("closed")
                #expect(peer.count(of: "request GET /echo") == 0)
            }
        }
    }

    @Test func `interim responses and trailers are not taken for headers`() async throws {
        try await Peer.with { peer in
            try await withClient { client in
                let response = try await client.send(HTTPRequest(url: peer.url("/interim")))
                #expect(response.status == 200)
                #expect(response.body == Array("all".utf8))
                #expect(response.headers.filter { $0.name == "X-Kind" }.map(\.value) == ["final"])
                #expect(response.header("X-Empty") == "")
                #expect(response.header("X-Late") == nil)
            }
        }
    }

    @Test func `a content coding is left to the caller`() async throws {
        try await Peer.with { peer in
            try await withClient { client in
                let response = try await client.send(HTTPRequest(url: peer.url("/gzip/1000000")))
                #expect(response.header("content-encoding") == "gzip")
                #expect(response.body.starts(with: [0x1F, 0x8B]))
                #expect(response.body.count < 10_000)
            }
        }
    }

    @Test func `the local node is asked through its Unix socket`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: folder) } }
        let path = folder.appending(path: "node.sock").path()
        try await Peer.with("--unix", path) { peer in
            #expect(try await peer.said("listening ") == path)
            try await withClient { client in
                // The host is a name only: no plain HTTP would go there.
                let response = try await client.send(
                    HTTPRequest(
                        method: "POST", url: "http://node.invalid/echo", body: [1, 2, 3],
                        socketPath: path))
                #expect(response.body == [1, 2, 3])
            }
        }
    }

    @Test func `progress ends with everything sent and received`() async throws {
        let reports = ReportLog()
        try await Peer.with { peer in
            try await withClient { client in
                _ = try await client.send(
                    HTTPRequest(
                        method: "POST", url: peer.url("/echo"), body: Self.fiveMegabytes)
                ) { reports.append($0) }
            }
        }
        let all = reports.all
        #expect(all.count > 1)
        #expect(
            all.last
                == TransferProgress(
                    sentBytes: 5_242_880, sentBytesInAll: 5_242_880, receivedBytes: 5_242_880,
                    receivedBytesInAll: 5_242_880))
        #expect(zip(all, all.dropFirst()).allSatisfy { $0.receivedBytes <= $1.receivedBytes })
        #expect(zip(all, all.dropFirst()).allSatisfy { $0.sentBytes <= $1.sentBytes })
    }
}

private final class ReportLog: Sendable {
    private let reports = Mutex<[TransferProgress]>([])

    var all: [TransferProgress] { reports.withLock { $0 } }

    func append(_ report: TransferProgress) {
        reports.withLock { $0.append(report) }
    }
}
