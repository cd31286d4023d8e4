import GRDB
import Records
import SyncCore

/// The rows of fields that have more than one live write, and of sets.
struct Siblings {
    let db: Database
    let type: RecordType

    /// Brings the sibling rows of one field up to date and returns its live writes.
    ///
    /// - Parameters:
    ///   - write: the write that arrives.
    ///   - left: the live writes it does not name.
    ///   - before: the live writes until now.
    func settle(
        _ field: Field, of row: ProjectedRow, _ position: Int, adding write: Projector.Write,
        to left: [LocalWrite], from before: [LocalWrite]
    ) throws -> [LiveWrite] {
        let number = try row.row.held("a row's number")
        let hadRows = before.count > 1 || field.merge == .set
        if hadRows {
            for gone in before where !left.contains(gone) { try delete(gone, field, number) }
        } else if let only = left.first {
            try insert(only, field, number, row.columns[position])
        }
        try insert(write.name, field, number, ColumnValue.column(write.value))
        var live = try live(field, row: number)
        if PlantedBug.showTheLastToArrive.isPlanted, field.merge == .latestWins {
            live = live.suffix(1)
        }
        if live.count == 1 && field.merge != .set { try delete(live[0].name, field, number) }
        return live
    }

    /// Puts in the value of a write that has its row, and returns the field's live writes.
    func replace(
        _ write: Projector.Write, _ field: Field, of row: ProjectedRow
    ) throws -> [LiveWrite] {
        let number = try row.row.held("a row's number")
        try delete(write.name, field, number)
        try insert(write.name, field, number, ColumnValue.column(write.value))
        return try live(field, row: number)
    }

    private func insert(
        _ write: LocalWrite, _ field: Field, _ row: Int64, _ value: DatabaseValue
    ) throws {
        var statement = try HotStatement(
            db,
            """
            INSERT INTO siblings (type, row, field, group_number, write_index, value)
            VALUES (?, ?, ?, ?, ?, ?)
            """)
        try bind(write, field, row, to: &statement)
        try statement.bind(value)
        try statement.run()
    }

    private func delete(_ write: LocalWrite, _ field: Field, _ row: Int64) throws {
        var statement = try HotStatement(
            db,
            """
            DELETE FROM siblings
            WHERE type = ? AND row = ? AND field = ? AND group_number = ? AND write_index = ?
            """)
        try bind(write, field, row, to: &statement)
        try statement.run()
    }

    private func bind(
        _ write: LocalWrite, _ field: Field, _ row: Int64, to statement: inout HotStatement
    ) throws {
        try statement.bind(Int64(type.number))
        try statement.bind(row)
        try statement.bind(Int64(field.number))
        try statement.bind(write.group)
        try statement.bind(Int64(write.index))
    }

    /// The live writes that have rows, with time, author's role and value.
    func live(_ field: Field, row: Int64) throws -> [LiveWrite] {
        var statement = try HotStatement(
            db,
            """
            SELECT s.group_number, s.write_index, s.value, l.time, l.hash, a.role
            FROM siblings s
            JOIN log l ON l.number = s.group_number
            JOIN branches b ON b.number = l.branch
            JOIN streams t ON t.number = b.stream
            LEFT JOIN authors a ON a.key = t.key
            WHERE s.type = ? AND s.row = ? AND s.field = ?
            ORDER BY s.group_number, s.write_index
            """)
        try statement.bind(Int64(type.number))
        try statement.bind(row)
        try statement.bind(Int64(field.number))
        return try statement.all { found in
            let index = UInt32(truncatingIfNeeded: try found.read(1) as Int64)
            return LiveWrite(
                name: LocalWrite(group: try found.read(0), index: index),
                stamp: Stamp(
                    time: HybridTime(stored: try found.read(3)),
                    write: WriteID(
                        group: try GroupHash(found.bytes(4)).held("a group's hash"),
                        index: index)),
                role: (try found.readIfAny(5) as String?).flatMap(Role.init) ?? .office,
                value: ColumnValue.value(found.value(2), field))
        }
    }
}

/// The deletions of a record and what they amount to.
enum Visibilities {
    static func store(
        _ write: Projector.Write, of row: ProjectedRow, removing before: [LocalWrite],
        _ db: Database, _ type: RecordType
    ) throws {
        let number = try row.row.held("a row's number")
        for gone in before where write.named.contains(gone) {
            try db.cachedStatement(
                sql: """
                    DELETE FROM deletions
                    WHERE type = ? AND row = ? AND group_number = ? AND write_index = ?
                    """
            ).execute(arguments: [Int64(type.number), number, gone.group, Int64(gone.index)])
        }
        let listed = LiveMap.blob(of: write.listed.sorted().map { ($0, ReservedField.deleted) })
        try db.cachedStatement(
            sql: """
                INSERT INTO deletions (type, row, group_number, write_index, hides, listed)
                VALUES (?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            Int64(type.number), number, write.name.group, Int64(write.name.index),
            write.value != .empty, Blob(listed),
        ])
    }

    static func state(
        of row: ProjectedRow, _ reader: LogReader, home: SpaceID
    ) throws -> RecordState {
        let db = reader.db
        guard !row.live[ReservedField.created].isEmpty else { return .absent }
        guard !row.live[ReservedField.deleted].isEmpty else { return .shown }
        let deletions = try Row.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT group_number, write_index, hides, listed FROM deletions
                    WHERE type = ? AND row = ?
                    """),
            arguments: [Int64(row.type.number), row.row]
        ).map { found in
            Deletion(
                name: LocalWrite(
                    group: try found.read(0),
                    index: UInt32(truncatingIfNeeded: try found.read(1) as Int64)),
                hides: try found.read(2),
                listed: Set(
                    try LiveMap(blob: found.bytes(3))[ReservedField.deleted]))
        }
        let inHome = row.live.writes.filter { number, _ in
            guard number != ReservedField.deleted else { return false }
            guard let field = row.type.field(number: number) else { return true }
            return row.type.space(of: field, home: home) == home
        }
        // A deletion may list ten thousand writes of one large group.
        var groups: [Int64: Group?] = [:]
        let visibility = try Visibility(live: inHome.values.joined(), deletions: deletions) {
            write in
            let group = try groups[write.group] ?? reader.whole(write.group)
            groups[write.group] = .some(group)
            return try reader.names(of: write, in: group)
        }
        switch visibility {
        case .shown: return .shown
        case .hidden: return .hidden
        case .disputed: return .disputed
        }
    }
}
