import GRDB
import Records
import SyncCore

/// One write of a record's past, with who and when.
public struct HistoryEntry: Sendable {
    public var write: WriteID
    /// Nil for reserved fields.
    public var field: Field?
    public var number: UInt32
    /// Nil when the bytes are not here, or of a kind that came later.
    public var value: Value?
    /// Whether only the commitment to the value is here. A superseded value was then forgotten; a
    /// live one has not arrived yet or was damaged.
    public var isStripped: Bool
    public var author: Author
    public var isLive: Bool
    /// The writes it replaced.
    public var names: [WriteID]
    public var position: Int64
}

/// Who wrote a group, where and when by their own clock.
public struct Author: Hashable, Sendable {
    public var role: Role
    /// The office space of the node; `.company` for headquarters.
    public var space: SpaceID
    public var actor: RecordID?
    /// Milliseconds since 1970 UTC, as the author's clock said.
    public var wallClock: Int64
}

/// A field that several people wrote in parallel, or a number that several records bear.
public struct Conflict: Sendable {
    public var record: StoredRecord
    public var field: Field
    public var kind: Kind
    /// Of `values` only.
    public var candidates: [Candidate]

    public enum Kind: Hashable, Sendable {
        /// A person chooses one of the candidates, or says another value.
        case values
        /// There is nothing to choose: these other shown records, the oldest first and
        /// `SharedNumbers.listed` at most, bear the number too, and all are kept (design.md §4).
        case sharedNumber(with: [RecordID])
    }

    public struct Candidate: Sendable {
        public var write: WriteID
        /// Nil when it has not arrived yet or was damaged; then it cannot be chosen.
        public var value: Value?
        public var author: Author
        /// Whether this value stands until a person has decided.
        public var isShown: Bool
    }
}

extension Store {
    /// Everything that was ever written to a record and is reachable from what is live, newest
    /// first.
    ///
    /// There is no index for this: each superseded write is named by a later one, so the log itself
    /// leads back.
    public func history(_ type: RecordType, _ id: RecordID) async throws -> [HistoryEntry] {
        try await queue.read { db in
            guard let row = try ProjectedRow.fetch(db, self.tables[type], id: id.description)
            else { return [] }
            var walk = HistoryWalk(
                reader: LogReader(db: db, codec: self.codec), type: type, id: id,
                live: Set(row.live.writes.values.joined()))
            return try walk.entries()
        }
    }

    /// The conflicts of one record.
    public func conflicts(_ type: RecordType, _ id: RecordID) async throws -> [Conflict] {
        try await queue.read { db in
            guard let row = try ProjectedRow.fetch(db, self.tables[type], id: id.description)
            else { return [] }
            let record = try StoredRecord(row, Life.current(db))
            let reader = LogReader(db: db, codec: self.codec)
            let missing = try Set(
                Row.fetchAll(
                    db.cachedStatement(
                        sql:
                            "SELECT group_number, write_index FROM missing WHERE type = ? AND row = ?"
                    ),
                    arguments: [Int64(type.number), row.row]
                ).map { found in
                    LocalWrite(
                        group: try found.read(0),
                        index: UInt32(truncatingIfNeeded: try found.read(1) as Int64))
                })
            return try row.conflicts.flatMap { name -> [Conflict] in
                guard let field = type.field(named: name) else { return [] }
                let others = try SharedNumbers.others(db, row, field, self.tables[type])
                let shared = Conflict(
                    record: record, field: field, kind: .sharedNumber(with: others), candidates: [])
                let isShared = !others.isEmpty
                if isShared && row.live[field.number].count < 2 { return [shared] }
                let live = try Siblings(db: db, type: type).live(
                    field, row: row.row.held("a row"))
                let shown = field.merge.shown(live)
                let candidates = try live.sorted { $0.stamp < $1.stamp }.map { write in
                    Conflict.Candidate(
                        write: write.stamp.write,
                        value: missing.contains(write.name) ? nil : write.value,
                        author: try reader.author(ofGroup: write.name.group),
                        isShown: write.name == shown?.name)
                }
                let values = Conflict(
                    record: record, field: field, kind: .values, candidates: candidates)
                return isShared ? [values, shared] : [values]
            }
        }
    }

    /// How many records of each type have fields in conflict, by home office.
    public func conflictCounts() async throws -> [(type: RecordType, office: String, count: Int)] {
        try await queue.read { db in
            try self.tables.all.flatMap { table in
                try Row.fetchAll(
                    db,
                    sql: """
                        SELECT _office, count(*) FROM "\(table.name)"
                        WHERE _conflicts IS NOT NULL AND _state IN (1, 3) GROUP BY _office
                        """
                ).map { (table.type, try $0.read(0), try $0.read(1)) }
            }
        }
    }

    /// Groups that this version could not project in full.
    public func unprojected() async throws -> [(group: GroupHash, reason: String)] {
        try await queue.read { db in
            try Row.fetchAll(
                db.cachedStatement(
                    sql: """
                        SELECT l.hash, u.reason FROM unprojected u
                        JOIN log l ON l.number = u.group_number ORDER BY u.group_number
                        """)
            ).map { (try GroupHash($0.bytes(0)).held("a hash"), try $0.read(1)) }
        }
    }
}

extension LogReader {
    func author(ofGroup number: Int64) throws -> Author {
        try author(of: group(number), number)
    }

    func author(of group: Group, _ number: Int64) throws -> Author {
        let row = try Row.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT a.role, a.space FROM log l
                    JOIN branches b ON b.number = l.branch
                    JOIN streams s ON s.number = b.stream
                    LEFT JOIN authors a ON a.key = s.key
                    WHERE l.number = ?
                    """),
            arguments: [number]
        ).held("group \(number)")
        return Author(
            role: (try row.readIfAny(0) as String?).flatMap(Role.init) ?? .office,
            space: try row.bytesIfAny(1).flatMap(SpaceID.init) ?? group.place.space,
            actor: group.actor, wallClock: group.wallClock)
    }
}

/// Follows names from the live writes back to the first ones.
private struct HistoryWalk {
    let reader: LogReader
    let type: RecordType
    let id: RecordID
    let live: Set<LocalWrite>
    private var groups: [Int64: (Group, Author)] = [:]

    init(reader: LogReader, type: RecordType, id: RecordID, live: Set<LocalWrite>) {
        self.reader = reader
        self.type = type
        self.id = id
        self.live = live
    }

    mutating func entries() throws -> [HistoryEntry] {
        var open = Set(live.map(\.group))
        var entries: [HistoryEntry] = []
        while let number = open.popFirst() {
            guard groups[number] == nil else { continue }
            // What a damaged group said is not known until it has come again.
            guard let group = try reader.whole(number) else { continue }
            let author = try reader.author(of: group, number)
            groups[number] = (group, author)
            for change in group.changes where change.record == id && change.type == type.number {
                for (offset, field) in change.fields.enumerated() {
                    let position = UInt32(offset)
                    let names = change.named.filter { $0.position == position }.map(\.target)
                    open.formUnion(
                        try reader.numbers(of: names.map { group.referenced[Int($0.group)] }))
                    let index = change.firstIndex + position
                    entries.append(
                        HistoryEntry(
                            write: WriteID(group: group.hash, index: index),
                            field: type.field(number: field), number: field,
                            value: change.values[offset],
                            isStripped: change.isStripped && change.hasValue(at: offset),
                            author: author,
                            isLive: live.contains(LocalWrite(group: number, index: index)),
                            names: names.map {
                                WriteID(group: group.referenced[Int($0.group)], index: $0.index)
                            },
                            position: number))
                }
            }
        }
        return entries.sorted { ($0.position, $0.write.index) > ($1.position, $1.write.index) }
    }
}
