import Foundation
import GRDB
import Records
import SyncCore

/// The one connection to the database file, opened by the storage discipline of design.md §6.
///
/// There is a single connection for reading and writing on purpose: Debian 12's SQLite 3.40.1 can
/// corrupt a write-ahead log when two connections write or checkpoint at once. See the note
/// `Sources/Store/1-one-connection.md`.
enum DatabaseFile {
    /// Opens or creates the file and checks that every setting took hold.
    ///
    /// - Parameter neverWaits: the file lies in memory.
    /// - Throws: `StoreError.unsafeStorage` when a setting reads back differently; then nothing may
    ///   be served.
    static func open(path: String, neverWaits: Bool = false) throws -> Connection {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        configuration.label = "gatehouse"
        let queue = Connection(
            try DatabaseQueue(path: path, configuration: configuration), neverWaits: neverWaits)
        // GRDB sets synchronous to NORMAL when it opens a database in WAL mode, so ours come after
        // it.
        try queue.writeWithoutTransaction { db in
            try db.execute(
                sql: """
                    PRAGMA journal_mode = WAL;
                    PRAGMA synchronous = FULL;
                    PRAGMA mmap_size = 0;
                    PRAGMA trusted_schema = OFF;
                    PRAGMA cell_size_check = ON;
                    PRAGMA cache_size = -65536;
                    PRAGMA temp_store = MEMORY;
                    PRAGMA wal_autocheckpoint = 4000;
                    """)
            try checkDiscipline(db)
        }
        if PlantedBug.commitWithoutSync.isPlanted {
            try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = OFF") }
        }
        return queue
    }

    /// What must read back before anything is acknowledged.
    static let discipline: [(pragma: String, value: String)] = [
        ("journal_mode", "wal"), ("synchronous", "2"), ("mmap_size", "0"), ("trusted_schema", "0"),
        ("cell_size_check", "1"),
    ]

    static func checkDiscipline(_ db: Database) throws {
        for (pragma, value) in discipline {
            let row = try Row.fetchOne(db, sql: "PRAGMA \(pragma)")
            // A build without memory mapping answers mmap_size with no row at all.
            let found = row.map { "\(($0[0] as DatabaseValue).storage.value ?? "")" } ?? "0"
            guard found == value else {
                throw StoreError(
                    .unsafeStorage,
                    "SQLite did not accept \(pragma) = \(value). Saved data would not be safe, so the node does not start.",
                    cause: "it reads back as \(found)")
            }
        }
    }
}

extension Store {
    /// Moves the write-ahead log into the database file, so that the file's size says everything.
    public func checkpoint() throws {
        try queue.writeWithoutTransaction { db in
            _ = try db.checkpoint(.truncate)
        }
    }
}
