import GRDB
import GRDBSQLite

/// One copy of the open database into a new file, made in steps while others go on saving.
///
/// What is saved through the connection while the copy is made reaches the copied part by itself
/// (sqlite.org/backup.html). The memory it takes does not grow with the database.
///
/// `@unchecked Sendable`: it is used only inside blocks of the one connection, one after another.
final class OnlineCopy: @unchecked Sendable {
    /// About a megabyte: some milliseconds during which nobody else is served.
    private static let pagesPerStep: Int32 = 256

    private let path: String
    private var target: OpaquePointer?
    private var backup: OpaquePointer?

    /// - Parameter path: a file that does not exist yet.
    init(of db: Database, to path: String) throws {
        self.path = path
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
        try check(sqlite3_open_v2(path, &target, flags, nil))
        // A copy that is interrupted is thrown away, so it needs no journal of its own.
        let pragmas =
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = FULL; PRAGMA cache_size = -2048"
        try check(sqlite3_exec(target, pragmas, nil, nil, nil))
        backup = sqlite3_backup_init(target, "main", db.sqliteConnection, "main")
        if backup == nil { try check(sqlite3_errcode(target)) }
    }

    deinit {
        sqlite3_close_v2(target)
    }

    /// Gives up the copy, if it is not whole. The connection looks at every running copy at each
    /// commit, so this too is done in one of its blocks.
    func end() {
        sqlite3_backup_finish(backup)
        backup = nil
    }

    /// Copies some pages.
    ///
    /// - Returns: pages done and in all; the copy is whole and flushed when they are equal.
    func step() throws -> (done: Int, total: Int) {
        let result = sqlite3_backup_step(backup, Self.pagesPerStep)
        let total = Int(sqlite3_backup_pagecount(backup))
        guard result != SQLITE_DONE else {
            let finished = sqlite3_backup_finish(backup)
            backup = nil
            try check(finished)
            let closed = sqlite3_close_v2(target)
            target = nil
            try check(closed)
            return (total, total)
        }
        try check(result)
        return (min(total - Int(sqlite3_backup_remaining(backup)), total - 1), total)
    }

    private func check(_ result: Int32) throws {
        guard result != SQLITE_OK else { return }
        let cause = "SQLite error \(result): \(String(cString: sqlite3_errstr(result)))"
        if result & 0xFF == SQLITE_FULL {
            throw StoreError(
                .storageFull, "There is not enough room for the copy \(path).", cause: cause)
        }
        throw StoreError(.storageFailed, "The copy \(path) cannot be written.", cause: cause)
    }
}

extension Store {
    /// Copies the database, as it is at the end of the copying, into a new file while everybody goes
    /// on saving.
    ///
    /// - Parameters:
    ///   - path: a file that does not exist yet; what is left there after an error is of no use.
    ///   - progress: told pages done and in all.
    /// - Throws: `StoreError` `storage-full` or `storage-failed` about that file, and
    ///   `CancellationError`.
    public func copy(
        to path: String, progress: (@Sendable (Int, Int) -> Void)? = nil
    ) async throws {
        let copy = try await queue.writeWithoutTransaction { try OnlineCopy(of: $0, to: path) }
        do {
            while true {
                try Task.checkCancellation()
                // Each step stands in line behind whoever came meanwhile.
                let (done, total) = try await queue.writeWithoutTransaction { _ in try copy.step() }
                progress?(done, total)
                if done == total { return }
            }
        } catch {
            // Also where this task was cancelled, which would keep it from its turn.
            await Task {
                do {
                    try await queue.writeWithoutTransaction { _ in copy.end() }
                } catch {
                    // The connection is closed and runs no block any more.
                    copy.end()
                }
            }.value
            throw error
        }
    }
}
