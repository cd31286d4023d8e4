import GRDB
import Records
import SyncCore

/// Makes the edits that take a batch back.
///
/// What undone batches wrote, and what undoing them wrote, is nobody's word: beneath it stands what
/// people or a standing import had said. So neither the order in which batches are undone nor a
/// second undoing of one makes a difference.
final class BatchTaker {
    private let batch: Int64
    private let reader: LogReader
    private let tables: ProjectionTables
    /// Log numbers of all that undone batches wrote, and of their undoing. This batch is one of
    /// them.
    private let undone: Set<Int64>
    /// By log number which of these batches wrote a group; none for what undoing wrote.
    private let writers: [Int64: Int64]
    private var read: [Int64: Group] = [:]
    private static let maximumRead = 32

    init(_ batch: Int64, _ reader: LogReader, _ tables: ProjectionTables) throws {
        self.batch = batch
        self.reader = reader
        self.tables = tables
        let rows = try Row.fetchAll(
            reader.db.cachedStatement(
                sql: """
                    SELECT group_number, batch, undoes FROM import_groups
                    WHERE batch IN (SELECT number FROM import_batches WHERE undone IS NOT NULL)
                    """))
        var undone: Set<Int64> = []
        var writers: [Int64: Int64] = [:]
        for row in rows {
            let group: Int64 = try row.read(0)
            undone.insert(group)
            if try !row.read(2) { writers[group] = try row.read(1) }
        }
        self.undone = undone
        self.writers = writers
    }

    /// Nil when nothing is left to take back in the record.
    func edit(_ entry: ImportUndo.Entry) throws -> RecordEdit? {
        guard
            let row = try ProjectedRow.fetch(
                reader.db, tables[entry.type], id: entry.id.description),
            row.state.isShown
        else { return nil }
        let maker = row.live[ReservedField.created].lazy.compactMap { self.writers[$0.group] }.first
        if let maker {
            let others = try others(in: row, entry, maker: maker)
            if others.isNone {
                return RecordEdit(entry.type, .delete(entry.id), shown: .groups(undone))
            }
            // It does not hold, and flags the record for somebody to decide. One that was made
            // before is not made again.
            let isFlagged = row.live[ReservedField.deleted].contains { undone.contains($0.group) }
            if maker == batch, others.areSeenByAll, !isFlagged {
                return RecordEdit(
                    entry.type, .delete(entry.id),
                    shown: .groups(undone.subtracting(others.covering)))
            }
        }
        return try change(row, entry, maker: maker)
    }

    // MARK: Records that an undone batch made

    /// What of a record is not undone batches' doing.
    private struct Others {
        var isNone = true
        /// Whether some of it stands where it keeps a deletion from holding: not only in the
        /// office's private space.
        var areSeenByAll = false
        /// Groups of undone writes beneath which it stands.
        var covering: Set<Int64> = []
    }

    private func others(
        in row: ProjectedRow, _ entry: ImportUndo.Entry, maker: Int64
    ) throws -> Others {
        var others = Others()
        for (number, writes) in row.live.writes {
            var isAny = false
            for write in writes {
                if !undone.contains(write.group) {
                    isAny = true
                } else if number >= ReservedField.firstOwn, writers[write.group] != maker,
                    try !standing(beneath: [write], maker: nil).isEmpty
                {
                    isAny = true
                    others.covering.insert(write.group)
                }
            }
            guard isAny else { continue }
            others.isNone = false
            let home = entry.id.home
            let field = entry.type.field(number: number)
            let space = field.map { entry.type.space(of: $0, home: home) } ?? home
            if space == home { others.areSeenByAll = true }
        }
        return others
    }

    // MARK: Fields

    /// Puts back what stands beneath the writes of undone batches. A record that one of them made
    /// and that stays for somebody's sake stays as it was made.
    private func change(
        _ row: ProjectedRow, _ entry: ImportUndo.Entry, maker: Int64?
    ) throws -> RecordEdit? {
        var contents: [UInt32: RecordEdit.Content] = [:]
        for (number, writes) in row.live.writes where number >= ReservedField.firstOwn {
            let lost = writes.filter {
                undone.contains($0.group) && (maker == nil || writers[$0.group] != maker)
            }
            guard !lost.isEmpty, let field = entry.type.field(number: number) else { continue }
            let beneath = try standing(beneath: lost, maker: maker)
            let former = beneath.compactMap { $0 }
            // A former value that was forgotten cannot come back; nothing is put in its place.
            guard former.count == beneath.count else { continue }
            let wanted = field.isSet ? former.filter { $0 != .empty } : [former.first ?? .empty]
            let present = try lost.compactMap(value).filter { !field.isSet || $0 != .empty }
            if Set(wanted) == Set(present) { continue }
            contents[number] = field.isSet ? .elements(wanted) : .value(wanted[0])
        }
        guard !contents.isEmpty else { return nil }
        return RecordEdit(
            entry.type, .change(entry.id), contents: contents, shown: .groups(undone))
    }

    /// The values that undone writes replaced, themselves or through other undone ones; nil for one
    /// that is not here any more.
    ///
    /// - Parameter maker: a batch whose values count as standing although it is undone.
    private func standing(beneath writes: [LocalWrite], maker: Int64?) throws -> [Value?] {
        var values: [Value?] = []
        var waiting = writes
        var seen = Set(writes)
        while let write = waiting.popLast() {
            for name in try names(of: write) where seen.insert(name).inserted {
                if undone.contains(name.group), maker == nil || writers[name.group] != maker {
                    waiting.append(name)
                } else {
                    values.append(try value(of: name))
                }
            }
        }
        return values
    }

    private func names(of write: LocalWrite) throws -> [LocalWrite] {
        let group = try group(write.group)
        guard let change = group.change(holding: write.index) else { return [] }
        return try change.named.filter { $0.position == write.index - change.firstIndex }.map {
            let hash = group.referenced[Int($0.target.group)]
            return LocalWrite(
                group: try reader.numbers(of: [hash])[0], index: $0.target.index)
        }
    }

    private func value(of write: LocalWrite) throws -> Value? {
        guard let change = try group(write.group).change(holding: write.index) else { return nil }
        return change.values[Int(write.index - change.firstIndex)]
    }

    private func group(_ number: Int64) throws -> Group {
        if let known = read[number] { return known }
        let group = try reader.group(number)
        if read.count >= Self.maximumRead { read.removeAll() }
        read[number] = group
        return group
    }
}
