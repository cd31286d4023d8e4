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

    /// Takes back what a batch wrote to these records, in one transaction. Only the batch's own
    /// writes are named: what it created is deleted as far as nobody has changed it since, and a
    /// field it changed gets its former value back where the batch's value still stands.
    ///
    /// - Returns: how many records changed, and log numbers of the groups written.
    public func undoImport(
        of batch: Int64, _ records: [ImportUndo.Entry], _ context: SaveContext
    ) async throws -> (records: Int, groups: [Int64]) {
        try await queue.write { db in
            let taker = BatchTaker(
                reader: LogReader(db: db, codec: self.codec), tables: self.tables,
                groups: Set(try Self.groups(of: batch, db)),
                undone: Set(try Self.undoneGroups(db)))
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

    /// All that batches wrote which were undone, and their undoing: nobody's edits.
    private static func undoneGroups(_ db: Database) throws -> [Int64] {
        try Int64.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT group_number FROM import_groups
                    WHERE batch IN (SELECT number FROM import_batches WHERE undone IS NOT NULL)
                    """))
    }
}

/// Makes the edits that take a batch back.
private struct BatchTaker {
    let reader: LogReader
    let tables: ProjectionTables
    /// Log numbers of the groups the batch wrote.
    let groups: Set<Int64>
    /// Those of all undone batches, with their undoing; this batch is one of them.
    let undone: Set<Int64>

    /// Nil when nothing of the batch's is left in the record.
    func edit(_ entry: ImportUndo.Entry) throws -> RecordEdit? {
        guard
            let row = try ProjectedRow.fetch(
                reader.db, tables[entry.type], id: entry.id.description),
            row.state.isShown
        else { return nil }
        if row.live[ReservedField.created].contains(where: { groups.contains($0.group) }) {
            // A deletion that was made before and did not hold is not made again.
            if row.live[ReservedField.deleted].contains(where: { undone.contains($0.group) }) {
                return nil
            }
            return RecordEdit(entry.type, .delete(entry.id), shown: .groups(undone))
        }
        var contents: [UInt32: RecordEdit.Content] = [:]
        for (number, writes) in row.live.writes where number >= ReservedField.firstOwn {
            let own = writes.filter { groups.contains($0.group) }
            guard !own.isEmpty, let field = entry.type.field(number: number) else { continue }
            // A former value that was forgotten cannot come back; nothing is put in its place.
            guard let former = try values(namedBy: own) else { continue }
            contents[number] =
                field.isSet ? .elements(former) : .value(former.first ?? .empty)
        }
        guard !contents.isEmpty else { return nil }
        return RecordEdit(
            entry.type, .change(entry.id), contents: contents, shown: .groups(groups))
    }

    /// The values that writes replaced; nil when one of them is not here any more.
    private func values(namedBy writes: [LocalWrite]) throws -> [Value]? {
        var values: [Value] = []
        for write in writes {
            let group = try reader.group(write.group)
            guard let change = group.change(holding: write.index) else { continue }
            let position = write.index - change.firstIndex
            for name in change.named where name.position == position {
                let hash = group.referenced[Int(name.target.group)]
                let target = try reader.group(reader.numbers(of: [hash])[0])
                guard let named = target.change(holding: name.target.index) else { continue }
                guard let value = named.values[Int(name.target.index - named.firstIndex)] else {
                    return nil
                }
                values.append(value)
            }
        }
        return values
    }
}
