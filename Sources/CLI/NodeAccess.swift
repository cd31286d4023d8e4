import Foundation
import Logging
import Node
import Records
import Store
import Transport
import Web

/// A node's API as the command line uses it: always over the node's local socket.
///
/// When no process has the data folder open, the command opens it, serves its socket for the time
/// of the command, and asks itself. So there is one way in, and the database has one owner.
struct NodeAccess: Sendable {
    private let client: HTTPClient
    private let socketPath: String

    struct Reply: Sendable {
        var status: Int
        var headers: [String: String]
        var body: [UInt8]

        // A null has no members to be read.
        var json: JSONValue { (try? JSONValue(parsing: body)) ?? .null }
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    /// The node that runs in a data folder, and no other: its socket lies there, under its lock.
    init(socketOf data: URL) {
        socketPath = DataFolder.socketPath(of: data)
        client = HTTPClient(
            HTTPClient.Configuration(
                maximumResponseBytes: 1 << 30, userAgent: "gatehouse-cli"))
    }

    /// Runs a command's work against the node in a data folder.
    static func use<Result: Sendable>(
        _ data: URL, _ work: @escaping @Sendable (NodeAccess) async throws -> Result
    ) async throws -> Result {
        guard DataFolder.exists(at: data) else {
            throw CommandFailure(
                "There is no node in \(data.path). Make one with gatehouse init.")
        }
        let folder: DataFolder
        do {
            folder = try DataFolder(data)
        } catch let error as StoreError where error.code == .alreadyOpen {
            return try await work(NodeAccess(socketOf: data))
        }
        let running = try await RunningNode(folder, log: ProgramLog.quiet)
        return try await running.serveSocket {
            try await work(NodeAccess(socketOf: data))
        }
    }

    /// Sends one request; a problem in the answer becomes a failure with its sentence.
    func send(
        _ method: String, _ path: String, body: [UInt8]? = nil,
        type: String = "application/json", headers: [HTTPHeader] = []
    ) async throws -> Reply {
        var request = HTTPRequest(
            method: method, url: "http://localhost" + path, headers: headers, body: body,
            socketPath: socketPath)
        if body != nil { request.headers.append(HTTPHeader("Content-Type", type)) }
        let response: HTTPResponse
        do {
            response = try await client.send(request)
        } catch {
            throw CommandFailure("The node does not answer: \(error.message)")
        }
        let reply = Reply(
            status: response.status,
            headers: ["etag": response.header("ETag") ?? ""], body: response.body)
        guard (200..<300).contains(response.status) else {
            throw Self.failure(reply)
        }
        return reply
    }

    func get(_ path: String) async throws -> Reply { try await send("GET", path) }

    func post(_ path: String, _ json: JSONValue = .object([])) async throws -> Reply {
        try await send("POST", path, body: json.bytes())
    }

    /// Waits for a job and shows how far it is when that takes longer than two seconds.
    func finish(job id: String, _ title: String) async throws -> JSONValue {
        var bar = ProgressBar(title)
        while true {
            let job = try await get("/api/v1/jobs/\(id)").json
            switch job["state"]?.string {
            case "finished":
                bar.finish()
                return job["result"] ?? .null
            case "failed":
                bar.finish()
                throw Self.failure(
                    code: job["code"]?.string, message: job["message"]?.string ?? "The job failed.")
            default:
                bar.show(done: job["done"]?.integer ?? 0, total: job["total"]?.integer ?? 0)
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    private static func failure(_ reply: Reply) -> CommandFailure {
        let json = reply.json
        let detail = json["detail"]?.string ?? json["title"]?.string
        return failure(
            code: json["code"]?.string,
            message: detail ?? "The node answered with status \(reply.status).")
    }

    /// Codes of the transport mean that headquarters was not reached; what the node cannot
    /// understand was given wrongly.
    static func failure(code: String?, message: String) -> CommandFailure {
        let isNetwork =
            code.flatMap { TransportError.Code(rawValue: $0) }.map(\.isNetwork) ?? false
        return CommandFailure(
            code.map { "\(message) (\($0))" } ?? message,
            exit: isNetwork ? .peerNotReached : code == "bad-request" ? .usage : .failed)
    }
}

extension JSONValue {
    var string: String? { if case .string(let text) = self { text } else { nil } }
    var integer: Int? { if case .number(let digits) = self { Int(digits) } else { nil } }
    var boolean: Bool? { if case .bool(let flag) = self { flag } else { nil } }
    var elements: [JSONValue] { if case .array(let elements) = self { elements } else { [] } }
}
