import Foundation
import Logging
import Node
import Records
import Store
import SyncCore

/// An office folder with all tickets in it, closed, made once and copied for each repetition.
struct PreparedOffice {
    let folder: URL
    /// The records by the ids of the generator.
    let ids: [String: String]

    /// - Parameter perGroup: tickets saved in one transaction.
    init(_ rows: [BenchRow], perGroup: Int, in folder: URL) async throws {
        self.folder = folder
        let node = try await Self.found(in: folder)
        var ids: [String: String] = [:]
        let edits = rows.map { row in
            let id = node.newID(for: .ticket)
            ids[row.id] = id.description
            return RecordEdit(.ticket, .create(id), contents: row.contents())
        }
        for start in stride(from: 0, to: edits.count, by: perGroup) {
            try await node.save(
                Array(edits[start..<min(start + perGroup, edits.count)]), actor: nil)
        }
        try node.close()
        self.ids = ids
    }

    /// A new office, open.
    static func found(in folder: URL) async throws -> LocalNode {
        let log = Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
        try await LocalNode.found(
            try DataFolder(folder), role: .office, code: "MH01", name: "Bench", log: log)
        return try await LocalNode(try DataFolder(folder), log: log)
    }

    /// Opens a node in the bench's own process, and closes it after the work. The lock of the folder
    /// is free when this returns, because nobody holds the node any more.
    static func use(_ folder: URL, _ work: (LocalNode) async throws -> Void) async throws {
        let log = Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
        let node = try await LocalNode(try DataFolder(folder), log: log)
        try await work(node)
        try node.close()
    }

    /// Edits with the ids of this office's records.
    func resolved(_ edits: [BenchEdit]) throws -> [BenchEdit] {
        try edits.map { edit in
            guard let id = ids[edit.id] else {
                throw BenchFailure("The generator has no row \(edit.id).")
            }
            var resolved = edit
            resolved.id = id
            return resolved
        }
    }

    /// Edits as a file for the office's process.
    static func write(_ edits: [BenchEdit], to url: URL) throws -> String {
        let encoder = JSONEncoder()
        let lines = try edits.map { try encoder.encode($0) + Data("\n".utf8) }
        try Data(lines.joined()).write(to: url)
        return url.path
    }
}
