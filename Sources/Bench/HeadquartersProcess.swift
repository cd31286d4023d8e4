import Foundation
import Logging
import Node
import Records
import Relay
import SyncCore
import Transport
import Wire

/// A node as `gatehouse serve` in a process of its own: headquarters, mostly.
final class HeadquartersProcess {
    private let process = Process()
    private let output = Pipe()
    private let client = HTTPClient(
        HTTPClient.Configuration(maximumResponseBytes: 1 << 26, userAgent: "gatehouse-bench"))
    let folder: URL
    /// Where it answers.
    let url: String
    /// A line to it that counts bytes.
    private let line: LineRelay

    /// Starts the node of a folder; makes headquarters there when there is none.
    ///
    /// - Parameter program: the `gatehouse` program.
    init(program: URL, folder: URL) async throws {
        self.folder = folder
        let log = Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
        if !DataFolder.exists(at: folder) {
            try await LocalNode.found(
                try DataFolder(folder), role: .headquarters, code: "HQ", name: "HQ", log: log)
        }
        process.executableURL = program
        process.arguments = ["serve", "--data", folder.path, "--listen", "127.0.0.1:0"]
        // A backup is due at the first start, and would be measured along.
        process.environment = ProcessInfo.processInfo.environment.merging(
            ["GATEHOUSE_BACKUP_EVERY_HOURS": "0"]) { $1 }
        process.standardOutput = output
        let words = folder.appending(path: "serve.log")
        _ = FileManager.default.createFile(atPath: words.path, contents: nil)
        process.standardError = try FileHandle(forWritingTo: words)
        try process.run()
        let port = try Self.port(printedTo: output)
        url = "http://127.0.0.1:\(port)"
        line = try LineRelay(to: port)
        // A full pipe would stop the program.
        output.fileHandleForReading.readabilityHandler = { _ = $0.availableData }
    }

    /// What failed must not leave it running.
    deinit {
        if process.isRunning { process.terminate() }
    }

    private static func port(printedTo output: Pipe) throws -> Int {
        var printed = ""
        while true {
            if let match = printed.firstMatch(of: /127\.0\.0\.1:(\d+)\//), let port = Int(match.1) {
                return port
            }
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else { throw BenchFailure("gatehouse serve did not start.") }
            printed += String(decoding: data, as: UTF8.self)
        }
    }

    /// The same node through a line that counts bytes.
    var countedURL: String { "http://127.0.0.1:\(line.port)" }

    /// Bytes that went over the counted line while something was done, headers included.
    func traffic(_ work: () throws -> Void) throws -> LineRelay.Traffic {
        let before = line.traffic
        try work()
        let after = line.traffic
        return LineRelay.Traffic(up: after.up - before.up, down: after.down - before.down)
    }

    func peakMebibytes() throws -> Double {
        try ProcessFigures.peakMebibytes(process.processIdentifier)
    }

    /// Processor time so far.
    func usedSeconds() throws -> Double {
        try ProcessFigures.used(process.processIdentifier).seconds
    }

    // MARK: Its API

    func invite(_ office: String) async throws -> String {
        let body = JSONValue.object([.init("office", .string(office))])
        let reply = try await client.send(
            HTTPRequest(
                method: "POST", url: url + "/api/v1/invitations",
                headers: [HTTPHeader("Content-Type", "application/json")], body: body.bytes()))
        guard case .string(let text)? = try JSONValue(parsing: reply.body)["code"] else {
            throw BenchFailure("Headquarters gave no join code.")
        }
        return text
    }

    /// The answer to a GET of the API.
    func get(_ path: String) async throws -> JSONValue {
        let reply = try await client.send(HTTPRequest(url: url + "/api/v1/" + path))
        guard reply.status == 200 else { throw BenchFailure("\(path): \(reply.status)") }
        return try JSONValue(parsing: reply.body)
    }

    /// Seconds until the whole answer to a GET of the API was here, and the answer.
    func timedGet(_ path: String) async throws -> (seconds: Double, body: [UInt8]) {
        let request = HTTPRequest(url: url + "/api/v1/" + path)
        var body: [UInt8] = []
        let seconds = try await Stopwatch.seconds {
            let reply = try await client.send(request)
            guard reply.status == 200 else { throw BenchFailure("\(path): \(reply.status)") }
            body = reply.body
        }
        return (seconds, body)
    }

    /// What it says about a ticket after conflicting edits.
    func word(of id: String) async throws -> TicketWord {
        let ticket = try await get("tickets/\(id)")
        var statuses: [String] = []
        if case .array(let fields)? = try await get("conflicts/tickets/\(id)")["fields"] {
            for field in fields where field["field"] == .string("status") {
                guard case .array(let candidates)? = field["candidates"] else { continue }
                statuses += candidates.compactMap { $0["value"]?.string }
            }
        }
        return TicketWord(
            remark: ticket["remark"]?.string, assignee: ticket["handler_name"]?.string,
            statuses: statuses.sorted())
    }

    /// Ends the program in order.
    func stop() throws {
        process.terminate()
        process.waitUntilExit()
        output.fileHandleForReading.readabilityHandler = nil
        guard process.terminationStatus == 0 else {
            throw BenchFailure("gatehouse serve ended with \(process.terminationStatus).")
        }
    }
}

extension JSONValue {
    fileprivate var string: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }
}
