import Foundation
import GRDB
import Records
import SimulatedDisk
import SyncCore
import Testing
import Wire

@testable import Store

/// S37: an upgrade of the database that is stopped at any step.
@Suite struct MigrationTests {
    private let file = TestFile()

    private func open(_ disk: Disk) throws -> Store {
        try Store(
            path: disk.path(of: "gatehouse.db"), role: .office, codec: GroupCodec(),
            sealing: file.key)
    }

    /// What the upgrade writes and the disk therefore can stop at.
    private static let steps: [Disk.Call] = [.open, .delete, .write, .truncate, .sync, .sharedMap]

    private static let survivals: [Disk.Survival] = [
        .allWritten, .onlySynced, .someUnsynced(seed: 37),
    ]

    @Test func `S37 an upgrade killed or cut off at each step goes on at the next start`()
        async throws
    {
        let disk = Disk()
        let store = try open(disk)
        try await store.found(
            Identity(role: .office, space: .office(7), code: "MH01", name: "幸福花园"),
            life: "aaaaaaaa", records: [], file.context)
        var ids: [RecordID] = []
        for _ in 0..<5 { ids.append(try await file.household(store)) }
        ids += try await file.households(20, store)
        #expect(try await store.packedRows() == 1)
        let schema = try await store.schema()
        let held = try await store.states(of: [.office(7)])
        let pages = try await store.pages(of: .office(7))
        try await store.takeBackToFirstVersion()
        #expect(try await store.schema() != schema)
        try store.close()

        var stops = 0
        for nth in 1... {
            var isWhole = false
            for survival in Self.survivals.prefix(nth.isMultiple(of: 4) ? 3 : 1) {
                let copy = disk.clone()
                copy.arm(.stop, at: nth, of: Self.steps)
                // Dead with its disk, or upgraded.
                let first = try? open(copy)
                isWhole = !copy.isStopped
                copy.restart(survival)
                try? first?.close()
                stops += isWhole ? 0 : 1
                let again = try open(copy)
                #expect(try await again.schema() == schema, "\(nth) \(survival)")
                #expect(try await again.states(of: [.office(7)]) == held)
                for id in ids {
                    #expect(try await again.record(.household, id)?.value("room") == .text("501"))
                }
                #expect(try await again.verify().faults == [], "\(nth) \(survival)")
                // What was there stays as it was, and what comes is packed beside it.
                #expect(try await again.packedRows() == 0)
                #expect(try await again.pages(of: .office(7)) == pages)
                _ = try await file.households(20, again)
                #expect(try await again.packedRows() == 1)
                #expect(try await again.verify().faults == [])
                try again.close()
            }
            if isWhole { break }
        }
        #expect(stops > 100, "\(stops)")
    }

    @Test func `a log from before groups were packed is looked at without an upgrade`() async throws
    {
        let store = try await file.founded()
        _ = try await file.households(20, store)
        let pages = try await store.pages(of: .office(7))
        let states = try await store.spaces().map(\.state)
        try await store.unpackLog()
        try await store.queue.write { db in
            try db.execute(
                sql: """
                    ALTER TABLE log DROP COLUMN plain_length;
                    DELETE FROM grdb_migrations WHERE identifier = '4 packed groups';
                    """)
        }
        try store.close()
        let looking = try Store(
            lookingAt: file.url.path, isAlone: true, codec: GroupCodec(), sealing: file.key)
        #expect(try await !looking.isOfThisVersion())
        #expect(try await looking.pages(of: .office(7)) == pages)
        #expect(try await looking.spaces().map(\.state) == states)
        try looking.close()
    }
}

extension Store {
    /// Every table and index, as SQLite keeps their statements.
    fileprivate func schema() async throws -> [String] {
        try await queue.read { db in
            try String.fetchAll(
                db,
                sql:
                    "SELECT name || ' ' || sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name"
            )
        }
    }

    /// Makes the database what the first version left: the log with plain bytes, none of the later
    /// tables, and a projection made from other declarations.
    fileprivate func takeBackToFirstVersion() async throws {
        let old = try DatabaseQueue()
        try Migrations.migrator.migrate(old, upTo: "1 local")
        let tables = "SELECT name FROM sqlite_schema WHERE type = 'table'"
        let (kept, applied) = try await old.read { db in
            try (
                String.fetchSet(db, sql: tables),
                String.fetchSet(db, sql: "SELECT identifier FROM grdb_migrations")
            )
        }
        try await unpackLog()
        try await queue.write { db in
            try db.execute(sql: "ALTER TABLE log DROP COLUMN plain_length")
            for table in try String.fetchAll(db, sql: tables) where !kept.contains(table) {
                try db.execute(sql: "DROP TABLE \"\(table)\"")
            }
            for identifier in try String.fetchAll(db, sql: "SELECT identifier FROM grdb_migrations")
            where !applied.contains(identifier) {
                try db.execute(
                    sql: "DELETE FROM grdb_migrations WHERE identifier = ?", arguments: [identifier]
                )
            }
            try Meta.set("projection", "of another version", db)
        }
    }
}
