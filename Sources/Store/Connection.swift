import GRDB

/// The one connection to the database, used by one caller at a time.
///
/// GRDB's own `read` switches `query_only` on and off around each block, and SQLite throws every
/// compiled statement away when that changes: most of the time of a short read went into compiling.
/// Nobody else writes while a block here runs, so a block sees one state of the database without it.
final class Connection: Sendable {
    let queue: DatabaseQueue
    /// The file lies in memory: no call waits, so blocks run on the caller's thread and save the way
    /// to another and back.
    private let neverWaits: Bool

    init(_ queue: DatabaseQueue, neverWaits: Bool) {
        self.queue = queue
        self.neverWaits = neverWaits
    }

    @_disfavoredOverload
    func read<Found>(_ body: (Database) throws -> Found) throws -> Found {
        try queue.unsafeRead(body)
    }

    func read<Found: Sendable>(
        _ body: @Sendable (Database) throws -> Found
    ) async throws -> Found {
        if neverWaits { return try readHere(body) }
        return try await queue.unsafeRead(body)
    }

    /// Runs the block in a transaction; what returns is committed.
    @_disfavoredOverload
    func write<Made>(_ body: (Database) throws -> Made) throws -> Made {
        try queue.write(body)
    }

    func write<Made: Sendable>(
        _ body: @Sendable (Database) throws -> Made
    ) async throws -> Made {
        if neverWaits { return try writeHere(body) }
        return try await queue.write(body)
    }

    /// For pragmas, and for blocks that begin and end their own transactions.
    @_disfavoredOverload
    func writeWithoutTransaction<Made>(_ body: (Database) throws -> Made) throws -> Made {
        try queue.writeWithoutTransaction(body)
    }

    func writeWithoutTransaction<Made: Sendable>(
        _ body: @Sendable (Database) throws -> Made
    ) async throws -> Made {
        if neverWaits { return try writeWithoutTransactionHere(body) }
        return try await queue.writeWithoutTransaction(body)
    }

    private func readHere<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try queue.unsafeRead(body)
    }

    private func writeHere<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try queue.write(body)
    }

    private func writeWithoutTransactionHere<Value>(_ body: (Database) throws -> Value) throws
        -> Value
    {
        try queue.writeWithoutTransaction(body)
    }

    func close() throws {
        try queue.close()
    }
}
