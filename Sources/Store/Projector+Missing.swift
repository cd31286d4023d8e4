import GRDB
import Records
import SyncCore

/// Live writes whose values are not here: their group came stripped and what supersedes them has
/// not come, or their bytes were damaged (Protocol/exchange.md §4.2).
extension Projector {
    /// Puts in the values of a group that was projected before without some of them. Nothing else
    /// of the projection changes, the position of the records included.
    ///
    /// - Returns: as `project`.
    func refresh(_ logged: Logged) throws -> String? {
        let (records, remark) = admitted(logged)
        for record in records {
            guard let found = try ProjectedRow.fetch(db, record.table, id: record.id.description)
            else { continue }
            var row = found
            let siblings = Siblings(db: db, type: record.table.type)
            for write in record.writes where row.live[write.field].contains(write.name) {
                try note(write, of: row)
                guard let position = row.type.position(ofField: write.field) else { continue }
                let field = row.type.fields[position]
                if row.live[write.field].count == 1 && field.merge != .set {
                    row.columns[position] = ColumnValue.column(write.value)
                } else {
                    row.show(try siblings.replace(write, field, of: row), in: field, at: position)
                }
            }
            try noteMissing(&row)
            try finish(&row, record.table, before: found)
        }
        return remark
    }

    /// Notes whether the value of a live write is here.
    func note(_ write: Write, of row: ProjectedRow) throws {
        guard write.isStripped else { return try forgetMissing(write.name, of: row) }
        try db.cachedStatement(
            sql: """
                INSERT OR REPLACE INTO missing (type, row, group_number, write_index, field)
                VALUES (?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            Int64(row.type.number), row.row, write.name.group, Int64(write.name.index),
            Int64(write.field),
        ])
    }

    func forgetMissing(_ write: LocalWrite, of row: ProjectedRow) throws {
        try db.cachedStatement(
            sql: """
                DELETE FROM missing
                WHERE type = ? AND row = ? AND group_number = ? AND write_index = ?
                """
        ).execute(arguments: [Int64(row.type.number), row.row, write.group, Int64(write.index)])
    }

    /// Brings the names of the fields up to date.
    func noteMissing(_ row: inout ProjectedRow) throws {
        let fields = try Int64.fetchAll(
            db.cachedStatement(sql: "SELECT field FROM missing WHERE type = ? AND row = ?"),
            arguments: [Int64(row.type.number), row.row])
        row.missing = Self.names(of: fields.map { UInt32(truncatingIfNeeded: $0) }, row.type)
    }

    static func names(of fields: [UInt32], _ type: RecordType) -> [String] {
        Set(fields).compactMap { type.field(number: $0)?.name }.sorted()
    }

    /// Why a group is not projected whose bytes are damaged.
    static let damagedRemark = "damaged"

    /// Keeps why a group could not be projected in full; nil when it could.
    static func note(_ remark: String?, of group: Int64, _ db: Database) throws {
        guard let remark else {
            try db.cachedStatement(sql: "DELETE FROM unprojected WHERE group_number = ?")
                .execute(arguments: [group])
            return
        }
        try db.cachedStatement(
            sql: "INSERT OR REPLACE INTO unprojected (group_number, reason) VALUES (?, ?)"
        ).execute(arguments: [group, remark])
    }
}
