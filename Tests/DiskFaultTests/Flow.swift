import Foundation
import GRDB
import Records
import SimulatedDisk
import Store
import SyncCore
import Testing
import Wire

@testable import Node

/// A piece of work that a failing disk may interrupt at any call.
///
/// To try another one, add it to `all`.
struct Flow: Sendable, CustomTestStringConvertible {
    enum Side: Sendable { case office, headquarters }

    var name: String
    /// Whose disk fails.
    var failing = Side.office
    /// Whether the failing machine is off when the work begins: starting it is part of the work.
    var startsCold = false
    /// What both must have done before; they are running, and closed afterwards.
    var prepare: @Sendable (Company) async throws -> Void = { _ in }
    /// The work. It throws unless all of it was done; doing it again is always right.
    var run: @Sendable (Company) async throws -> Void

    var testDescription: String { name }

    func machine(_ company: Company) -> Machine {
        failing == .office ? company.office : company.headquarters
    }

    static let all = work + backups

    private static let work: [Flow] = [
        Flow(name: "start", startsCold: true) { _ in },
        Flow(
            name: "start after a kill", startsCold: true,
            prepare: { company in
                for room in 0..<5 { try await company.office.node.saveHousehold("9\(room)") }
                company.office.stop(.allWritten)
            },
            run: { _ in }),
        Flow(
            name: "start that looks at everything", startsCold: true,
            prepare: { company in
                try await saveSome(company)
                company.office.stop(.allWritten)
                // Then nobody knows whose the log is.
                company.office.disk.remove(DiskHome.guardFile)
            },
            run: { _ in }),
        Flow(
            name: "migrate", startsCold: true,
            prepare: { company in
                // A database of the first release.
                let path = company.office.disk.path(of: Machine.database)
                try company.office.close()
                try DatabaseQueue(path: path).write { db in
                    let later = [
                        "kept_backup_clocks", "kept_backups", "peer_backups", "told_backups",
                        "superseded", "forgotten_up_to", "damaged", "asked",
                    ]
                    for table in later { try db.execute(sql: "DROP TABLE \(table)") }
                    for row in try Row.fetchAll(
                        db,
                        sql: """
                            SELECT number, bytes, plain_length FROM log
                            WHERE plain_length IS NOT NULL
                            """)
                    {
                        let plain = try PackedGroup(row, at: 1).plain()
                        try db.execute(
                            sql: "UPDATE log SET bytes = ? WHERE number = ?",
                            arguments: [Data(plain), row[0] as Int64])
                    }
                    try db.execute(sql: "ALTER TABLE log DROP COLUMN plain_length")
                    try db.execute(
                        sql: """
                            DELETE FROM grdb_migrations WHERE identifier NOT IN ('1 log', '1 local')
                            """)
                }
            },
            run: { _ in }),
        Flow(
            name: "rebuild at an upgrade", startsCold: true,
            prepare: { company in
                let path = company.office.disk.path(of: Machine.database)
                try company.office.close()
                try DatabaseQueue(path: path).write { db in
                    try db.execute(
                        sql: "UPDATE meta SET value = 'older' WHERE name = 'projection'")
                }
            },
            run: { _ in }),
        Flow(name: "save") { company in
            try await company.office.node.saveHousehold("701")
        },
        Flow(name: "checkpoint", prepare: saveSome) { company in
            try company.office.node.store.checkpoint()
        },
        Flow(name: "push, the office's disk", prepare: saveSome) { company in
            try await company.exchange()
        },
        Flow(name: "push, headquarters' disk", failing: .headquarters, prepare: saveSome) {
            try await $0.exchange()
        },
        Flow(name: "pull, the office's disk", prepare: saveSomeAtHeadquarters) { company in
            try await company.exchange()
        },
        Flow(
            name: "pull, headquarters' disk", failing: .headquarters,
            prepare: saveSomeAtHeadquarters
        ) {
            try await $0.exchange()
        },
        Flow(
            name: "bootstrap of a further node",
            prepare: { company in
                try await saveSome(company)
                try await company.exchange()
                let (code, _) = try await company.headquarters.node.invite(officeCode: "MH01")
                // The office's machine burnt down; a new one joins.
                try company.office.close()
                for name in company.office.disk.names { company.office.disk.remove(name) }
                try await company.office.found(.office, code: "MH01")
                let node = try await company.office.start()
                _ = try await node.join(code, url: "test", through: company.line)
            },
            run: { try await $0.exchange() }),
        Flow(name: "import") { company in
            let rows = (1...24).map { "5-1-\($0 + 100),已入住" }
            let file = (["房号,状态"] + rows).joined(separator: "\n")
            _ = try await company.office.node.importRegister(
                "households", bytes: Array(file.utf8), actor: nil)
        },
        Flow(name: "forget", prepare: saveSupersededValues) { company in
            let store = company.office.node.store
            while try await !store.forget(before: .max, limit: 3).isFinished {}
        },
        Flow(name: "rebuild on request", prepare: saveSome) { company in
            try await company.office.node.store.reproject()
        },
        Flow(name: "verify", prepare: saveSome) { company in
            try expectSound(await company.office.node.store.verify().faults, "the database")
        },
    ]

    static func saveSome(_ company: Company) async throws {
        for room in 0..<8 { try await company.office.node.saveHousehold("80\(room)") }
    }

    /// Headquarters corrects what the office shares.
    private static func saveSomeAtHeadquarters(_ company: Company) async throws {
        let node = company.headquarters.node
        for (id, _) in try await node.rooms().sorted(by: { $0.key < $1.key }) {
            guard let field = RecordType.household.field(named: "area") else { continue }
            try await node.save(
                [
                    RecordEdit(
                        .household, .change(id), contents: [field.number: .value(.integer(9_000))])
                ], actor: nil)
        }
    }

    /// Values that later ones replaced, which headquarters has in a backup.
    private static func saveSupersededValues(_ company: Company) async throws {
        let node = company.office.node
        let id = try await node.saveHousehold("900")
        guard let field = RecordType.household.field(named: "area") else { return }
        for area in 1...6 {
            let contents = [field.number: RecordEdit.Content.value(.integer(Int64(area)))]
            try await node.save(
                [RecordEdit(.household, .change(id), contents: contents)], actor: nil)
        }
        try await company.exchange()
        let held = company.headquarters.node.store
        let clocks = try await held.spaces().map { ($0.space, $0.state.clock) }
        try await held.keep(backups: [
            KeptBackup(name: "kept", madeAt: 1, clocks: Dictionary(uniqueKeysWithValues: clocks))
        ])
        try await company.exchange()
    }
}
