import GRDB
import Records

/// Which rows of a table the search box finds, as SQL with arguments.
///
/// Keys are looked up in `lookup` and nowhere else. Texts are compared row by row, after
/// `TextFilters` ruled out the blocks that cannot hold them. Either way, few rows are fetched and
/// put in order; where many fit, the list walks from the newest record on and stops when its page is
/// full.
struct SearchCondition {
    private(set) var sql = "0"
    private(set) var arguments: [any DatabaseValueConvertible] = []

    /// More rows with a key than this are not sorted but met on the way from the newest.
    private static let manyRows = 2_000
    /// In so many blocks the rows with a text are looked for before the list begins.
    private static let fewBlocks = 64

    init(_ term: SearchTerm, _ table: ProjectionTables.Table, _ db: Database) throws {
        let keys = Keys(term, table)
        let rows = keys.isEmpty ? 0 : try keys.count(db, upTo: Self.manyRows + 1)
        let looksIntoTexts =
            switch term.texts {
            case .never: !table.hasRooms
            case .otherwise: rows == 0
            case .also: true
            }
        let texts = looksIntoTexts ? try Texts(term.text, table, db) : nil
        switch (rows > 0 ? keys : nil, texts) {
        case (nil, nil): break
        case (let keys?, nil):
            // The plus keeps SQLite from fetching by row number what has to be sorted then.
            let row = rows > Self.manyRows ? "+row" : "row"
            add("\(row) IN (\(keys.sql))", keys.arguments)
        case (nil, let texts?): add(texts.sql, texts.arguments)
        case (let keys?, let texts?):
            add("(row IN (\(keys.sql)) OR \(texts.sql))", keys.arguments + texts.arguments)
        }
    }

    private mutating func add(_ condition: String, _ values: [any DatabaseValueConvertible]) {
        sql = condition
        arguments = values
    }

    // MARK: Keys

    /// The numbers of the rows that a room, a telephone number or a number names.
    private struct Keys {
        private var selects: [String] = []
        private(set) var arguments: [any DatabaseValueConvertible] = []

        var isEmpty: Bool { selects.isEmpty }
        var sql: String { selects.joined(separator: " UNION ALL ") }

        init(_ term: SearchTerm, _ table: ProjectionTables.Table) {
            if let room = term.room { add(room: room, table) }
            if !table.phones.isEmpty, let ending = term.phoneEnding {
                let reversed = LookupKeys.reversed(ending)
                add(.phone, table, "l.key >= ? AND l.key < ?", [reversed, reversed + ":"])
            }
            if !table.numbers.isEmpty { add(.number, table, "l.key = ?", [term.text]) }
            if table.series != nil { add(number: term.text, table) }
        }

        /// The room itself, and every room whose key goes on behind a dash.
        private mutating func add(room: String, _ table: ProjectionTables.Table) {
            for (condition, values) in [
                ("l.key = ?", [room]), ("l.key >= ? AND l.key < ?", [room + "-", room + "."]),
            ] {
                if !table.roomParts.isEmpty || !table.places.isEmpty {
                    add(.room, table, condition, values)
                }
                for position in table.roomReferences {
                    let field = table.type.fields[position]
                    guard case .reference(let name) = field.kind,
                        let target = Catalogue.type(named: name)
                    else { continue }
                    selects.append(
                        """
                        SELECT t.row FROM lookup l
                        CROSS JOIN "\(ProjectionSchema.table(target))" r ON r.row = l.row
                        CROSS JOIN "\(table.name)" t ON t."\(field.name)" = r.id
                        WHERE l.kind = ? AND l.type = \(target.number) AND \(condition)
                        """)
                    arguments.append(LookupKeys.Kind.room.rawValue)
                    arguments += values
                }
            }
        }

        /// Hidden records keep the key of their number, and are not found by it.
        private mutating func add(number: String, _ table: ProjectionTables.Table) {
            selects.append(
                """
                SELECT t.row FROM lookup l CROSS JOIN "\(table.name)" t ON t.row = l.row
                WHERE l.kind = ? AND l.type = \(table.type.number) AND l.key >= ? AND l.key < ?
                AND t._state IN (1, 3)
                """)
            arguments.append(LookupKeys.Kind.series.rawValue)
            arguments += SharedNumbers.bounds(number)
        }

        private mutating func add(
            _ kind: LookupKeys.Kind, _ table: ProjectionTables.Table, _ condition: String,
            _ values: [String]
        ) {
            selects.append(
                """
                SELECT l.row FROM lookup l
                WHERE l.kind = ? AND l.type = \(table.type.number) AND \(condition)
                """)
            arguments.append(kind.rawValue)
            arguments += values
        }

        func count(_ db: Database, upTo limit: Int) throws -> Int {
            try Int.fetchOne(
                db.cachedStatement(sql: "SELECT count(*) FROM (\(sql) LIMIT \(limit))"),
                arguments: StatementArguments(arguments)) ?? 0
        }
    }

    // MARK: Texts

    /// The rows with a text that has this part.
    private struct Texts {
        private(set) var sql = "0"
        private(set) var arguments: [any DatabaseValueConvertible] = []

        init(_ part: String, _ table: ProjectionTables.Table, _ db: Database) throws {
            guard !table.texts.isEmpty else { return }
            let comparisons = table.texts.map {
                "instr(\"\(table.type.fields[$0].name)\", ?) > 0"
            }
            let condition = "(\(comparisons.joined(separator: " OR ")))"
            let parts = Array(repeating: part, count: comparisons.count)
            if try TextFilters.isFrequent(part, db, table) {
                (sql, arguments) = (condition, parts)
                return
            }
            let blocks = try TextFilters.blocks(of: part, db, table)
            if blocks.possible.count <= SearchCondition.fewBlocks {
                let ranges =
                    blocks.possible.map(TextFilters.rows(ofBlock:))
                    + [blocks.firstOpenRow...Int64.max]
                let statement = try db.cachedStatement(
                    sql:
                        "SELECT row FROM \"\(table.name)\" WHERE row BETWEEN ? AND ? AND \(condition)"
                )
                var rows: [Int64] = []
                for range in ranges {
                    let bounds: [any DatabaseValueConvertible] = [
                        range.lowerBound, range.upperBound,
                    ]
                    rows += try Int64.fetchAll(
                        statement, arguments: StatementArguments(bounds + parts))
                }
                sql = "row IN (SELECT value FROM json_each(?))"
                arguments = ["\(rows)"]
            } else if blocks.possible.count < blocks.count / 2 {
                sql = """
                    ((row >> \(TextFilters.rowsShift) IN (SELECT value FROM json_each(?)) OR row >= ?)
                    AND \(condition))
                    """
                arguments = ["\(blocks.possible)", blocks.firstOpenRow] + parts
            } else {
                sql = condition
                arguments = parts
            }
        }
    }
}

extension ProjectionTables.Table {
    /// Whether such records have keys for rooms.
    fileprivate var hasRooms: Bool {
        !roomParts.isEmpty || !places.isEmpty || !roomReferences.isEmpty
    }
}
