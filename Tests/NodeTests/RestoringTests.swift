import Foundation
import GRDB
import Records
import SyncCore
import Testing
import Wire

@testable import Node
@testable import Store

/// Putting a backup back: what is found, what comes back, and that nothing is ever deleted.
@Suite struct RestoringTests {
    private let company: TestCompany
    private let office: TestNode

    init() async throws {
        company = try await TestCompany()
        office = try await company.office("MH01")
        try await company.settle([office])
    }

    private var head: LocalNode { company.headquarters.node }

    @Test func `a readable database is put aside, and all it held later is brought over`()
        async throws
    {
        let before = try await office.node.household("1", "1", "101")
        let first = try await office.ticket()
        let backup = try await office.backUp()
        let life = try await office.node.store.life()
        let after = try await office.node.household("1", "1", "102")
        try await office.node.set(.household, after, "special_needs", .text("轮椅"))
        let second = try await office.ticket()
        let report = try await office.putBack(backup)
        #expect(report.before == .readable)
        #expect(report.later?.groups == 3 && report.later?.brought == 3, "\(report)")
        #expect(report.words.contains("The 3 saves after the backup were brought over"))
        let aside = try #require(report.replaced)
        #expect(aside.lastPathComponent.hasPrefix("replaced-"))
        let names = try FileManager.default.contentsOfDirectory(atPath: aside.path)
        #expect(Set(names).isSuperset(of: ["gatehouse.db", "guard.json"]))
        #expect(!names.contains("node.key"))
        for id in [before, after] { _ = try await office.node.shown(.household, id) }
        #expect(
            try await office.node.shown(.household, after).value("special_needs") == .text("轮椅"))
        #expect(try await office.node.store.life() != life)
        let third = try await office.ticket()
        #expect(![first, second].contains(third))
        #expect(third.contains("MH01" + (try await office.node.store.life()).prefix(3)))
        try await office.node.isSound()
        try await company.settle([office])
        let differences = try await ReplicaDump(office.node.store)
            .differences(from: ReplicaDump(head.store))
        // Headquarters never sees what stays in the office.
        #expect(differences.count == 2 && differences.allSatisfy { $0.contains("\(after)") })
        for node in [office.node, head] { try await node.isSound() }
    }

    @Test func `what cannot be counted is said to be that, and not to be nothing`() async throws {
        let backup = try await office.backUp()
        for room in 1...3 { _ = try await office.node.household("1", "1", "10\(room)") }
        try await office.node.store.queue.write { try $0.execute(sql: "DROP TABLE receipts") }
        let report = try await office.putBack(backup)
        #expect(report.before == .readable && report.later?.isCounted == false, "\(report)")
        #expect(report.words.contains("could not be counted"))
        #expect(report.words.contains("At most 3 saves after the backup are not in it."))
        #expect(!report.words.contains("held nothing beyond"))
    }

    @Test
    func `without bringing over, what headquarters received comes back and the rest is counted`()
        async throws
    {
        let backup = try await office.backUp()
        let delivered = try await office.node.household("1", "1", "101")
        try await company.settle([office])
        let lost = try await office.node.household("1", "1", "102")
        let report = try await office.putBack(backup, bringsLater: false)
        #expect(report.later?.groups == 2, "\(report)")
        #expect(report.later?.atPeers == 1 && report.later?.nowhereElse == 1, "\(report)")
        #expect(
            report.words.contains(
                "There were 2 saves after the backup: 0 were brought over, 1 were received by headquarters"
            ))
        #expect(try await office.node.store.record(.household, delivered) == nil)
        try await company.settle([office])
        _ = try await office.node.shown(.household, delivered)
        #expect(try await office.node.store.record(.household, lost) == nil)
        // Until somebody looks into what was put aside.
        #expect(report.replaced != nil)
    }

    @Test
    func `a database that cannot be read is put aside, and the guard file says how much at most`()
        async throws
    {
        let backup = try await office.backUp()
        for room in 0..<7 { _ = try await office.node.household("1", "1", "\(room)") }
        try office.close()
        try Data(repeating: 0x5A, count: 9_000)
            .write(to: office.folder.appending(path: "gatehouse.db"))
        let failed = await #expect(throws: StoreError.self) { try await office.open() }
        #expect(failed?.code == .damaged)
        #expect(
            failed?.message.contains(
                "gatehouse backup restore \(backup.folder.path) --data \(office.folder.path)")
                == true, "\(failed?.message ?? "")")
        let report = try await BackupRestore(
            backup, into: DataFolder(office.folder), log: .silent
        ).run()
        #expect(report.before == .unreadable && report.atMost == 7)
        #expect(report.words.contains("At most 7 saves after the backup are not in it."))
        try await office.open()
        try await company.settle([office])
        try await office.node.isSound()
    }

    @Test func `an empty machine becomes the node from its backup alone`() async throws {
        let id = try await office.node.household("1", "1", "101")
        let backup = try await office.backUp()
        let later = try await office.node.household("1", "1", "102")
        try await company.settle([office])
        let machine = FileManager.default.temporaryDirectory.appending(
            path: "gh-\(UUID().uuidString)")
        let report = try await BackupRestore(
            backup, into: DataFolder(machine), surroundings: office.clock.surroundings,
            log: .silent
        ).run()
        #expect(report.before == .nothing && report.replaced == nil && report.atMost == nil)
        try office.close()
        let node = try await LocalNode(
            DataFolder(machine), surroundings: office.clock.surroundings, log: .silent)
        #expect(node.key.publicKey.description == backup.manifest.node)
        _ = try await node.shown(.household, id)
        let known = try #require(try await node.store.headquarters())
        let exchanged = try await ExchangeCaller(
            node: node, channel: company.channel, headquarters: known
        ).run()
        #expect(exchanged.isComplete, "\(exchanged)")
        _ = try await node.shown(.household, later)
        #expect(try Backup(at: backup.folder).restored == report.at)
    }

    @Test func `a running node is refused, and a damaged backup changes nothing`() async throws {
        let id = try await office.node.household("1", "1", "101")
        let backup = try await office.backUp()
        #expect(throws: StoreError.self) { _ = try DataFolder(office.folder) }
        var bytes = try Data(contentsOf: backup.database)
        bytes[bytes.count - 3_000] ^= 1
        try bytes.write(to: backup.database)
        try office.close()
        let before = try FileManager.default.contentsOfDirectory(atPath: office.folder.path)
        let database = try Data(contentsOf: office.folder.appending(path: "gatehouse.db"))
        let error = await #expect(throws: StoreError.self) {
            _ = try await BackupRestore(
                backup, into: DataFolder(office.folder), log: .silent
            ).run()
        }
        #expect(error?.code == .damaged)
        #expect(error?.message.contains("so nothing was changed") == true)
        #expect(try FileManager.default.contentsOfDirectory(atPath: office.folder.path) == before)
        #expect(try Data(contentsOf: office.folder.appending(path: "gatehouse.db")) == database)
        let life = try await opened()
        #expect(try await office.node.store.life() == life)
        _ = try await office.node.shown(.household, id)
    }

    private func opened() async throws -> String {
        try await office.open()
        return try await office.node.store.life()
    }

    private struct Standing: Equatable {
        var key: Data?
        var database: Data?
        var folders: [String]

        init(_ folder: URL) throws {
            let files = FileManager.default
            key = files.contents(atPath: folder.appending(path: "node.key").path)
            database = files.contents(atPath: folder.appending(path: "gatehouse.db").path)
            folders = try files.contentsOfDirectory(atPath: folder.path)
                .filter { !$0.hasPrefix("gatehouse.db-") }.sorted()
        }
    }

    @Test(arguments: ["", "node.key", "gatehouse.db"])
    func
        `another node's folder is refused and stays as it is, also without its key or its database`(
            lost: String
        ) async throws
    {
        let backup = try await company.headquarters.backUp()
        _ = try await office.node.household("1", "1", "101")
        try office.close()
        if lost == "gatehouse.db" {
            try Data(repeating: 0x5A, count: 9_000)
                .write(to: office.folder.appending(path: lost))
        } else if !lost.isEmpty {
            try FileManager.default.removeItem(at: office.folder.appending(path: lost))
        }
        let before = try Standing(office.folder)
        let error = await #expect(throws: StoreError.self) {
            _ = try await BackupRestore(backup, into: DataFolder(office.folder), log: .silent).run()
        }
        #expect(error?.code == .anotherNode)
        let there = lost == "gatehouse.db" ? "it cannot be read which" : "the office MH01"
        #expect(
            error?.message.contains(
                "The backup is of headquarters HQ, but the data folder \(office.folder.path) holds another node (\(there)), so nothing was changed. Name another folder with --data, or add --replace-another-node"
            ) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("这份备份是总部 HQ的") == true)
        #expect(try Standing(office.folder) == before)
    }

    @Test func `an interrupted restore takes the place of no file`() async throws {
        let data = FileManager.default.temporaryDirectory.appending(path: "gh-\(UUID().uuidString)")
        let folder = PendingRestore.folder(in: data)
        let aside = data.appending(path: "replaced-x")
        for folder in [folder, aside] {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        }
        for folder in [folder, data, aside] {
            try Data(folder.lastPathComponent.utf8).write(
                to: folder.appending(path: "gatehouse.db"))
        }
        try PendingRestore(replaced: "replaced-x", replacesKey: false).commit(in: data)
        let error = #expect(throws: StoreError.self) { _ = try DataFolder(data) }
        #expect(error?.message.contains("replaced-x/gatehouse.db is there already") == true)
        for folder in [folder, data, aside] {
            #expect(
                try Data(contentsOf: folder.appending(path: "gatehouse.db"))
                    == Data(folder.lastPathComponent.utf8))
        }
    }

    @Test(arguments: 0...7)
    func `a restore that was interrupted anywhere is finished at the next start`(cut: Int)
        async throws
    {
        let id = try await office.node.household("1", "1", "101")
        let backup = try await office.backUp()
        _ = try await office.node.household("1", "1", "102")
        let prepared = try await TestNode(.office, code: "MH01")
        try prepared.close()
        _ = try await BackupRestore(
            backup, into: DataFolder(prepared.folder), replacesAnotherNode: true, log: .silent
        ).run()
        try office.close()
        let data = office.folder
        // As it stands after the commit; then some of the moves are made, and the power goes.
        let folder = PendingRestore.folder(in: data)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for name in ["gatehouse.db", "guard.json"] {
            try FileManager.default.copyItem(
                at: prepared.folder.appending(path: name), to: folder.appending(path: name))
        }
        try PendingRestore(replaced: "replaced-x", replacesKey: false).commit(in: data)
        let aside = data.appending(path: "replaced-x")
        let moves: [(URL, URL)] =
            ["gatehouse.db", "guard.json"].map {
                (data.appending(path: $0), aside.appending(path: $0))
            }
            + ["guard.json", "gatehouse.db"].map {
                (folder.appending(path: $0), data.appending(path: $0))
            }
        try FileManager.default.createDirectory(at: aside, withIntermediateDirectories: true)
        for (source, target) in moves.prefix(cut) {
            try FileManager.default.moveItem(at: source, to: target)
        }
        if cut > moves.count { try FileManager.default.removeItem(at: folder) }
        try await office.open()
        _ = try await office.node.shown(.household, id)
        #expect(!FileManager.default.fileExists(atPath: folder.path))
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: aside.path).sorted()
                == ["gatehouse.db", "guard.json"])
        try await office.node.isSound()
    }

    @Test func `headquarters restored over a readable database keeps its members and all offices`()
        async throws
    {
        let backup = try await company.headquarters.backUp()
        let late = try await company.office("MH02")
        let id = try await late.node.household("1", "1", "101")
        try await company.settle([late, office])
        try await head.set(.household, id, "area", .integer(7))
        let report = try await company.headquarters.putBack(backup)
        #expect(report.later?.isComplete == true, "\(report)")
        #expect(report.words.contains("When the offices next call"))
        _ = try await head.shown(.household, id)
        try await company.settle([late, office])
        #expect(try await late.node.shown(.household, id).value("area") == .integer(7))
    }

    @Test func `headquarters restored on a new machine gets back what its offices hold`()
        async throws
    {
        let backup = try await company.headquarters.backUp()
        let late = try await company.office("MH02")
        let id = try await late.node.household("1", "1", "101")
        let other = try await office.node.household("1", "1", "102")
        try await company.settle([late, office])
        try await head.set(.household, id, "area", .integer(7))
        try await company.settle([late, office])
        try company.headquarters.close()
        for name in ["gatehouse.db", "gatehouse.db-wal", "guard.json", "node.key"] {
            try? FileManager.default.removeItem(
                at: company.headquarters.folder.appending(path: name))
        }
        let report = try await BackupRestore(
            backup, into: DataFolder(company.headquarters.folder), log: .silent
        ).run()
        #expect(report.before == .nothing)
        try await company.headquarters.open()
        #expect(try await company.exchange(late).failure?.code == "unknown-credential")
        try await company.join(late)
        try await company.settle([late, office])
        for id in [id, other] { _ = try await head.shown(.household, id) }
        #expect(try await head.shown(.household, id).value("area") == .integer(7))
        for node in [head, late.node, office.node] { try await node.isSound() }
    }
}
