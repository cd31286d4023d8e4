import GRDB
import Records
import SyncCore

extension Store {
    /// A few fields of every record of a type that lists show, for look-ups by the thousand.
    ///
    /// One pass over the table; nothing else of the records is read.
    /// - Parameter office: home office; nil for all.
    public func values(
        _ type: RecordType, _ fields: [String], office: SpaceID?
    ) async throws -> [(id: RecordID, values: [Value])] {
        let declared = try fields.map { try type.field(named: $0).held("the field \($0)") }
        return try await queue.read { db in
            let columns = (["id"] + fields.map { "\"\($0)\"" }).joined(separator: ", ")
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT \(columns) FROM "\(self.tables[type].name)"
                    WHERE _state IN (1, 3) AND _alias IS NULL AND (?1 IS NULL OR _office = ?1)
                    """, arguments: [office?.officeText])
            var found: [(RecordID, [Value])] = []
            while let row = try rows.next() {
                let values = declared.indices.map { place in
                    ColumnValue.value(row[place + 1] as DatabaseValue, declared[place])
                }
                found.append((try RecordID(row.read(0)).held("a record id"), values))
            }
            return found
        }
    }

    /// Shown records of one office by the number they bear. One look-up by key for each number.
    public func records(
        _ type: RecordType, numbered numbers: [String], office: SpaceID
    ) async throws -> [String: RecordID] {
        try await queue.read { db in
            var found: [String: RecordID] = [:]
            for number in numbers {
                found[number] = try SharedNumbers.bearer(
                    db, of: number, office: office, self.tables[type])
            }
            return found
        }
    }
}
