import GRDB
import Records
import SyncCore

/// Numbers of a series that several shown records of a type and an office bear (design.md §4): two
/// copies of the office that nobody could detect gave out the same one, or a register was imported
/// whose own number is one of ours. Registers of different offices may count alike.
///
/// All of them stay, and nobody has to choose. Each is flagged: the name of the number's field
/// stands in `_conflicts` while another shown record bears its number, besides the reason that every
/// field has, several live writes. That is a function of the shown rows alone, so it does not
/// depend on the order in which groups came.
enum SharedNumbers {
    /// As many others as a person can look through.
    static let listed = 50

    /// Brings the flags of a row, and of those that share its number or did, up to date.
    ///
    /// Cost: one look-up by key for a number that was not there before; nothing for other changes.
    ///
    /// - Precondition: the row and its keys stand in their tables as `row` says.
    static func settle(
        _ db: Database, _ before: ProjectedRow?, _ row: ProjectedRow,
        _ table: ProjectionTables.Table
    ) throws {
        guard let position = table.series else { return }
        let name = table.type.fields[position].name
        let old = before.flatMap { $0.state.isShown ? key(of: $0, table) : nil }
        let new = row.state.isShown ? key(of: row, table) : nil
        let isFlagged = row.conflicts.contains(name)
        // A further write of the number may have taken the flag: it looks at its own field only.
        if old == new, isFlagged == (before ?? row).conflicts.contains(name) { return }
        if let old, old != new {
            let left = try bearers(db, of: old, besides: row, table)
            if left.count == 1 { try flag(db, left[0], isShared: false, table) }
        }
        let others = try new.map { try bearers(db, of: $0, besides: row, table) } ?? []
        // Where two or more share it already, they are flagged.
        if others.count == 1 { try flag(db, others[0], isShared: true, table) }
        if isFlagged || !others.isEmpty {
            try flag(db, row.row.held("a row's number"), isShared: !others.isEmpty, table)
        }
    }

    /// The other shown records that bear a record's number, the oldest first; none for any other
    /// field.
    static func others(
        _ db: Database, _ row: ProjectedRow, _ field: Field, _ table: ProjectionTables.Table
    ) throws -> [RecordID] {
        guard let position = table.series, table.type.fields[position].name == field.name,
            row.state.isShown, let key = key(of: row, table)
        else { return [] }
        return try String.fetchAll(
            db.cachedStatement(
                sql: "SELECT t.id \(bearing(table)) AND t.row <> ? ORDER BY t.id LIMIT \(listed)"),
            arguments: [
                LookupKeys.Kind.series.rawValue, key, Int64(table.type.number), row.row,
            ]
        ).map { try RecordID($0).held("a record id") }
    }

    /// The shown record of an office that bears a number, the oldest of several.
    static func bearer(
        _ db: Database, of number: String, office: SpaceID, _ table: ProjectionTables.Table
    ) throws -> RecordID? {
        try String.fetchOne(
            db.cachedStatement(sql: "SELECT t.id \(bearing(table)) ORDER BY t.id LIMIT 1"),
            arguments: [
                LookupKeys.Kind.series.rawValue, key(number, office: office.officeText),
                Int64(table.type.number),
            ]
        ).map { try RecordID($0).held("a record id") }
    }

    /// Whether any record of the office bears the number, a deleted one too: no number is given out
    /// twice (domain.md R81.4).
    static func isTaken(
        _ db: Database, _ number: String, office: SpaceID, _ type: RecordType
    ) throws -> Bool {
        var statement = try HotStatement(
            db, "SELECT 1 FROM lookup WHERE kind = ? AND key = ? AND type = ? LIMIT 1")
        try statement.bind(LookupKeys.Kind.series.rawValue)
        try statement.bind(key(number, office: office.officeText))
        try statement.bind(Int64(type.number))
        return try statement.first { _ in true } ?? false
    }

    // MARK: Keys

    /// A record's number with its office behind it, so that numbers are compared within an office and
    /// found without one. Nil for a record without a number.
    static func key(of row: ProjectedRow, _ table: ProjectionTables.Table) -> String? {
        guard let position = table.series, let number = row.text(at: position), !number.isEmpty
        else { return nil }
        return key(number, office: row.office)
    }

    private static func key(_ number: String, office: String) -> String {
        number + separator + office
    }

    private static let separator = "\u{1F}"

    /// The keys of a number in all offices: from the first on, and before the second.
    static func bounds(_ number: String) -> [String] {
        [number + separator, number + "\u{20}"]
    }

    /// Up to two other shown rows that bear a number.
    private static func bearers(
        _ db: Database, of key: String, besides row: ProjectedRow,
        _ table: ProjectionTables.Table
    ) throws -> [Int64] {
        var statement = try HotStatement(
            db, "SELECT t.row \(bearing(table)) AND t.row <> ? LIMIT 2")
        try statement.bind(LookupKeys.Kind.series.rawValue)
        try statement.bind(key)
        try statement.bind(Int64(table.type.number))
        try statement.bind(row.row.held("a row's number"))
        return try statement.all { try $0.read(0) }
    }

    static func bearing(_ table: ProjectionTables.Table) -> String {
        """
        FROM lookup l CROSS JOIN "\(table.name)" t ON t.row = l.row
        WHERE l.kind = ? AND l.key = ? AND l.type = ? AND t._state IN (1, 3)
        """
    }

    /// Writes a row's flag. Its position stays: what the record says did not change.
    private static func flag(
        _ db: Database, _ row: Int64, isShared: Bool, _ table: ProjectionTables.Table
    ) throws {
        guard let position = table.series else { return }
        let field = table.type.fields[position]
        let found = try Row.fetchOne(
            db.cachedStatement(
                sql: "SELECT _conflicts, _live FROM \"\(table.name)\" WHERE row = ?"),
            arguments: [row]
        ).held("row \(row)")
        let names = ProjectedRow.names(try found.readIfAny(0))
        let hasSiblings = try LiveMap(blob: found.bytes(1))[field.number].count > 1
        var flagged = names.filter { $0 != field.name }
        if isShared || hasSiblings { flagged = (flagged + [field.name]).sorted() }
        guard flagged != names else { return }
        try db.cachedStatement(
            sql: "UPDATE \"\(table.name)\" SET _conflicts = ? WHERE row = ?"
        ).execute(arguments: [flagged.isEmpty ? nil : flagged.joined(separator: ","), row])
    }
}
