import GRDB
import Records
import SyncCore

/// A record as people see it.
public struct StoredRecord: Sendable {
    public var type: RecordType
    public var id: RecordID
    public var version: RecordVersion
    public var state: RecordState
    /// The record that stands for this one, when two have one natural key.
    public var alias: RecordID?
    /// One for each field of the type; a set's value is a text holding a JSON array.
    public var values: [Value]
    /// Names of fields a person has to decide, and of a number that other records bear.
    public var conflicts: [String]
    /// Names of fields that have a value which is not here: it has not arrived yet, or its bytes
    /// were damaged. Nothing stands in `values` for it, and that nothing must not be saved.
    public var missing: [String]

    public func value(_ field: String) -> Value {
        guard let position = type.fields.firstIndex(where: { $0.name == field }) else {
            return .empty
        }
        return values[position]
    }
}

/// Which records a list shows.
public struct RecordQuery: Sendable {
    public var type: RecordType
    /// Home office; nil for all.
    public var office: SpaceID?
    /// Equal values by field name; a reference matches the aliases of its target as well.
    public var filters: [(field: String, value: Value)] = []
    /// Times or dates by field name: from (inclusive) and before (exclusive), as their text.
    public var ranges: [(field: String, from: String, before: String)] = []
    /// What was typed into the search box; `SearchTerm` says what is looked for.
    public var search: String = ""
    public var onlyConflicts = false
    /// The id after which the page begins; newest records come first.
    public var after: RecordID?
    /// At most 500.
    public var limit = 50

    public init(_ type: RecordType) {
        self.type = type
    }
}

extension Store {
    /// One page of a list, newest first, and whether more follow.
    public func list(_ query: RecordQuery) async throws -> (records: [StoredRecord], more: Bool) {
        try await queue.read { db in
            let table = self.tables[query.type]
            var condition = try ListCondition(query, table, db)
            if let after = query.after {
                condition.add("id < ?", [after.description])
            }
            let limit = max(1, min(query.limit, 500))
            let rows = try Row.fetchAll(
                db.cachedStatement(
                    sql: table.select + " WHERE " + condition.sql
                        + " ORDER BY id DESC LIMIT \(limit + 1)"),
                arguments: StatementArguments(condition.arguments))
            let life = try Life.current(db)
            let records = try rows.prefix(limit).map {
                try StoredRecord(ProjectedRow($0, query.type), life)
            }
            return (records, rows.count > limit)
        }
    }

    /// How many records a query finds, without its page.
    public func count(_ query: RecordQuery) async throws -> Int {
        try await queue.read { db in
            let table = self.tables[query.type]
            let condition = try ListCondition(query, table, db)
            return try Int.fetchOne(
                db, sql: "SELECT count(*) FROM \"\(table.name)\" WHERE \(condition.sql)",
                arguments: StatementArguments(condition.arguments)) ?? 0
        }
    }

    /// Counts of a query's records by home office and the values of some fields.
    public func counts(
        _ query: RecordQuery, by fields: [String]
    ) async throws -> [(office: String, values: [String], count: Int)] {
        try await queue.read { db in
            let table = self.tables[query.type]
            let condition = try ListCondition(query, table, db)
            for field in fields {
                _ = try query.type.field(named: field).held("the field \(field)")
            }
            let columns = (["_office"] + fields.map { "\"\($0)\"" }).joined(separator: ", ")
            return try Row.fetchAll(
                db,
                sql: """
                    SELECT \(columns), count(*) FROM "\(table.name)" WHERE \(condition.sql)
                    GROUP BY \(columns)
                    """, arguments: StatementArguments(condition.arguments)
            ).map { row in
                let values = fields.indices.map { place in
                    "\((row[place + 1] as DatabaseValue).storage.value ?? "")"
                }
                return (try row.read(0), values, try row.read(fields.count + 1))
            }
        }
    }

    /// One record, also hidden ones; an alias gives the record that stands for it. Nil when it is
    /// not here.
    public func record(_ type: RecordType, _ id: RecordID) async throws -> StoredRecord? {
        try await queue.read { db in try self.record(type, id, db) }
    }

    func record(_ type: RecordType, _ id: RecordID, _ db: Database) throws -> StoredRecord? {
        let table = tables[type]
        guard var row = try ProjectedRow.fetch(db, table, id: id.description),
            row.state != .absent
        else { return nil }
        if let alias = row.alias, let survivor = try ProjectedRow.fetch(db, table, id: alias) {
            row = survivor
        }
        return try StoredRecord(row, Life.current(db))
    }

    /// What a list calls the records that references point to; ids that are not here are absent.
    public func labels(of ids: [(RecordType, RecordID)]) async throws -> [RecordID: StoredRecord] {
        try await queue.read { db in
            let life = try Life.current(db)
            var found: [RecordID: StoredRecord] = [:]
            for (type, id) in ids where found[id] == nil {
                let row = try ProjectedRow.fetch(db, self.tables[type], id: id.description)
                if let row, row.state != .absent { found[id] = try StoredRecord(row, life) }
            }
            return found
        }
    }
}

extension StoredRecord {
    init(_ row: ProjectedRow, _ life: String) throws {
        type = row.type
        id = try RecordID(row.id).held("a record id")
        version = RecordVersion(life: life, position: row.position)
        state = row.state
        alias = row.alias.flatMap(RecordID.init)
        values = zip(row.columns, row.type.fields).map { column, field in
            if field.merge == .set {
                return String.fromDatabaseValue(column).map(Value.text) ?? .empty
            }
            return ColumnValue.value(column, field)
        }
        conflicts = row.conflicts
        missing = row.missing
    }
}
