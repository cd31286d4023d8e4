import CSQLite
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
    /// When a commit is flushed: before it returns.
    static var flushing: String { PlantedBug.commitWithoutSync.isPlanted ? "OFF" : "FULL" }

    /// How long a lock of another program is waited for, in seconds.
    static let busySeconds = 5.0

    /// Opens or creates the file and checks that every setting took hold.
    ///
    /// - Throws: `StoreError.unsafeStorage` when a setting reads back differently; then nothing may
    ///   be served.
    static func open(path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        configuration.label = "gatehouse"
        // An outside program, such as a curious sqlite3 shell, is waited for, but not for long.
        configuration.busyMode = .timeout(busySeconds)
        configuration.prepareDatabase { db in
            // Until `Connection.trust`: a file that is found damaged is left as it was.
            guard csqlite_leave_log_on_close(db.sqliteConnection, 1) == SQLITE_OK else {
                throw StoreError(
                    .unsafeStorage, "SQLite cannot be told to leave its log as it is.")
            }
        }
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        // GRDB sets synchronous to NORMAL when it opens a database in WAL mode, so ours come after
        // it.
        try queue.writeWithoutTransaction { db in
            try db.execute(
                sql: """
                    PRAGMA journal_mode = WAL;
                    PRAGMA synchronous = \(flushing);
                    PRAGMA mmap_size = 0;
                    PRAGMA trusted_schema = OFF;
                    PRAGMA cell_size_check = ON;
                    PRAGMA cache_size = -65536;
                    PRAGMA temp_store = MEMORY;
                    PRAGMA wal_autocheckpoint = 4000;
                    """)
            if !PlantedBug.commitWithoutSync.isPlanted { try checkDiscipline(db) }
        }
        return queue
    }

    /// Opens a file that nobody writes, for reading only. No file is made beside it.
    static func look(at path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.label = "gatehouse looking"
        let allowed = CharacterSet.urlPathAllowed.subtracting(CharacterSet(charactersIn: "?#%"))
        guard let name = path.addingPercentEncoding(withAllowedCharacters: allowed) else {
            throw StoreError(.storageFailed, "The file \(path) has a name that cannot be opened.")
        }
        return try DatabaseQueue(path: "file:\(name)?immutable=1", configuration: configuration)
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
