import Foundation
import GRDB
import Records
import SyncCore
import Testing
import Wire

@testable import Store

/// The storage discipline of design.md §6 on a real file.
@Suite struct StorageTests {
    private let file = TestFile()

    @Test func `every setting that keeps saved data safe reads back`() async throws {
        let store = try await file.founded()
        let read = try await store.queue.writeWithoutTransaction { db in
            try DatabaseFile.discipline.map { setting in
                try Row.fetchOne(db, sql: "PRAGMA \(setting.pragma)").map {
                    "\(setting.pragma) \(($0[0] as DatabaseValue).storage.value ?? "")"
                }
            }
        }
        #expect(
            read.compactMap { $0 } == [
                "journal_mode wal", "synchronous 2", "mmap_size 0", "trusted_schema 0",
                "cell_size_check 1",
            ])
    }

    @Test func `what would make saved data unsafe is refused`() async throws {
        let store = try await file.founded()
        for change in ["synchronous = NORMAL", "trusted_schema = ON", "cell_size_check = OFF"] {
            try await store.queue.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA \(change)")
                let error = #expect(throws: StoreError.self) {
                    try DatabaseFile.checkDiscipline(db)
                }
                #expect(error?.code == .unsafeStorage)
                try db.execute(
                    sql:
                        "PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON"
                )
            }
        }
    }

    @Test func `a database of a newer program is refused with a sentence, and left as it is`()
        async throws
    {
        let store = try await file.founded()
        try await store.queue.write { db in
            try db.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('99 later')")
        }
        try store.close()
        let before = try Data(contentsOf: file.url)
        let error = #expect(throws: StoreError.self) { try file.open() }
        #expect(error?.code == .newerDatabase)
        #expect(
            error?.message
                == "The database was written by a newer program. Install that version or a later one."
        )
        #expect(try Data(contentsOf: file.url) == before)
    }

    @Test func `a save that returned is there after the process is gone`() async throws {
        let store = try await file.founded()
        let id = try await file.household(store)
        // What is on the disk while the process still runs is what a kill would leave.
        let copy = TestFile()
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(
                atPath: file.url.path + suffix, toPath: copy.url.path + suffix)
        }
        let found = try await copy.open(file.key).record(.household, id)
        #expect(found?.value("room") == .text("501"))
    }

    @Test func `a projection made from other declarations is rebuilt when the file is opened`()
        async throws
    {
        let store = try await file.founded()
        let id = try await file.household(store)
        try await store.queue.write { db in
            try Meta.set("projection", "another", db)
            try db.execute(sql: "DROP TABLE households")
        }
        try store.close()
        let opened = try file.open()
        #expect(try await opened.record(.household, id)?.value("room") == .text("501"))
        #expect(try await opened.verify().faults == [])
    }

    @Test func `a damaged file is refused or reported, whichever byte it is, and nothing traps`()
        async throws
    {
        let store = try await file.founded()
        for _ in 0..<30 { _ = try await file.household(store) }
        try store.checkpoint()
        try store.close()
        let whole = try Data(contentsOf: file.url)
        var places = stride(from: 100, to: whole.count, by: whole.count / 60).makeIterator()
        while let place = places.next() {
            var damaged = whole
            damaged[place] ^= 0xFF
            let copy = TestFile()
            try damaged.write(to: copy.url)
            do {
                let opened = try copy.open(file.key)
                _ = try await opened.verify()
                try opened.close()
            } catch {
                // Refused: as good as reported.
            }
        }
    }
}

/// What `gatehouse verify` finds when one thing in the file is changed behind the program's back.
@Suite struct VerifyTests {
    private let file = TestFile()

    private func faults(
        after change: @escaping @Sendable (Database) throws -> Void
    ) async throws -> [String] {
        let store = try await file.founded()
        for _ in 0..<3 { _ = try await file.household(store) }
        let id = try await file.household(store)
        let field = try #require(RecordType.household.field(named: "room")).number
        try await store.save(
            [RecordEdit(.household, .change(id), contents: [field: .value(.text("502"))])],
            file.context)
        #expect(try await store.verify().faults == [])
        try await store.queue.write(change)
        return try await store.verify().faults
    }

    @Test(arguments: [0, 5, 40, 120, 200])
    func `a changed byte in a logged group is found`(place: Int) async throws {
        let faults = try await faults { db in
            let bytes = try #require(
                try Data.fetchOne(db, sql: "SELECT bytes FROM log ORDER BY number DESC LIMIT 1"))
            var changed = bytes
            changed[place % bytes.count] ^= 1
            try db.execute(
                sql: "UPDATE log SET bytes = ? WHERE number = (SELECT max(number) FROM log)",
                arguments: [changed])
        }
        #expect(!faults.isEmpty)
    }

    static let changes = [
        "UPDATE log SET hash = randomblob(32) WHERE number = 2",
        "UPDATE log SET seal = randomblob(64) WHERE number = (SELECT max(number) FROM log)",
        "UPDATE log SET seal = NULL WHERE number = (SELECT max(number) FROM log)",
        "UPDATE log SET seq = seq + 100 WHERE number = 2",
        "UPDATE log SET seq = -5 WHERE number = 2",
        "UPDATE log SET time = time + 1 WHERE number = 2",
        "UPDATE log SET plain_length = length(bytes) WHERE number = 2",
        "UPDATE log SET plain_length = -1 WHERE number = 2",
        "DELETE FROM log WHERE number = 2",
        "UPDATE spaces SET lane_0 = lane_0 + 1",
        "UPDATE branches SET last_hash = randomblob(32)",
        "UPDATE branches SET last_seq = last_seq - 1",
        "DELETE FROM named",
        "UPDATE households SET room = '999' WHERE row = 1",
        "UPDATE households SET _state = 2 WHERE row = 2",
        "UPDATE households SET _conflicts = 'area' WHERE row = 2",
        "DELETE FROM households WHERE row = 1",
        "DELETE FROM lookup",
        "INSERT INTO siblings (type, row, field, group_number, write_index, value) VALUES (20, 1, 20, 1, 1, 5)",
        "INSERT INTO deletions (type, row, group_number, write_index, hides, listed) VALUES (20, 1, 1, 1, 1, x'')",
    ]

    @Test(arguments: changes)
    func `a change behind the program's back is found`(change: String) async throws {
        let faults = try await faults { db in try db.execute(sql: change) }
        #expect(!faults.isEmpty, "\(change)")
    }

    @Test func `verifying changes nothing, and a rebuild mends the projection`() async throws {
        let store = try await file.founded()
        let id = try await file.household(store)
        try await store.queue.write { db in
            try db.execute(sql: "UPDATE households SET room = '999'")
        }
        #expect(try await !store.verify().isSound)
        #expect(try await store.record(.household, id)?.value("room") == .text("999"))
        try await store.reproject()
        #expect(try await store.record(.household, id)?.value("room") == .text("501"))
        #expect(try await store.verify().faults == [])
    }
}
