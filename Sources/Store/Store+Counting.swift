import GRDB
import Records
import SyncCore

extension Store {
    /// How many records of each office have fields to be decided, leaving out what only the office
    /// may know: so headquarters and the office come to one figure.
    ///
    /// One pass over the small index of conflicts for each type.
    public func sharedConflictCounts() async throws -> [SpaceID: Int] {
        try await queue.read { db in
            var counts: [SpaceID: Int] = [:]
            for table in self.tables.all where table.type.home == .office {
                let rows = try Row.fetchAll(
                    db,
                    sql: """
                        SELECT _office, _conflicts, count(*) FROM "\(table.name)"
                        WHERE _conflicts IS NOT NULL AND _state IN (1, 3) AND _alias IS NULL
                        GROUP BY _office, _conflicts
                        """)
                for row in rows {
                    let names = (try row.read(1) as String).split(separator: ",")
                    let isShared = names.contains {
                        table.type.field(named: String($0))?.privacy != .officeOnly
                    }
                    guard isShared, let space = SpaceID("office/\(try row.read(0) as String)")
                    else {
                        continue
                    }
                    counts[space, default: 0] += try row.read(2)
                }
            }
            return counts
        }
    }
}
