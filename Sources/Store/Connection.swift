import CSQLite
import GRDB
import SyncCore
import Synchronization

/// The one connection to the database, used by one caller at a time, and what becomes of it when
/// the disk beneath cannot be trusted any more.
///
/// GRDB's own `read` switches `query_only` on and off around each block, and SQLite throws every
/// compiled statement away when that changes: most of the time of a short read went into compiling.
/// Nobody else writes while a block here runs, so a block sees one state of the database without it.
///
/// After an I/O error, a failed fsync above all, nobody knows what the disk holds: another fsync of
/// the same file would succeed without having written what the first one lost. So nothing is done on
/// this connection again, not even the checkpoint of closing it. That is decided on the
/// connection's own thread, before anybody's next block can run.
final class Connection: Sendable {
    private let queue: DatabaseQueue
    /// The file lies in memory: no call waits, so blocks run on the caller's thread and save the way
    /// to another and back.
    let neverWaits: Bool
    private let file: OpenFile?
    private let state = Mutex(State())
    /// Tells once that nothing will be done here any more, and why.
    let failures: AsyncStream<StoreError>
    private let failing: AsyncStream<StoreError>.Continuation

    private struct State {
        var failure: StoreError?
        var isFull = false
    }

    /// - Parameters:
    ///   - neverWaits: the file lies in memory.
    ///   - isImmutable: the file is only looked at, and nobody else has it.
    init(path: String, neverWaits: Bool = false, isImmutable: Bool = false) throws {
        self.neverWaits = neverWaits
        (failures, failing) = AsyncStream.makeStream(of: StoreError.self)
        // A new file has no name before SQLite made it.
        let known = try OpenFile(path)
        do {
            queue =
                isImmutable
                ? try DatabaseFile.look(at: path) : try DatabaseFile.open(path: path)
        } catch let error as DatabaseError {
            let problem = StorageProblem(error)
            throw problem.kind == .other ? error : problem.error
        }
        file = try known ?? OpenFile(path)
    }

    /// Whether the last write found no room on the disk.
    var isFull: Bool { state.withLock(\.isFull) }

    /// Whether the disk has room for more than the next small save.
    var hasRoom: Bool { file?.hasRoom ?? true }

    /// Whether nothing will be done here any more.
    var hasFailed: Bool { state.withLock { $0.failure != nil } }

    // MARK: Using it

    @_disfavoredOverload
    func read<Found>(_ body: (Database) throws -> Found) throws -> Found {
        try queue.unsafeRead { db in try judged(db) { try body(db) } }
    }

    func read<Found: Sendable>(
        _ body: @Sendable (Database) throws -> Found
    ) async throws -> Found {
        if neverWaits { return try readHere(body) }
        return try await queue.unsafeRead { db in try self.judged(db) { try body(db) } }
    }

    /// Runs the block in a transaction; what returns is committed.
    @_disfavoredOverload
    func write<Made>(_ body: (Database) throws -> Made) throws -> Made {
        try queue.writeWithoutTransaction { db in try committed(db, body) }
    }

    func write<Made: Sendable>(
        _ body: @Sendable (Database) throws -> Made
    ) async throws -> Made {
        if neverWaits { return try writeHere(body) }
        return try await queue.writeWithoutTransaction { db in try self.committed(db, body) }
    }

    /// Runs `body` in a transaction, and `then` after its commit, before anybody's next block.
    func write<Made: Sendable, Told: Sendable>(
        _ body: @Sendable (Database) throws -> Made,
        then: @Sendable (Database, Made) -> Told
    ) async throws -> Told {
        if neverWaits { return try writeHere(body, then: then) }
        return try await queue.writeWithoutTransaction { db in
            then(db, try self.committed(db, body))
        }
    }

    /// For pragmas, and for blocks that begin and end their own transactions.
    @_disfavoredOverload
    func writeWithoutTransaction<Made>(_ body: (Database) throws -> Made) throws -> Made {
        try queue.writeWithoutTransaction { db in try judged(db) { try body(db) } }
    }

    func writeWithoutTransaction<Made: Sendable>(
        _ body: @Sendable (Database) throws -> Made
    ) async throws -> Made {
        if neverWaits { return try writeWithoutTransactionHere(body) }
        return try await queue.writeWithoutTransaction { db in
            try self.judged(db) { try body(db) }
        }
    }

    // A call without `await` of the same name would be the asynchronous one again.

    private func readHere<Found>(_ body: (Database) throws -> Found) throws -> Found {
        try read(body)
    }

    private func writeHere<Made>(_ body: (Database) throws -> Made) throws -> Made {
        try write(body)
    }

    private func writeHere<Made, Told>(
        _ body: (Database) throws -> Made, then: (Database, Made) -> Told
    ) throws -> Told {
        try queue.writeWithoutTransaction { db in then(db, try committed(db, body)) }
    }

    private func writeWithoutTransactionHere<Made>(
        _ body: (Database) throws -> Made
    ) throws -> Made {
        try writeWithoutTransaction(body)
    }

    func migrate(_ migrator: DatabaseMigrator) throws {
        do {
            try migrator.migrate(queue)
        } catch let error as DatabaseError {
            let problem = StorageProblem(error)
            throw problem.kind == .other ? error : problem.error
        }
    }

    func close() throws {
        try queue.close()
        file?.close()
    }

    /// From now on closing moves the write-ahead log into the database file. Not before everything
    /// was found in order: until then the files stay as they were.
    ///
    /// What a process that was killed wrote and did not flush is found in the log and believed; it
    /// is flushed here, before anybody is told of it.
    func trust() throws {
        try writeWithoutTransaction { db in
            guard csqlite_leave_log_on_close(db.sqliteConnection, 0) == SQLITE_OK else {
                throw StoreError(.unsafeStorage, "SQLite cannot be told to keep its log in order.")
            }
            do {
                // Passive: an outside reader must not keep the node from starting.
                _ = try db.checkpoint(.passive)
            } catch let error as DatabaseError where error.resultCode == .SQLITE_FULL {
                // On a full disk the node still starts, to be read; the log holds everything.
                state.withLock { $0.isFull = true }
            }
        }
    }

    /// Begins the write-ahead log, unless there is one, with a page that says nothing new.
    ///
    /// - Returns: what tells the two files from others from now on.
    func beginLog() throws -> FileMarks {
        try write { db in
            let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
            try db.execute(sql: "PRAGMA user_version = \(version)")
        }
        return try read(FileMarks.init)
    }

    // MARK: Judging

    private func committed<Made>(
        _ db: Database, _ body: (Database) throws -> Made
    ) throws -> Made {
        try judged(db) {
            if let replaced = file?.replaced() { throw replaced }
            let changes = db.totalChangesCount
            var made: Made?
            try db.inTransaction {
                made = try body(db)
                return .commit
            }
            if db.totalChangesCount > changes { state.withLock { $0.isFull = false } }
            guard let made else { preconditionFailure("a committed block made nothing") }
            return made
        }
    }

    /// Refuses when nothing may be done here any more, and finds out whether that begins now.
    private func judged<Result>(_ db: Database, _ body: () throws -> Result) throws -> Result {
        if let failure = state.withLock(\.failure) { throw failure }
        // A closed connection may not even be asked how much changed.
        guard db.sqliteConnection != nil else { throw DatabaseError(resultCode: .SQLITE_MISUSE) }
        do {
            return try body()
        } catch let error as DatabaseError {
            let problem = StorageProblem(error)
            switch problem.kind {
            case .full: state.withLock { $0.isFull = true }
            case .failed where PlantedBug.goOnAfterFailedDisk.isPlanted: break
            case .failed: fail(problem.error, db)
            case .busy, .refused: break
            case .other: throw error
            }
            throw problem.error
        } catch let replaced as FileReplaced {
            fail(replaced.error, db)
            throw replaced.error
        }
    }

    private func fail(_ error: StoreError, _ db: Database) {
        state.withLock { $0.failure = error }
        // The answer does not matter: a connection that cannot be told is not closed in order
        // either, because the program ends.
        _ = csqlite_leave_log_on_close(db.sqliteConnection, 1)
        failing.yield(error)
        failing.finish()
    }
}
