import GRDB
import Records
import SyncCore

/// A list's conditions as SQL with arguments.
struct ListCondition {
    private(set) var sql = "_state IN (1, 3) AND _alias IS NULL"
    private(set) var arguments: [DatabaseValue] = []

    init(_ query: RecordQuery, _ table: ProjectionTables.Table, _ db: Database) throws {
        if let office = query.office { add("_office = ?", [office.officeText]) }
        if query.onlyConflicts { add("_conflicts IS NOT NULL", []) }
        for (name, value) in query.filters {
            let field = try query.type.field(named: name).held("the field \(name)")
            if case .record(let id) = value, case .reference(let target) = field.kind {
                let ids = try Self.aliases(of: id, target, db)
                if field.merge == .set {
                    add(
                        "(" + ids.map { _ in "instr(\"\(name)\", ?) > 0" }.joined(separator: " OR ")
                            + ")", ids)
                } else {
                    add("\"\(name)\" IN (\(ids.map { _ in "?" }.joined(separator: ", ")))", ids)
                }
            } else if value == .empty {
                add("\"\(name)\" IS NULL", [])
            } else if field.merge == .set {
                // The column holds the elements as one JSON array, each in its one spelling.
                add("instr(\"\(name)\", ?) > 0", [field.json(of: value).text])
            } else {
                add("\"\(name)\" = ?", [ColumnValue.column(value)])
            }
        }
        for (name, from, before) in query.ranges {
            _ = try query.type.field(named: name).held("the field \(name)")
            add("\"\(name)\" >= ? AND \"\(name)\" < ?", [from, before])
        }
        if let term = SearchTerm(query.search) {
            let search = try SearchCondition(term, table, db)
            add(search.sql, search.arguments)
        }
    }

    mutating func add(_ condition: String, _ values: [any DatabaseValueConvertible]) {
        sql += " AND \(condition)"
        arguments += values.map(\.databaseValue)
    }

    /// The ids of all records that show as one with this one.
    private static func aliases(
        of id: RecordID, _ typeName: String, _ db: Database
    ) throws -> [String] {
        let text = id.description
        guard let type = Catalogue.type(named: typeName), !type.naturalKey.isEmpty else {
            return [text]
        }
        let table = ProjectionSchema.table(type)
        let survivor =
            try String.fetchOne(
                db, sql: "SELECT coalesce(_alias, id) FROM \"\(table)\" WHERE id = ?",
                arguments: [text]) ?? text
        return try [survivor]
            + String.fetchAll(
                db, sql: "SELECT id FROM \"\(table)\" WHERE _alias = ?", arguments: [survivor])
    }
}
