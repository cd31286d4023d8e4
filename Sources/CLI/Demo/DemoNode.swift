import Foundation
import Logging
import Node
import Records
import SyncCore
import Transport
import Web

/// One node of the demo: a process of its own, asked through its API like by any program.
///
/// It is asked over the socket in its own folder, never over its port: another node may answer
/// there, and the demo's fictional records would go into somebody's real ones.
final class DemoNode: Sendable {
    let code: String
    let name: String
    let role: Role
    let folder: URL
    let port: Int
    let access: NodeAccess
    private let process = Locked<Process?>(nil)

    init(_ role: Role, code: String, name: String, in data: URL, port: Int) {
        self.role = role
        self.code = code
        self.name = name
        folder = data.appending(path: code, directoryHint: .isDirectory)
        self.port = port
        access = NodeAccess(socketOf: folder)
    }

    var address: String { "http://127.0.0.1:\(port)/" }

    /// - Throws: `CommandFailure` when another program has the node's port.
    func checkPort() async throws {
        do {
            try await ListenAddress("127.0.0.1:\(port)").checkIsFree()
        } catch let error as ListenError where error.reason == .addressInUse {
            throw CommandFailure(
                "Port \(port) is in use by another program. Choose other ports with --port-base.")
        }
    }

    /// Makes the node and starts its process; returns when it is ready.
    func start() async throws {
        try await LocalNode.found(
            try DataFolder(folder), role: role, code: code, name: name, log: ProgramLog.quiet)
        let process = Process()
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = [
            "serve", "--data", folder.path, "--listen", "127.0.0.1:\(port)", "--interval", "2",
            "--demo",
        ]
        let log = folder.appendingPathExtension("log")
        try Data().write(to: log)
        let output = try FileHandle(forWritingTo: log)
        process.standardOutput = output
        process.standardError = output
        try process.run()
        self.process.with { $0 = process }
        try await waitUntilReady(log)
    }

    private func waitUntilReady(_ log: URL) async throws {
        for _ in 0..<200 {
            guard process.with({ $0?.isRunning ?? false }) else { break }
            // Not yet listening is expected.
            if (try? await access.get("/readyz")) != nil { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw CommandFailure(
            "The node \(code) did not start on port \(port). See \(log.path), or choose other ports with --port-base."
        )
    }

    func stop() {
        process.with { process in
            process?.terminate()
            process?.waitUntilExit()
            process = nil
        }
    }

    // MARK: What the demo asks

    func status() async throws -> JSONValue { try await access.get("/api/v1/status").json }

    func records(_ type: String, _ query: String = "") async throws -> [JSONValue] {
        try await access.get("/api/v1/\(type)?limit=500\(query)").json["items"]?.elements ?? []
    }

    func importRegister(_ register: String, _ bytes: [UInt8]) async throws -> JSONValue {
        let job = try await access.send(
            "POST", "/api/v1/imports/\(register)", body: bytes, type: "application/octet-stream"
        ).json
        return try await access.finish(
            job: job["id"]?.string ?? "", "\(code) 导入 \(register)")
    }

    /// Changes one field of a record on top of what it shows now.
    func patch(_ type: String, _ id: String, _ field: String, _ value: JSONValue) async throws {
        let shown = try await access.get("/api/v1/\(type)/\(id)")
        _ = try await access.send(
            "PATCH", "/api/v1/\(type)/\(id)",
            body: JSONValue.object([.init(field, value)]).bytes(),
            headers: [.init("If-Match", shown.headers["etag"] ?? "")])
    }

    func create(_ type: String, _ fields: [JSONValue.Member]) async throws -> String {
        try await access.post("/api/v1/\(type)", .object(fields)).json["id"]?.string ?? ""
    }

    func syncNow() async throws -> JSONValue {
        let job = try await access.post("/api/v1/sync").json
        return try await access.finish(job: job["id"]?.string ?? "", "\(code) 同步")
    }
}
