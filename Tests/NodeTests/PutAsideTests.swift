import Foundation
import Records
import Store
import SyncCore
import Testing

@testable import Node

/// What a restore puts aside: it stays as it stood, and can be put back.
@Suite struct PutAsideTests {
    private let company: TestCompany
    private let office: TestNode

    init() async throws {
        company = try await TestCompany()
        office = try await company.office("MH01")
        try await company.settle([office])
    }

    private var head: LocalNode { company.headquarters.node }

    @Test func `another node is put aside with its key when that is meant, and its saves counted`()
        async throws
    {
        let id = try await office.node.household("1", "1", "101")
        let backup = try await office.backUp()
        let other = try await TestNode(.office, code: "MH09")
        _ = try await other.backUp()
        let only = try await other.node.household("1", "1", "901")
        let key = try Data(contentsOf: other.folder.appending(path: "node.key"))
        let report = try await other.putBack(backup, replacesAnotherNode: true)
        #expect(report.before == .anotherNode && report.onlyThere == 1)
        #expect(report.words.contains("1 of its saves are in none of its backups"))
        let aside = try #require(report.replaced)
        #expect(report.words.contains("gatehouse backup restore \(aside.path) --data"))
        #expect(try Data(contentsOf: aside.appending(path: "node.key")) == key)
        _ = try await other.node.shown(.household, id)
        // The way back, which is said.
        let back = try await Backup(putAside: aside)
        _ = try await other.putBack(back, replacesAnotherNode: true)
        #expect(try Data(contentsOf: other.folder.appending(path: "node.key")) == key)
        _ = try await other.node.shown(.household, only)
        try await other.node.isSound()
    }

    @Test func `of another node whose backups cannot be read nobody says what is only there`()
        async throws
    {
        let backup = try await office.backUp()
        let other = try await TestNode(.office, code: "MH09")
        try other.close()
        let folder = try DataFolder(other.folder)
        #expect(folder.wayBack.contains("restore BACKUP --data"))
        try Data().write(to: other.folder.appending(path: "backups"))
        #expect(folder.wayBack.contains("restore BACKUP --data"))
        let report = try await BackupRestore(
            backup, into: folder, replacesAnotherNode: true, log: .silent
        ).run()
        #expect(report.before == .anotherNode && report.onlyThere == nil)
    }

    @Test func `two restores in one second put aside into two folders, and nothing is in none`()
        async throws
    {
        let backup = try await office.backUp()
        let now = office.clock.surroundings.now()
        let frozen = Surroundings(now: { now }, random: office.clock.surroundings.random)
        let first = try await office.putBack(backup, surroundings: frozen)
        let ticket = try await office.node.household("1", "1", "101")
        let second = try await office.putBack(
            backup, bringsLater: false, surroundings: frozen)
        #expect(second.later?.nowhereElse == 1)
        #expect(first.replaced != nil && first.replaced != second.replaced)
        #expect(try await office.node.store.record(.household, ticket) == nil)
        let aside = try #require(second.replaced)
        #expect(
            second.words.contains(
                "To go back to it, with the node stopped: gatehouse backup restore \(aside.path)"))
        // Going back loses nothing of what was saved meanwhile.
        let meanwhile = try await office.node.household("1", "1", "102")
        let life = try await office.node.store.life()
        let back = try await office.putBack(Backup(putAside: aside))
        #expect(back.later?.isComplete == true, "\(back)")
        for id in [ticket, meanwhile] { _ = try await office.node.shown(.household, id) }
        #expect(try await office.node.store.life() != life)
        try await office.node.isSound()
        try await company.settle([office])
        for id in [ticket, meanwhile] { _ = try await head.shown(.household, id) }
    }

    @Test func `what the backup holds already is not counted as later, however far it is ahead`()
        async throws
    {
        let backup = try await office.backUp()
        for room in 0..<5 { _ = try await office.node.household("1", "1", "\(room)") }
        let aside = try #require(
            try await office.putBack(backup, bringsLater: false).replaced)
        let back = try await office.putBack(Backup(putAside: aside))
        #expect(back.later?.groups == 0, "\(back)")
        #expect(back.words.contains("What stood here held nothing beyond the backup."))
    }

    @Test func `a backup is found by its name or folder, and what was put aside by its folder`()
        async throws
    {
        let backup = try await office.backUp()
        let kept = backup.folder.deletingLastPathComponent()
        for name in [backup.name, backup.folder.path] {
            #expect(try await Backup.find(name, in: kept).name == backup.name)
        }
        let aside = try #require(try await office.putBack(backup).replaced)
        let before = try FileManager.default.contentsOfDirectory(atPath: aside.path).sorted()
        let found = try await Backup.find(aside.path, in: kept)
        #expect(found.isPutAside && found.manifest.node == backup.manifest.node)
        #expect(try await found.check().isSound)
        found.note(verifiedAt: 1)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: aside.path).sorted() == before)
        let error = await #expect(throws: StoreError.self) {
            _ = try await Backup.find("nonsense", in: kept)
        }
        #expect(error?.code == .damaged)
        #expect(error?.message.contains(kept.appending(path: "nonsense").path) == true)
    }

    @Test func `what was put aside of a node that was killed is put back with its log`()
        async throws
    {
        let backup = try await office.backUp()
        let id = try await office.node.household("1", "1", "101")
        let killed = FileManager.default.temporaryDirectory.appending(
            path: "gh-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: killed, withIntermediateDirectories: true)
        for name in ["gatehouse.db", "gatehouse.db-wal", "guard.json", "node.key"] {
            try FileManager.default.copyItem(
                at: office.folder.appending(path: name), to: killed.appending(path: name))
        }
        let report = try await BackupRestore(
            backup, into: DataFolder(killed), bringsLater: false, log: .silent
        ).run()
        let aside = try #require(report.replaced)
        let log = aside.appending(path: "gatehouse.db-wal")
        #expect(try !Data(contentsOf: log).isEmpty)
        let before = try Data(contentsOf: log)
        _ = try await BackupRestore(
            Backup(putAside: aside), into: DataFolder(killed), log: .silent
        ).run()
        #expect(try Data(contentsOf: log) == before)
        let node = try await LocalNode(
            DataFolder(killed), surroundings: office.clock.surroundings, log: .silent)
        _ = try await node.shown(.household, id)
        try await node.isSound()
    }

    @Test func `what was put aside is not put back with another node's key, or damaged`()
        async throws
    {
        let backup = try await office.backUp()
        _ = try await office.node.household("1", "1", "101")
        let aside = try #require(try await office.putBack(backup).replaced)
        _ = try await office.putBack(
            company.headquarters.backUp(), replacesAnotherNode: true)
        let error = await #expect(throws: StoreError.self) { _ = try await Backup(putAside: aside) }
        #expect(error?.code == .damaged && error?.cause?.contains("another node's key") == true)
        try Data(contentsOf: backup.key).write(to: aside.appending(path: "node.key"))
        let database = aside.appending(path: "gatehouse.db")
        var bytes = try Data(contentsOf: database)
        bytes.replaceSubrange(8_192..<9_000, with: Data(repeating: 0x5A, count: 808))
        try bytes.write(to: database)
        await #expect(throws: StoreError.self) {
            _ = try await BackupRestore(
                Backup(putAside: aside), into: DataFolder(office.folder), replacesAnotherNode: true,
                log: .silent
            ).run()
        }
    }
}
