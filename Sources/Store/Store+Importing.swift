import GRDB
import Records
import SyncCore

/// A record that a register named, as it was last imported.
public struct ImportedRecord: Hashable, Sendable {
    public var record: RecordID
    /// What the register said, as the importer wrote it down; empty when the batch was undone and
    /// the record stayed.
    public var cells: String

    public init(record: RecordID, cells: String) {
        self.record = record
        self.cells = cells
    }
}

/// A part of a batch that fits into one group a space.
public struct ImportStep: Sendable {
    public var edits: [RecordEdit] = []
    /// By key: what the register says from now on.
    public var records: [String: ImportedRecord] = [:]
    /// Good rows in this step, and those of them that said nothing new.
    public var accepted = 0
    public var unchanged = 0

    public init() {}
}

/// One import as the list of imports shows it. Times are milliseconds since 1970 UTC.
public struct ImportBatch: Hashable, Sendable {
    public var number: Int64
    public var register: String
    public var at: UInt64
    public var actor: RecordID?
    public var rows: Int
    public var rejected: Int
    /// Rows that went in; less than the others when the import was stopped.
    public var accepted: Int
    public var unchanged: Int
    /// When it was taken back; nil while it stands.
    public var undone: UInt64?
}

extension [ImportStep] {
    /// What the importer saves in one transaction each: as many steps as before it, from 5 to 25. A
    /// transaction writes nearly every page of the indexes once more, and others wait for it, a
    /// large one some tenth of a second.
    public var transactions: [ArraySlice<ImportStep>] {
        var parts: [ArraySlice<ImportStep>] = []
        var start = startIndex
        while start < endIndex {
            let end = Swift.min(endIndex, start + Swift.min(Swift.max(5, start), 25))
            parts.append(self[start..<end])
            start = end
        }
        return parts
    }
}

extension Store {
    /// Opens a batch. An older one of the same register that is still running stops at its next
    /// step, so that no two imports judge by one state.
    public func beginImport(
        of register: String, rows: Int, rejected: Int, _ context: SaveContext
    ) async throws -> Int64 {
        try await queue.write { db in
            try db.cachedStatement(
                sql: """
                    INSERT INTO import_batches (register, at, actor, rows, rejected)
                    VALUES (?, ?, ?, ?, ?)
                    """
            ).execute(arguments: [
                register, Int64(context.wallClock), context.actor?.description, rows, rejected,
            ])
            return db.lastInsertedRowID
        }
    }

    /// Saves steps of a batch with their bookkeeping, in one transaction.
    ///
    /// - Returns: log numbers of the groups written; none when nothing changed.
    /// - Throws: `StoreError.notAllowed` when the batch was undone or a later import of the
    /// register began; else as `save`. Then nothing of these steps is saved.
    public func importRows(
        _ steps: some Collection<ImportStep> & Sendable, into batch: Int64, _ context: SaveContext
    ) async throws -> [Int64] {
        try await queue.write { db in
            let register = try Self.openRegister(of: batch, db)
            return try steps.flatMap { step in
                let numbers = try self.save(step.edits, context, db)
                try Self.note(numbers, of: batch, undoes: false, db)
                try Self.note(step, of: batch, register, db)
                return numbers
            }
        }
    }

    private static func note(
        _ step: ImportStep, of batch: Int64, _ register: String, _ db: Database
    ) throws {
        for (key, record) in step.records {
            var statement = try HotStatement(
                db,
                """
                INSERT OR REPLACE INTO import_rows (register, key, batch, record, cells)
                VALUES (?, ?, ?, ?, ?)
                """)
            try statement.bind(register)
            try statement.bind(key)
            try statement.bind(batch)
            try statement.bind(record.record.description)
            try statement.bind(record.cells)
            try statement.run()
        }
        try db.cachedStatement(
            sql: """
                UPDATE import_batches SET accepted = accepted + ?, unchanged = unchanged + ?
                WHERE number = ?
                """
        ).execute(arguments: [step.accepted, step.unchanged, batch])
    }

    private static func openRegister(of batch: Int64, _ db: Database) throws -> String {
        let register = try String.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT register FROM import_batches b WHERE number = ? AND undone IS NULL
                    AND NOT EXISTS (
                      SELECT 1 FROM import_batches o WHERE o.register = b.register AND o.number > b.number)
                    """), arguments: [batch])
        guard let register else {
            throw StoreError(
                .notAllowed,
                "The import stopped: a later import of the same register began, or it was undone. "
                    + "Import the file again."
            )
        }
        return register
    }

    static func note(
        _ numbers: [Int64], of batch: Int64, undoes: Bool, _ db: Database
    ) throws {
        for number in numbers {
            try db.cachedStatement(
                sql: "INSERT INTO import_groups (batch, group_number, undoes) VALUES (?, ?, ?)"
            ).execute(arguments: [batch, number, undoes])
        }
    }

    /// What each key of a register stands for and said last.
    public func importedRecords(of register: String) async throws -> [String: ImportedRecord] {
        try await queue.read { db in
            // Of a group of rows SQLite takes the bare columns from the one that has the maximum.
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT key, record, cells, max(batch) FROM import_rows WHERE register = ?
                    GROUP BY key
                    """, arguments: [register])
            var records: [String: ImportedRecord] = [:]
            while let row = try rows.next() {
                let record = try RecordID(row.read(1)).held("an imported record")
                records[try row.read(0)] = ImportedRecord(record: record, cells: try row.read(2))
            }
            return records
        }
    }

    /// The latest imports, newest first.
    public func importBatches(limit: Int) async throws -> [ImportBatch] {
        try await queue.read { db in
            try Row.fetchAll(
                db.cachedStatement(
                    sql: """
                        SELECT number, register, at, actor, rows, rejected, accepted, unchanged, undone
                        FROM import_batches ORDER BY number DESC LIMIT ?
                        """), arguments: [limit]
            ).map { row in
                try ImportBatch(
                    number: row.read(0), register: row.read(1), at: row.read(2),
                    actor: (row.readIfAny(3) as String?).flatMap(RecordID.init), rows: row.read(4),
                    rejected: row.read(5), accepted: row.read(6), unchanged: row.read(7),
                    undone: row.readIfAny(8))
            }
        }
    }
}
