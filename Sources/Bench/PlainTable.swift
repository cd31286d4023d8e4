import CSQLite
import Foundation

/// The floor: the same rows in one plain SQLite table, through prepared statements.
///
/// It speaks to SQLite directly, so that no layer of anybody's is measured along.
final class PlainTable {
    /// How SQLite flushes.
    enum Flushing: String {
        /// At checkpoints only: for work in one great transaction.
        case normal = "NORMAL"
        /// At each commit, as the node does.
        case full = "FULL"
    }

    let path: String
    private let database: OpaquePointer
    private var statements: [String: OpaquePointer] = [:]

    init(_ path: String, _ flushing: Flushing) throws {
        self.path = path
        var opened: OpaquePointer?
        let code = sqlite3_open(path, &opened)
        guard code == SQLITE_OK, let opened else { throw BenchFailure("\(path): SQLite \(code)") }
        database = opened
        try run("PRAGMA journal_mode = WAL")
        try run("PRAGMA synchronous = \(flushing.rawValue)")
        try run("PRAGMA cache_size = -65536")
        try run("PRAGMA wal_autocheckpoint = 4000")
        try run(Self.schema)
    }

    deinit {
        for statement in statements.values { sqlite3_finalize(statement) }
        sqlite3_close(database)
    }

    // MARK: Work

    /// - Returns: seconds of the insert, in one transaction.
    func insert(_ rows: [BenchRow]) throws -> Double {
        try Stopwatch.blockingSeconds {
            try run("BEGIN IMMEDIATE")
            for row in rows { try insert(row) }
            try run("COMMIT")
        }
    }

    /// One row in a transaction of its own.
    func insertAlone(_ row: BenchRow) throws -> Double {
        try Stopwatch.blockingSeconds { try insert(row) }
    }

    private func insert(_ row: BenchRow) throws {
        let statement = try prepared(Self.insertion)
        let texts = [
            (1, row.id), (2, row.ticketNo), (3, row.branchId), (4, row.community), (5, row.room),
            (6, row.ownerName), (7, row.phone), (8, row.category), (10, row.status),
            (11, row.title), (12, row.description), (13, row.assignee), (14, row.source),
            (17, row.remark),
        ]
        for (place, text) in texts { bind(text, Int32(place), statement) }
        sqlite3_bind_int64(statement, 9, row.priority)
        sqlite3_bind_int64(statement, 15, row.costCents)
        if let rating = row.rating {
            sqlite3_bind_int64(statement, 16, rating)
        } else {
            sqlite3_bind_null(statement, 16)
        }
        sqlite3_bind_int64(statement, 18, row.createdAt)
        sqlite3_bind_int64(statement, 19, row.updatedAt)
        sqlite3_bind_int64(statement, 20, row.dueAt)
        try step(statement)
    }

    /// - Returns: seconds of the updates, in one transaction.
    func update(_ edits: [BenchEdit]) throws -> Double {
        try Stopwatch.blockingSeconds {
            try run("BEGIN IMMEDIATE")
            let statement = try prepared(Self.change)
            for edit in edits {
                for (place, text) in [edit.status, edit.remark, edit.assignee].enumerated() {
                    if let text {
                        bind(text, Int32(place + 1), statement)
                    } else {
                        sqlite3_bind_null(statement, Int32(place + 1))
                    }
                }
                bind(edit.id, 4, statement)
                try step(statement)
                guard sqlite3_changes(database) == 1 else {
                    throw BenchFailure("The floor has no row \(edit.id).")
                }
            }
            try run("COMMIT")
        }
    }

    /// Reads every column of what a query finds.
    ///
    /// - Returns: how many rows.
    func read(_ condition: String, _ value: String?) throws -> Int {
        let statement = try prepared("SELECT * FROM tickets \(condition)")
        if let value { bind(value, 1, statement) }
        defer { sqlite3_reset(statement) }
        var count = 0
        while sqlite3_step(statement) == SQLITE_ROW {
            count += 1
            for column in 0..<sqlite3_column_count(statement) {
                _ = sqlite3_column_bytes(statement, column)
            }
        }
        return count
    }

    /// The file's bytes with the log moved into it.
    func bytes() throws -> Int {
        try run("PRAGMA wal_checkpoint(TRUNCATE)")
        return try Folders.bytes(ofFile: path)
    }

    // MARK: SQLite

    func run(_ sql: String) throws {
        let code = sqlite3_exec(database, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw BenchFailure("The floor failed: SQLite \(code).") }
    }

    private func prepared(_ sql: String) throws -> OpaquePointer {
        if let statement = statements[sql] { return statement }
        var statement: OpaquePointer?
        let code = sqlite3_prepare_v2(database, sql, -1, &statement, nil)
        guard code == SQLITE_OK, let statement else {
            throw BenchFailure("The floor failed: SQLite \(code).")
        }
        statements[sql] = statement
        return statement
    }

    private func step(_ statement: OpaquePointer) throws {
        let code = sqlite3_step(statement)
        sqlite3_reset(statement)
        guard code == SQLITE_DONE else { throw BenchFailure("The floor failed: SQLite \(code).") }
    }

    private func bind(_ text: String, _ place: Int32, _ statement: OpaquePointer) {
        var text = text
        text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                _ = sqlite3_bind_text(
                    statement, place, characters.baseAddress, Int32(characters.count), Self.copied)
            }
        }
    }

    /// SQLITE_TRANSIENT, a macro that Swift cannot import: SQLite copies the bytes at once.
    private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    private static let insertion =
        "INSERT INTO tickets VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
    private static let change = """
        UPDATE tickets SET status = coalesce(?, status), remark = coalesce(?, remark),
          assignee = coalesce(?, assignee) WHERE id = ?
        """

    private static let schema = """
        CREATE TABLE IF NOT EXISTS tickets (
          id TEXT PRIMARY KEY NOT NULL, ticket_no TEXT NOT NULL, branch_id TEXT NOT NULL,
          community TEXT NOT NULL, room TEXT NOT NULL, owner_name TEXT NOT NULL,
          phone TEXT NOT NULL, category TEXT NOT NULL, priority INTEGER NOT NULL,
          status TEXT NOT NULL, title TEXT NOT NULL, description TEXT NOT NULL,
          assignee TEXT NOT NULL, source TEXT NOT NULL, cost_cents INTEGER NOT NULL,
          rating INTEGER, remark TEXT NOT NULL, created_at INTEGER NOT NULL,
          updated_at INTEGER NOT NULL, due_at INTEGER NOT NULL);
        CREATE INDEX IF NOT EXISTS tickets_recent ON tickets (updated_at);
        """
}
