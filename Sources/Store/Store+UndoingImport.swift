import GRDB
import Records
import SyncCore

/// A batch on its way back: what is left of it to take back.
public struct ImportUndo: Sendable {
    public let batch: Int64
    /// Records the batch wrote to, the last ones first: what refers goes before what it refers to.
    public let records: [Entry]

    public struct Entry: Hashable, Sendable {
        public let type: RecordType
        public let id: RecordID

        public static func == (a: Self, b: Self) -> Bool {
            a.type.number == b.type.number && a.id == b.id
        }

        public func hash(into hasher: inout Hasher) {
            hasher.combine(id)
        }
    }
}

extension Store {
    /// Marks a batch as undone, so that it writes no more, and lists what it wrote to. To be
    /// carried out by `undoImport(of:_:_:)` in parts; whatever was not reached before a stop is
    /// found again by calling this again.
    ///
    /// - Throws: `StoreError.recordNotFound` when there is no such batch.
    public func beginUndo(of batch: Int64, _ context: SaveContext) async throws -> ImportUndo {
        try await queue.write { db in
            try db.cachedStatement(
                sql: "UPDATE import_batches SET undone = coalesce(undone, ?) WHERE number = ?"
            ).execute(arguments: [Int64(context.wallClock), batch])
            guard db.changesCount == 1 else {
                throw StoreError(.recordNotFound, "There is no import \(batch) here.")
            }
            let reader = LogReader(db: db, codec: self.codec)
            var seen: Set<ImportUndo.Entry> = []
            var records: [ImportUndo.Entry] = []
            for number in try Self.groups(of: batch, db) {
                for change in try reader.group(number).changes {
                    guard let type = self.tables[change.type]?.type else { continue }
                    let entry = ImportUndo.Entry(type: type, id: change.record)
                    if seen.insert(entry).inserted { records.append(entry) }
                }
            }
            return ImportUndo(batch: batch, records: records.reversed())
        }
    }

    /// Takes back what a batch wrote to these records, in one transaction. Only writes of undone
    /// batches are named: what they created is deleted as far as nobody has changed it since, and a
    /// field they changed gets back what people or a standing import had said, where their value
    /// still stands. In whatever order batches are undone, the same is left.
    ///
    /// - Returns: how many records changed, and log numbers of the groups written.
    public func undoImport(
        of batch: Int64, _ records: [ImportUndo.Entry], _ context: SaveContext
    ) async throws -> (records: Int, groups: [Int64]) {
        try await queue.write { db in
            let taker = try BatchTaker(
                batch, LogReader(db: db, codec: self.codec), self.tables)
            let edits = try records.compactMap(taker.edit)
            let numbers = try self.save(edits, context, db)
            try Self.note(numbers, of: batch, undoes: true, db)
            for record in records { try self.forget(record, batch, db) }
            return (numbers.isEmpty ? 0 : edits.count, numbers)
        }
    }

    /// The register's word of the batch is forgotten, so that the one before it counts again. If
    /// the record is still there and no earlier import named it, its key stays, with no word.
    private func forget(
        _ entry: ImportUndo.Entry, _ batch: Int64, _ db: Database
    ) throws {
        let id = entry.id.description
        let row = try ProjectedRow.fetch(db, tables[entry.type], id: id)
        let stays = row?.state.isShown == true
        try db.cachedStatement(
            sql: """
                DELETE FROM import_rows WHERE batch = ?1 AND record = ?2 AND (NOT ?3 OR EXISTS (
                  SELECT 1 FROM import_rows o
                  WHERE o.register = import_rows.register AND o.key = import_rows.key
                  AND o.batch < import_rows.batch))
                """
        ).execute(arguments: [batch, id, stays])
        try db.cachedStatement(
            sql: "UPDATE import_rows SET cells = '' WHERE batch = ? AND record = ?"
        ).execute(arguments: [batch, id])
    }

    private static func groups(of batch: Int64, _ db: Database) throws -> [Int64] {
        try Int64.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT group_number FROM import_groups WHERE batch = ? AND NOT undoes
                    ORDER BY group_number
                    """), arguments: [batch])
    }
}
