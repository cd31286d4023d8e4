import GRDB
import Records
import SyncCore

/// The filters of all texts that the search box looks through, one for each full block of rows of a
/// table.
///
/// A block gets its filter when its last row comes in, and later texts of its rows are added to it.
/// Rows after the last full block have none and are always looked at, so an ordinary save writes
/// nothing here. Cost: 32 bytes a row, and one more reading of a row's texts for each row that came
/// in before the transaction in which its block became full.
enum TextFilters {
    /// Two to this power rows share a filter.
    static let rowsShift: Int64 = 8
    static let rows = Int64(1) << rowsShift

    static func block(ofRow row: Int64) -> Int64 { row >> rowsShift }

    static func rows(ofBlock block: Int64) -> ClosedRange<Int64> {
        let first = block << rowsShift
        return first...(first + rows - 1)
    }

    // MARK: Writing

    /// The filters of blocks whose first row came in within the present transaction.
    final class Unfinished {
        private var filters: [UInt32: (block: Int64, filter: TextFilter)] = [:]

        fileprivate func begin(_ block: Int64, of table: ProjectionTables.Table) {
            filters[table.type.number] = (block, TextFilter())
        }

        /// Adds texts to a filter, if it is one of these.
        fileprivate func add(
            _ texts: [String], to block: Int64, of table: ProjectionTables.Table
        ) {
            guard filters[table.type.number]?.block == block else { return }
            for text in texts { filters[table.type.number]?.filter.add(text) }
        }

        fileprivate func finish(_ block: Int64, of table: ProjectionTables.Table) -> TextFilter? {
            guard filters[table.type.number]?.block == block else { return nil }
            return filters.removeValue(forKey: table.type.number)?.filter
        }
    }

    /// After a row came in.
    static func add(
        _ db: Database, _ row: ProjectedRow, _ table: ProjectionTables.Table,
        _ unfinished: Unfinished
    ) throws {
        if table.texts.isEmpty { return }
        let number = try row.row.held("a row's number")
        let block = block(ofRow: number)
        if number == rows(ofBlock: block).lowerBound { unfinished.begin(block, of: table) }
        unfinished.add(row.texts(at: table.texts), to: block, of: table)
        guard number == rows(ofBlock: block).upperBound else { return }
        let filter = try unfinished.finish(block, of: table) ?? filter(db, block, table)
        try store(filter, block, db, table)
    }

    /// After a row was changed.
    static func replace(
        _ db: Database, _ before: ProjectedRow, _ row: ProjectedRow,
        _ table: ProjectionTables.Table, _ unfinished: Unfinished
    ) throws {
        let changed = table.texts.filter { before.columns[$0] != row.columns[$0] }
        guard !changed.isEmpty else { return }
        let block = block(ofRow: try row.row.held("a row's number"))
        let texts = row.texts(at: changed)
        unfinished.add(texts, to: block, of: table)
        let added = Dictionary(grouping: texts.flatMap(TextFilter.runs), by: \.part)
        for (part, probes) in added {
            // A block that is not full has no filter.
            guard var bits = try stored(db, key(table, part, block)) else { return }
            let missing = probes.filter { !$0.isIn(bits) }
            guard !missing.isEmpty, bits.count == TextFilter.partBytes else { continue }
            for probe in missing { probe.set(in: &bits) }
            try store(bits, key(table, part, block), db)
        }
    }

    private static func filter(
        _ db: Database, _ block: Int64, _ table: ProjectionTables.Table
    ) throws -> TextFilter {
        var filter = TextFilter()
        let range = rows(ofBlock: block)
        var statement = try HotStatement(db, table.selectTexts + " WHERE row BETWEEN ? AND ?")
        try statement.bind(range.lowerBound)
        try statement.bind(range.upperBound)
        _ = try statement.all { row in
            for column in table.texts.indices {
                if let text = try row.readIfAny(column) as String? { filter.add(text) }
            }
        }
        return filter
    }

    private static func store(
        _ filter: TextFilter, _ block: Int64, _ db: Database, _ table: ProjectionTables.Table
    ) throws {
        for part in 0..<TextFilter.parts {
            try store(filter.bytes(ofPart: part), key(table, part, block), db)
        }
    }

    private static func store(_ bytes: [UInt8], _ key: Int64, _ db: Database) throws {
        var statement = try HotStatement(
            db, "INSERT OR REPLACE INTO text_filters (key, bits) VALUES (?, ?)")
        try statement.bind(key)
        try statement.bind(bytes: bytes)
        try statement.run()
    }

    private static func stored(_ db: Database, _ key: Int64) throws -> [UInt8]? {
        try Row.fetchOne(
            db.cachedStatement(sql: "SELECT bits FROM text_filters WHERE key = ?"),
            arguments: [key]
        ).map { try $0.bytes(0) }
    }

    /// All parts of one place of a type's filters stand together, by block.
    private static func key(
        _ table: ProjectionTables.Table, _ part: Int, _ block: Int64
    ) -> Int64 {
        Int64(table.type.number) << 40 | Int64(part) << 36 | block
    }

    // MARK: Looking

    /// Where a text may be found.
    struct Blocks {
        /// Full blocks that may hold it.
        var possible: [Int64] = []
        /// How many full blocks there are.
        var count = 0
        /// Rows from here on have no filter yet.
        var firstOpenRow: Int64 = 0
    }

    /// Whether most of a few blocks, spread over all, may hold a text. Then it is met soon on the way
    /// from the newest record on, and to ask every filter costs more than it rules out.
    static func isFrequent(
        _ text: String, _ db: Database, _ table: ProjectionTables.Table
    ) throws -> Bool {
        let count = block(ofRow: try lastRow(db, table))
        let probes = Dictionary(grouping: TextFilter.probes(of: text), by: \.part)
        let possible = try (0..<samples).count { sample in
            try probes.allSatisfy { part, wanted in
                try mayHold(wanted, key(table, part, sample * count / samples), db)
            }
        }
        return possible > samples / 2
    }

    private static let samples: Int64 = 32

    private static func lastRow(
        _ db: Database, _ table: ProjectionTables.Table
    ) throws -> Int64 {
        try Int64.fetchOne(
            db.cachedStatement(sql: "SELECT max(row) FROM \"\(table.name)\"")) ?? 0
    }

    /// A filter that is not there rules nothing out.
    private static func mayHold(
        _ wanted: [TextFilter.Probe], _ key: Int64, _ db: Database
    ) throws -> Bool {
        guard let bits = try stored(db, key) else { return true }
        return wanted.allSatisfy { $0.isIn(bits) }
    }

    /// Cost: one page a full block for the first part, and one a remaining block for each other.
    static func blocks(
        of text: String, _ db: Database, _ table: ProjectionTables.Table
    ) throws -> Blocks {
        let probes = Dictionary(grouping: TextFilter.probes(of: text), by: \.part)
        let parts = probes.keys.sorted { (probes[$0]?.count ?? 0) > (probes[$1]?.count ?? 0) }
        guard let first = parts.first, let wanted = probes[first] else { return Blocks() }
        var blocks = Blocks()
        let base = key(table, first, 0)
        let rows = try Row.fetchCursor(
            db.cachedStatement(
                sql: "SELECT key, bits FROM text_filters WHERE key >= ? AND key < ? ORDER BY key"),
            arguments: [base, key(table, first + 1, 0)])
        let lastBlock = block(ofRow: try lastRow(db, table))
        var next: Int64 = 0
        while let row = try rows.next() {
            let block = try row.read(0) - base
            guard block <= lastBlock else { break }
            // A filter that is not there rules nothing out.
            if block > next { blocks.possible += next..<block }
            next = block + 1
            let bits = try row.bytes(1)
            if wanted.allSatisfy({ $0.isIn(bits) }) { blocks.possible.append(block) }
        }
        blocks.count = Int(next)
        blocks.firstOpenRow = self.rows(ofBlock: next).lowerBound
        for part in parts.dropFirst() {
            let wanted = probes[part] ?? []
            blocks.possible = try blocks.possible.filter { block in
                try mayHold(wanted, key(table, part, block), db)
            }
        }
        return blocks
    }

    // MARK: Verifying

    /// Whether every full block of a table has its filter, and no filter lacks a run of its rows.
    static func areSound(_ db: Database, _ table: ProjectionTables.Table) throws -> Bool {
        guard !table.texts.isEmpty else { return true }
        let full = try Int64.fetchAll(
            db,
            sql: """
                SELECT row >> \(rowsShift) FROM "\(table.name)" WHERE row & \(rows - 1) = \(rows - 1)
                """)
        for block in full {
            let needed = try filter(db, block, table)
            for part in 0..<TextFilter.parts {
                guard let known = try stored(db, key(table, part, block)),
                    known.count == TextFilter.partBytes,
                    zip(known, needed.bytes(ofPart: part)).allSatisfy({ $0 & $1 == $1 })
                else { return false }
            }
        }
        return true
    }
}
