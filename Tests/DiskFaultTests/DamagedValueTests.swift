import Foundation
import GRDB
import Node
import Records
import SimulatedDisk
import Store
import SyncCore
import Testing
import Wire

/// Values that no sound file can hold: of another kind than their column's, or of none, or beyond
/// any bound. SQLite gives them out as it finds them; STRICT and NOT NULL hold for writing only.
@Suite struct DamagedValueTests {
    private static let all: [DatabaseValue] = [
        .null, (-1).databaseValue, Int64.max.databaseValue, Int64.min.databaseValue,
        1e300.databaseValue, "x".databaseValue, Data().databaseValue,
        Data([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F]).databaseValue,
        Data(repeating: 0xFF, count: 200).databaseValue,
    ]

    /// What a column is tried with: in a sample one of them, another for the next column.
    private static func values(_ position: Int, of table: String) -> [DatabaseValue] {
        if Budget.allFaults { return all }
        return [all[abs(position + table.utf8.count + Budget.seed) % all.count]]
    }

    static let tables = [
        "meta", "spaces", "streams", "branches", "log", "named", "unprojected", "authors",
        "own_streams", "series", "receipts", "headquarters", "members", "invitations", "exchanges",
        "refusals", "import_batches", "import_groups", "import_rows", "replies", "kept_backups",
        "kept_backup_clocks", "peer_backups", "told_backups", "superseded", "forgotten_up_to",
        "damaged", "asked", "siblings", "deletions", "lookup", "households", "estates", "offices",
        "grdb_migrations",
    ]

    @Test(arguments: tables)
    func `S17 a value of the wrong kind in any column ends no process`(table: String) async throws {
        let filled = try await Self.filled.value.clone()
        let path = filled.office.disk.path(of: Machine.database)
        let columns = try await DatabaseQueue(path: path).read { db in
            try db.columns(in: table).map(\.name)
        }
        #expect(!columns.isEmpty)
        for (position, column) in columns.enumerated() {
            for value in Self.values(position, of: table) {
                let company = filled.clone()
                guard
                    try Self.plant(
                        value, in: column, of: table,
                        at: company.office.disk.path(of: Machine.database))
                else { continue }
                try await company.headquarters.start()
                do {
                    try await company.office.start()
                } catch {
                    continue  // Refused: as good as reported.
                }
                var everything = Everything(company)
                await everything.use()
            }
        }
    }

    /// A company with something in every table that may hold something.
    private static let filled = Task {
        let company = try await Company.inStep()
        try await company.start()
        let node = company.office.node
        let file = "房号,状态\n3-2-101,已入住\n5-1-201,空置"
        _ = try await node.importRegister("households", bytes: Array(file.utf8), actor: nil)
        let first = try #require(try await node.rooms().keys.min())
        _ = try await node.save(
            RecordEdit(.household, .change(first)), actor: nil,
            once: RequestKey(key: "once", fingerprint: "print")
        ) { _ in StoredReply(status: 200, body: [1, 2, 3]) }
        try await node.save([RecordEdit(.household, .delete(first))], actor: nil)
        let clocks = try await node.store.states(of: [.company]).mapValues(\.clock)
        try await node.store.keep(backups: [KeptBackup(name: "one", madeAt: 5, clocks: clocks)])
        try await node.store.note(refusal: "busy", of: nil, at: 7)
        try await node.store.invite(
            codeHash: GroupHash(1, 2, 3, 4), officeCode: "MH01", expires: 9)
        try await node.store.note(
            ExchangeRecord(
                peer: node.key.publicKey, began: 1, ended: 2, state: "done", code: nil, sent: 1,
                received: 1, rounds: 1, sentBytes: 1, receivedBytes: 1))
        try company.close()
        return Disks(headquarters: company.headquarters.disk, office: company.office.disk)
    }

    private struct Disks: Sendable {
        var headquarters: Disk
        var office: Disk

        func clone() -> Company {
            Company(headquarters: Machine(headquarters), office: Machine(office)).clone()
        }
    }

    /// Puts a value into one row behind the back of every rule of the schema.
    ///
    /// - Returns: false where even SQLite's format has no place for it, or the table is empty.
    private static func plant(
        _ value: DatabaseValue, in column: String, of table: String, at path: String
    ) throws -> Bool {
        let schema = try rewriteSchema(at: path) { sql in
            sql.replacing("STRICT, WITHOUT ROWID", with: "WITHOUT ROWID")
                .replacing(") STRICT", with: ")").replacing(" NOT NULL", with: "")
        }
        let isPlanted: Bool
        do {
            isPlanted = try DatabaseQueue(path: path).write { db in
                try db.execute(
                    sql: """
                        UPDATE "\(table)" SET "\(column)" = ?1
                        WHERE "\(column)" = (SELECT max("\(column)") FROM "\(table)")
                        """, arguments: [value])
                return db.changesCount > 0
            }
        } catch is DatabaseError {
            return false
        }
        _ = try rewriteSchema(at: path) { schema[$0] ?? $0 }
        return isPlanted
    }

    /// - Returns: what each statement was before.
    private static func rewriteSchema(
        at path: String, _ rewrite: (String) -> String
    ) throws -> [String: String] {
        try DatabaseQueue(path: path).writeWithoutTransaction { db in
            var before: [String: String] = [:]
            try db.execute(sql: "PRAGMA writable_schema = ON")
            for sql in try String.fetchAll(
                db, sql: "SELECT sql FROM sqlite_schema WHERE type = 'table' AND sql IS NOT NULL")
            {
                let rewritten = rewrite(sql)
                guard rewritten != sql else { continue }
                before[rewritten] = sql
                try db.execute(
                    sql: "UPDATE sqlite_schema SET sql = ? WHERE sql = ?",
                    arguments: [rewritten, sql])
            }
            return before
        }
    }
}
