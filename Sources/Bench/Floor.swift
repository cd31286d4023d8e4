import Foundation
import GRDB

/// What nobody can beat: the same rows into one plain table, prepared statements, one transaction.
enum Floor {
    /// - Returns: seconds of the insert, and the file's size in bytes after a checkpoint.
    static func insert(_ rows: [BenchRow], at path: String) throws -> (seconds: Double, bytes: Int)
    {
        var configuration = Configuration()
        configuration.journalMode = .wal
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA cache_size = -65536")
        }
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.write { db in try db.execute(sql: schema) }
        let seconds = try Measure.blockingSeconds {
            try queue.write { db in
                let statement = try db.makeStatement(
                    sql: "INSERT INTO tickets VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)")
                for row in rows {
                    try statement.execute(arguments: [
                        row.id, row.ticketNo, row.branchId, row.community, row.room,
                        row.ownerName, row.phone, row.category, row.priority, row.status,
                        row.title, row.description, row.assignee, row.source, row.costCents,
                        row.rating, row.remark, row.createdAt, row.updatedAt, row.dueAt,
                    ])
                }
            }
        }
        try queue.writeWithoutTransaction { db in
            _ = try db.checkpoint(.truncate)
        }
        try queue.close()
        return (seconds, try Measure.bytes(ofFile: path))
    }

    private static let schema = """
        CREATE TABLE tickets (
          id TEXT PRIMARY KEY NOT NULL, ticket_no TEXT NOT NULL, branch_id TEXT NOT NULL,
          community TEXT NOT NULL, room TEXT NOT NULL, owner_name TEXT NOT NULL,
          phone TEXT NOT NULL, category TEXT NOT NULL, priority INTEGER NOT NULL,
          status TEXT NOT NULL, title TEXT NOT NULL, description TEXT NOT NULL,
          assignee TEXT NOT NULL, source TEXT NOT NULL, cost_cents INTEGER NOT NULL,
          rating INTEGER, remark TEXT NOT NULL, created_at INTEGER NOT NULL,
          updated_at INTEGER NOT NULL, due_at INTEGER NOT NULL);
        CREATE INDEX tickets_recent ON tickets (updated_at);
        """
}

enum Measure {
    /// Wall-clock seconds of some work.
    static func blockingSeconds(_ work: () throws -> Void) rethrows -> Double {
        let began = ContinuousClock.now
        try work()
        return (ContinuousClock.now - began) / .seconds(1)
    }

    static func seconds(_ work: () async throws -> Void) async rethrows -> Double {
        let began = ContinuousClock.now
        try await work()
        return (ContinuousClock.now - began) / .seconds(1)
    }

    static func bytes(ofFile path: String) throws -> Int {
        try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
    }
}
