import CSQLite
import Foundation

/// The rows that a node wrote, put once more by SQLite alone into the same tables: what log,
/// projection and index cost with nothing of ours before them.
///
/// Everything lies in memory, each table in one transaction. `LIMIT -1` keeps SQLite from copying
/// whole pages instead of inserting rows.
final class StageTables {
    private let database: OpaquePointer
    private let path: String

    private init(_ source: URL, in folder: URL) throws {
        path = folder.appending(path: "tables.db").path
        for ending in ["", "-wal", "-shm"] {
            // Left over from the last repetition, or not there.
            try? FileManager.default.removeItem(atPath: path + ending)
        }
        var opened: OpaquePointer?
        guard sqlite3_open(path, &opened) == SQLITE_OK, let opened else {
            throw BenchFailure("\(path) cannot be opened.")
        }
        database = opened
        try run(
            """
            PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536;
            PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 4000;
            ATTACH '\(source.path)' AS node;
            CREATE TEMP TABLE groups AS SELECT * FROM node.log;
            CREATE TEMP TABLE rows AS SELECT * FROM node.tickets;
            CREATE TEMP TABLE keys AS SELECT * FROM node.lookup ORDER BY type, row, kind;
            CREATE TEMP TABLE sorted AS SELECT * FROM node.lookup;
            """)
    }

    deinit { sqlite3_close(database) }

    /// - Parameter source: the database of a closed node.
    static func run(_ readings: inout StageReadings, _ source: URL, in folder: URL) throws {
        try StageTables(source, in: folder).insertLog(&readings)
        try StageTables(source, in: folder).insertBare(&readings)
        try StageTables(source, in: folder).insertIndexed(&readings)
    }

    private func insertLog(_ readings: inout StageReadings) throws {
        try run(try schema("log", "table"))
        try readings.time(.insertLog) {
            try run("INSERT INTO main.log SELECT * FROM groups LIMIT -1")
        }
    }

    /// Without indexes; then these all at once and from sorted keys.
    private func insertBare(_ readings: inout StageReadings) throws {
        let tickets = try schema("tickets", "table")
        let bare = tickets.replacing(" UNIQUE", with: "")
        guard bare != tickets else { throw BenchFailure("Tickets' ids are unique no more.") }
        let indexes = try schema("tickets", "index")
        try run(bare)
        try run(try schema("lookup", "table"))
        try readings.time(.insertTickets) { try run(Self.fill) }
        try readings.time(.buildIndexed) {
            try run("CREATE UNIQUE INDEX tickets_id ON tickets (id);" + indexes)
            try run("INSERT INTO main.lookup SELECT * FROM sorted LIMIT -1")
        }
    }

    /// As a program does that is given the rows one by one.
    private func insertIndexed(_ readings: inout StageReadings) throws {
        try run(try schema("tickets", "table") + ";" + schema("tickets", "index"))
        try run(try schema("lookup", "table"))
        try readings.time(.insertIndexed) {
            try run("BEGIN;" + Self.fill)
            try run("INSERT INTO main.lookup SELECT * FROM keys LIMIT -1; COMMIT")
        }
    }

    private static let fill = "INSERT INTO main.tickets SELECT * FROM rows LIMIT -1;"

    private func run(_ sql: String) throws {
        guard sqlite3_exec(database, sql, nil, nil, nil) == SQLITE_OK else {
            throw BenchFailure("\(path): \(String(cString: sqlite3_errmsg(database)))")
        }
    }

    /// The statements that made a table of the node, or its indexes.
    private func schema(_ table: String, _ kind: String) throws -> String {
        var statement: OpaquePointer?
        let sql = """
            SELECT coalesce(group_concat(sql, '; '), '') FROM node.sqlite_master
            WHERE tbl_name = '\(table)' AND type = '\(kind)' AND sql IS NOT NULL
            """
        guard sqlite3_prepare_v2(database, sql, -1, &statement, nil) == SQLITE_OK,
            sqlite3_step(statement) == SQLITE_ROW, let text = sqlite3_column_text(statement, 0)
        else { throw BenchFailure("The node's schema cannot be read.") }
        defer { sqlite3_finalize(statement) }
        return String(cString: text)
    }
}
