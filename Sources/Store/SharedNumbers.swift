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
        let old = before.flatMap { number(of: $0, at: position) }
        let new = number(of: row, at: position)
        let isFlagged = row.conflicts.contains(name)
        // A further write of the number may have taken the flag: it looks at its own field only.
        if old == new, isFlagged == (before ?? row).conflicts.contains(name) { return }
        if let old, old != new {
            let left = try bearers(db, of: old, besides: row, table)
            if left.count == 1 { try flag(db, left[0], isShared: false, table) }
        }
        var others: [Int64] = []
        if let new, try rows(db, new, table.type).count > 1 {
            others = try bearers(db, of: new, besides: row, table)
            // Where two or more share it already, they are flagged.
            if others.count == 1 { try flag(db, others[0], isShared: true, table) }
        }
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
            let number = number(of: row, at: position)
        else { return [] }
        return try String.fetchAll(
            db.cachedStatement(
                sql: "SELECT t.id \(sharing(table)) ORDER BY t.id LIMIT \(listed)"),
            arguments: arguments(number, row, table)
        ).map { try RecordID($0).held("a record id") }
    }

    /// The number a shown record bears.
    private static func number(of row: ProjectedRow, at position: Int) -> String? {
        guard row.state == .shown || row.state == .disputed,
            let number = row.text(at: position), !number.isEmpty
        else { return nil }
        return number
    }

    /// Whether a record of the type has the number among its keys, by whichever of its fields.
    static func isTaken(_ db: Database, _ number: String, _ type: RecordType) throws -> Bool {
        try rows(db, number, type).count > 0
    }

    static let keyed = "SELECT row FROM lookup WHERE kind = ? AND key = ? AND type = ? LIMIT 2"

    /// Up to two rows that the key leads to, by whichever of their fields. For nearly every number
    /// that is all there is to do.
    private static func rows(
        _ db: Database, _ number: String, _ type: RecordType
    ) throws -> [Int64] {
        var statement = try HotStatement(db, keyed)
        try statement.bind(LookupKeys.Kind.number.rawValue)
        try statement.bind(number)
        try statement.bind(Int64(type.number))
        return try statement.all { try $0.read(0) }
    }

    /// Up to two other rows that bear a number.
    private static func bearers(
        _ db: Database, of number: String, besides row: ProjectedRow,
        _ table: ProjectionTables.Table
    ) throws -> [Int64] {
        try Int64.fetchAll(
            db.cachedStatement(sql: "SELECT t.row \(sharing(table)) LIMIT 2"),
            arguments: arguments(number, row, table))
    }

    /// Other fields have keys of this kind as well, such as a document's number, so the number's own
    /// column decides. The key comes first: the column has no index.
    static func sharing(_ table: ProjectionTables.Table) -> String {
        let column = table.series.map { table.type.fields[$0].name } ?? "id"
        return """
            FROM lookup l CROSS JOIN "\(table.name)" t ON t.row = l.row
            WHERE l.kind = ? AND l.key = ? AND l.type = ? AND l.row <> ? AND t._office = ?
            AND t."\(column)" = l.key
            """
    }

    private static func arguments(
        _ number: String, _ row: ProjectedRow, _ table: ProjectionTables.Table
    ) -> StatementArguments {
        [
            LookupKeys.Kind.number.rawValue, number, Int64(table.type.number), row.row, row.office,
        ]
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
