import Foundation
import Logging
import Node
import Records
import Relay
import SyncCore
import Transport
import Wire

/// Headquarters as `gatehouse serve` in a process of its own, reached through a line that counts
/// bytes.
struct HeadquartersProcess {
    private let process = Process()
    private let client: HTTPClient
    private let base: String
    let folder: URL
    let line: LineRelay

    /// - Parameter program: the `gatehouse` program.
    init(program: URL, folder: URL) async throws {
        self.folder = folder
        let log = Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
        try await LocalNode.found(
            try DataFolder(folder), role: .headquarters, code: "HQ", name: "HQ", log: log)
        let output = Pipe()
        process.executableURL = program
        process.arguments = ["serve", "--data", folder.path, "--listen", "127.0.0.1:0"]
        process.standardOutput = output
        try process.run()
        var port: Int?
        var printed = ""
        while port == nil {
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else { throw BenchFailure("headquarters did not start") }
            printed += String(decoding: data, as: UTF8.self)
            if let match = printed.firstMatch(of: /127\.0\.0\.1:(\d+)\//) { port = Int(match.1) }
        }
        line = try LineRelay(to: port ?? 0)
        base = "http://127.0.0.1:\(port ?? 0)"
        client = HTTPClient(
            HTTPClient.Configuration(maximumResponseBytes: 1 << 26, userAgent: "gatehouse-bench"))
    }

    var channel: CurlPeerChannel { CurlPeerChannel(url: "http://127.0.0.1:\(line.port)") }

    func invite(_ office: String) async throws -> JoinCode {
        let body = JSONValue.object([.init("office", .string(office))])
        let reply = try await client.send(
            HTTPRequest(
                method: "POST", url: base + "/api/v1/invitations",
                headers: [HTTPHeader("Content-Type", "application/json")], body: body.bytes()))
        guard case .string(let text)? = try JSONValue(parsing: reply.body)["code"],
            let code = JoinCode(text)
        else { throw BenchFailure("headquarters gave no join code") }
        return code
    }

    /// How many tickets headquarters lists, page by page.
    func ticketCount() async throws -> Int {
        var count = 0
        var after = ""
        while true {
            let reply = try await client.send(
                HTTPRequest(method: "GET", url: base + "/api/v1/tickets?limit=500\(after)"))
            let page = try JSONValue(parsing: reply.body)
            guard case .array(let items)? = page["items"] else {
                throw BenchFailure("headquarters did not list its tickets")
            }
            count += items.count
            guard case .string(let next)? = page["next"] else { return count }
            after = "&after=\(next)"
        }
    }

    func stop() {
        process.terminate()
        process.waitUntilExit()
    }
}

struct BenchFailure: Error {
    let message: String

    init(_ message: String) {
        self.message = message
    }
}
