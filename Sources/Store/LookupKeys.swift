import GRDB
import Records
import SyncCore

/// What the search box finds by key, and which records are one (design.md §5, domain.md §4.2
/// Household).
enum LookupKeys {
    enum Kind: Int64 {
        case room = 1
        case phone = 2
        /// That of a document.
        case number = 3
        case naturalKey = 4
        /// That of the record itself, with its office (`SharedNumbers`); of hidden records too.
        case series = 5
    }

    static func add(
        _ db: Database, _ row: ProjectedRow, _ table: ProjectionTables.Table,
        _ unfinished: TextFilters.Unfinished
    ) throws {
        for key in keys(of: row, table) { try add(db, key, row, table) }
        try SharedNumbers.settle(db, nil, row, table)
        try TextFilters.add(db, row, table, unfinished)
    }

    /// Brings the keys of a row up to date; most changes leave them as they are.
    static func replace(
        _ db: Database, _ before: ProjectedRow?, _ row: ProjectedRow,
        _ table: ProjectionTables.Table, _ unfinished: TextFilters.Unfinished
    ) throws {
        guard let before else { return try add(db, row, table, unfinished) }
        let isAlike =
            before.state == row.state
            && table.keyed.allSatisfy { before.columns[$0] == row.columns[$0] }
        if !isAlike {
            let old = keys(of: before, table)
            let new = keys(of: row, table)
            for key in old where !new.contains(key) { try remove(db, key, row, table) }
            for key in new where !old.contains(key) { try add(db, key, row, table) }
        }
        try SharedNumbers.settle(db, before, row, table)
        try TextFilters.replace(db, before, row, table, unfinished)
    }

    private static func add(
        _ db: Database, _ key: Key, _ row: ProjectedRow, _ table: ProjectionTables.Table
    ) throws {
        var statement = try HotStatement(
            db, "INSERT OR IGNORE INTO lookup (kind, key, type, row) VALUES (?, ?, ?, ?)")
        try statement.bind(key.kind.rawValue)
        try statement.bind(key.text)
        try statement.bind(Int64(table.type.number))
        try statement.bind(row.row.held("a row's number"))
        try statement.run()
        if key.kind == .naturalKey { try alias(db, key.text, table) }
    }

    private static func remove(
        _ db: Database, _ key: Key, _ row: ProjectedRow, _ table: ProjectionTables.Table
    ) throws {
        try db.cachedStatement(
            sql: "DELETE FROM lookup WHERE kind = ? AND key = ? AND type = ? AND row = ?"
        ).execute(arguments: [key.kind.rawValue, key.text, Int64(table.type.number), row.row])
        guard key.kind == .naturalKey else { return }
        try db.execute(
            sql: "UPDATE \"\(table.name)\" SET _alias = NULL WHERE row = ?", arguments: [row.row])
        try alias(db, key.text, table)
    }

    private struct Key: Equatable {
        var kind: Kind
        var text: String
    }

    /// Of the shown records with one natural key the smallest id stands for all; the others become
    /// its aliases.
    private static func alias(
        _ db: Database, _ key: String, _ table: ProjectionTables.Table
    ) throws {
        let rows = try Row.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT t.row, t.id, t._alias FROM lookup l JOIN "\(table.name)" t ON t.row = l.row
                    WHERE l.kind = ? AND l.key = ? AND l.type = ?
                    """),
            arguments: [Kind.naturalKey.rawValue, key, Int64(table.type.number)])
        guard let survivor = try (rows.map { try $0.read(1) as String }).min() else { return }
        for row in rows {
            let alias: String? = try row.read(1) == survivor ? nil : survivor
            guard try alias != row.readIfAny(2) else { continue }
            try db.execute(
                sql: "UPDATE \"\(table.name)\" SET _alias = ? WHERE row = ?",
                arguments: [alias, try row.read(0) as Int64])
        }
    }

    /// A telephone number as its key, last digit first.
    static func reversed(_ phone: String) -> String {
        // Digits need no search for the bounds of characters, which takes longer than all else here.
        phone.utf8.allSatisfy { $0 < 0x80 }
            ? String(decoding: phone.utf8.reversed(), as: UTF8.self) : String(phone.reversed())
    }

    private static func keys(
        of row: ProjectedRow, _ table: ProjectionTables.Table
    ) -> [Key] {
        var keys: [Key] = []
        if let key = SharedNumbers.key(of: row, table) {
            keys.append(Key(kind: .series, text: key))
        }
        guard row.state.isShown else { return keys }
        let parts = table.roomParts.map { row.text(at: $0) ?? "" }
        if !parts.isEmpty, parts.last != "" {
            keys.append(
                Key(kind: .room, text: parts.filter { !$0.isEmpty }.joined(separator: "-")))
        }
        for position in table.places {
            guard let room = row.text(at: position).flatMap(RoomAddress.init(endOf:)) else {
                continue
            }
            keys.append(Key(kind: .room, text: room.key))
        }
        for position in table.phones {
            guard let text = row.text(at: position) else { continue }
            for phone in table.type.fields[position].phones(inColumn: text) {
                keys.append(Key(kind: .phone, text: reversed(phone)))
            }
        }
        for position in table.numbers {
            guard let text = row.text(at: position) else { continue }
            for number in table.type.fields[position].texts(inColumn: text) {
                keys.append(Key(kind: .number, text: number))
            }
        }
        let values = table.naturalKey.map { row.columns[$0] }
        if let last = values.last, !last.isNull {
            let texts = values.map { "\($0.storage.value ?? "")" }
            keys.append(
                Key(
                    kind: .naturalKey,
                    text: ([row.office] + texts).joined(separator: "\u{1F}")))
        }
        return keys
    }
}

extension Field {
    /// The text in a column, or those of a set's elements.
    fileprivate func texts(inColumn text: String) -> [String] {
        guard merge == .set else { return [text] }
        return elements(inColumn: text).compactMap { element in
            if case .text(let text) = element { text } else { nil }
        }
    }

    /// The telephone numbers in a column: its own value, or those inside the elements of a set.
    fileprivate func phones(inColumn text: String) -> [String] {
        merge == .set ? phones(inElements: text) : [text]
    }
}
