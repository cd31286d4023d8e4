import GRDB
import Records

/// The statements that read and write whole rows, looked up by table within one transaction: hashing a text
/// that names fifty columns takes longer than binding them.
final class RowStatements {
    private let db: Database
    private var finds: [UInt32: Statement] = [:]
    private var inserts: [UInt32: Statement] = [:]
    private var updates: [UInt32: Statement] = [:]

    init(_ db: Database) {
        self.db = db
    }

    func find(_ table: ProjectionTables.Table) throws -> HotStatement {
        HotStatement(try prepared(table.find, table, in: &finds))
    }

    func insert(_ table: ProjectionTables.Table) throws -> HotStatement {
        HotStatement(try prepared(table.insert, table, in: &inserts))
    }

    func update(_ table: ProjectionTables.Table) throws -> HotStatement {
        HotStatement(try prepared(table.update, table, in: &updates))
    }

    private func prepared(
        _ sql: String, _ table: ProjectionTables.Table, in known: inout [UInt32: Statement]
    ) throws -> Statement {
        if let statement = known[table.type.number] { return statement }
        let statement = try db.cachedStatement(sql: sql)
        known[table.type.number] = statement
        return statement
    }
}
