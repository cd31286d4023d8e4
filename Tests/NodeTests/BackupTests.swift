import Foundation
import GRDB
import Records
import ServiceLifecycleTestKit
import Store
import SyncCore
import Testing
import Wire

@testable import Node

/// Making backups: online, checked before they count, kept in number.
@Suite struct BackupTests {
    private let office: TestNode
    private let folder: URL

    init() async throws {
        office = try await TestNode(.office, code: "MH01")
        folder = office.folder.appending(path: "backups")
    }

    private func job(keep: Int = 7, interval: Duration? = nil) -> BackupJob {
        BackupJob(
            node: office.node, folder: folder,
            schedule: BackupSchedule(interval: interval, keep: keep), program: "test",
            settling: .zero)
    }

    private var entries: [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    }

    @Test func `a backup made while people save is whole, private and sound`() async throws {
        var before: [RecordID] = []
        for room in 0..<200 {
            before.append(try await office.node.household("1", "1", "\(room)"))
        }
        let node = office.node
        async let saves: Void = {
            for room in 0..<60 { _ = try await node.household("2", "1", "\(room)") }
        }()
        let backup = try await node.backUp(into: folder, program: "test")
        try await saves
        #expect(entries == [backup.name])
        let found = try await backup.check()
        #expect(found.faults == [] && found.groups == backup.manifest.groups)
        #expect(backup.manifest.groups >= 200)
        #expect(backup.manifest.node == node.key.publicKey.description)
        #expect(backup.manifest.verified >= backup.manifest.created)
        for (name, mode) in [("", 0o700), ("gatehouse.db", 0o600), ("node.key", 0o600)] {
            let path = backup.folder.appending(path: name).path
            let facts = try FileManager.default.attributesOfItem(atPath: path)
            #expect(facts[.posixPermissions] as? Int == mode, "\(name)")
        }
        // Checking leaves nothing behind in the backup.
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: backup.folder.path).sorted()
                == ["gatehouse.db", "manifest.json", "node.key"])
        let elsewhere = try await put(backup)
        for id in before { _ = try await elsewhere.shown(.household, id) }
        try await elsewhere.isSound()
        try await node.isSound()
    }

    /// The backup as a node of its own, in a new folder.
    private func put(_ backup: Backup) async throws -> LocalNode {
        let target = FileManager.default.temporaryDirectory.appending(
            path: "gh-\(UUID().uuidString)")
        let data = try DataFolder(target)
        _ = try await BackupRestore(backup, into: data, log: .silent).run()
        return try await LocalNode(data, log: .silent)
    }

    @Test func `a copy that is not sound does not become a backup, and leaves nothing`()
        async throws
    {
        _ = try await office.node.household("1", "1", "101")
        let good = try await job().now()
        try office.node.store.spoil("UPDATE households SET room = '999'")
        let job = job()
        let error = await #expect(throws: StoreError.self) { _ = try await job.now() }
        #expect(error?.code == .damaged)
        #expect(entries == [good.name])
        #expect(try await job.status().failure?.code == .damaged)
        #expect(try await office.node.store.keptBackups().map(\.name) == [good.name])
    }

    @Test func `the oldest goes after the new one was checked, and the replica is told`()
        async throws
    {
        let job = job(keep: 2)
        var made: [String] = []
        for round in 0..<4 {
            _ = try await office.node.household("1", "1", "\(round)")
            made.append(try await job.now().name)
            let kept = try await office.node.store.keptBackups().map(\.name)
            #expect(kept == Array(made.suffix(2).reversed()))
            #expect(Set(entries) == Set(kept))
        }
        let space = office.node.identity.space
        let covered = try #require(try await office.node.store.backedUpClocks()[space])
        let oldest = try #require(try await job.status().backups.last?.kept)
        #expect(covered == oldest.clocks[space])
        // Made elsewhere it is its maker's: neither counted nor removed.
        let stick = FileManager.default.temporaryDirectory.appending(
            path: "gh-\(UUID().uuidString)")
        let extra = try await job.now(into: stick)
        #expect(try await extra.check().isSound)
        #expect(try await job.status().backups.map(\.name) == Array(made.suffix(2).reversed()))
    }

    /// One a night at 18:00 UTC, and then some by hand on the last day.
    @Test(arguments: [(0, [7, 8, 9]), (1, [8, 9, 10]), (8, [15, 16, 17]), (20, [27, 28, 29])])
    func `many backups by hand do not push the earlier days out`(byHand: Int, gone: [Int]) {
        let day: UInt64 = 86_400_000
        let nights = (0..<10).map { 1_763_000_000_000 - $0 * day }
        let moments =
            (0..<UInt64(byHand)).map { nights[0] + (UInt64(byHand) - $0) * 1_000 } + nights
        let outdated = BackupSchedule(keep: 7).outdated(moments)
        #expect(gone.allSatisfy(outdated.contains))
        let kept = moments.indices.filter { !outdated.contains($0) }
        #expect(Array(kept.prefix(7)) == Array(0..<min(7, kept.count)))
        #expect(Set(kept.map { LocalTime(milliseconds: Int64(moments[$0])).date }).count == 7)
        #expect(kept.count <= 13)
    }

    @Test func `what the system says of a missing backup is said in a few words`() {
        let error = #expect(throws: StoreError.self) {
            _ = try Backup(at: folder.appending(path: "nonsense"))
        }
        #expect(error?.cause == "No such file or directory")
    }

    @Test func `in a shared folder a node looks at its own newest backup`() async throws {
        let own = try await office.node.backUp(into: folder, program: "test")
        let other = try await TestNode(.office, code: "MH02")
        for _ in 0..<100 { _ = other.clock.surroundings.now() }
        let later = try await other.node.backUp(into: folder, program: "test")
        #expect(later.manifest.created > own.manifest.created)
        let key = try #require(DataFolder.nodeKey(in: office.folder))
        #expect(key == office.node.key.publicKey)
        #expect(try Backup.shelf(in: folder, of: key).newest?.name == own.name)
        try FileManager.default.removeItem(at: own.folder.appending(path: "gatehouse.db"))
        #expect(try Backup.shelf(in: folder, of: key).newest?.name == own.name)
        #expect(try Backup.shelf(in: folder, of: key).whole.isEmpty)
    }

    @Test func `what is missing, cut short, unfinished or another node's does not count`()
        async throws
    {
        let job = job()
        let other = try await TestNode(.office, code: "MH02")
        var made: [Backup] = []
        for round in 0..<5 {
            _ = try await office.node.household("1", "1", "\(round)")
            made.append(try await job.now())
        }
        _ = try await other.node.backUp(into: folder, program: "test")
        let files = FileManager.default
        try files.removeItem(at: made[0].folder.appending(path: "manifest.json"))
        try files.removeItem(at: made[1].folder)
        let short = try FileHandle(forWritingTo: made[2].database)
        try short.truncate(atOffset: 4_096)
        try short.close()
        try files.removeItem(at: made[3].key)
        try files.createDirectory(
            at: folder.appending(path: ".partial-x"), withIntermediateDirectories: true)
        let store = office.node.store
        let last = made[4]
        try await run(self.job()) { job in
            while try await store.keptBackups().count != 1 { await Task.yield() }
            #expect(try await job.status().backups == [last])
        }
        #expect(try await office.node.store.keptBackups().map(\.name) == [made[4].name])
    }

    @Test(.timeLimit(.minutes(1)))
    func `the job makes one when none is there and waits out its time afterwards`() async throws {
        try await run(job(interval: .seconds(3_600))) { job in
            while try await job.status().last == nil { try await Task.sleep(for: .milliseconds(5)) }
            let status = try await job.status()
            #expect(status.next == status.last.map { $0 + 3_600_000 })
            #expect(status.backups.count == 1)
        }
        #expect(entries.count == 1)
    }

    @Test(.timeLimit(.minutes(1)))
    func `a folder that cannot be read is not an empty one: the job tries, says why, and goes on`()
        async throws
    {
        let node = office.node
        let key = node.key.publicKey
        #expect(try Backup.shelf(in: folder, of: key).whole.isEmpty)
        let job = job(interval: .seconds(3_600))
        let kept = try await job.now()
        let stick = folder.appendingPathExtension("stick")
        try FileManager.default.moveItem(at: folder, to: stick)
        try Data().write(to: folder)
        let error = #expect(throws: StoreError.self) { try Backup.shelf(in: folder, of: key) }
        #expect(error?.code == .storageFailed && error?.cause == "Not a directory")
        #expect(error?.message.contains("The folder of backups \(folder.path) cannot") == true)
        try await run(job) { job in
            while try await job.status().failure == nil {
                try await Task.sleep(for: .milliseconds(5))
            }
            let status = try await job.status()
            #expect(status.failure?.message == error?.message)
            #expect(status.unreadable?.message == error?.message)
        }
        #expect(try await node.store.keptBackups().map(\.name) == [kept.name])
        try FileManager.default.removeItem(at: folder)
        try FileManager.default.moveItem(at: stick, to: folder)
        _ = try await job.now()
        let status = try await job.status()
        #expect(status.failure == nil && status.unreadable == nil && status.backups.count == 2)
    }

    @Test func `a clock that was wrong puts no backup off, and none is removed as it is made`()
        async throws
    {
        let today: UInt64 = 1_763_000_000_000
        let year: UInt64 = 365 * 86_400_000
        let job = job(keep: 2, interval: .seconds(3_600))
        for hour in 0..<3 {
            office.clock.set(today + UInt64(hour) * 3_600_000)
            _ = try await job.now()
        }
        office.clock.set(today + 10 * year)
        let ahead = try await job.now()
        office.clock.set(today + 5 * 3_600_000)
        let next = try #require(try await job.status().next)
        #expect(next <= today + 5 * 3_600_000)
        office.clock.set(today - 20 * year)
        let behind = try await job.now()
        #expect(entries.contains(ahead.name) && entries.contains(behind.name))
    }

    @Test(arguments: [
        (#""created" : 18446744073709551600"#, "created"), (#""groups" : -1"#, "groups"),
        (#""lastGroup" : -9223372036854775808"#, "lastGroup"),
    ])
    func `a manifest that says what no backup says is refused`(line: String, field: String)
        async throws
    {
        let backup = try await job().now()
        let file = backup.folder.appending(path: "manifest.json")
        let text = try String(contentsOf: file, encoding: .utf8)
        let written = try text.replacing(Regex("\"\(field)\" : -?[0-9]+"), with: line)
        try #require(written != text)
        try Data(written.utf8).write(to: file)
        let error = #expect(throws: StoreError.self) { try Node.Backup(at: backup.folder) }
        #expect(error?.code == .damaged)
        #expect(try await job().status().broken == [backup.name])
    }

    @Test func `backups that cannot be put back are named, and nothing else in the folder is`()
        async throws
    {
        let job = job()
        let whole = try await job.now()
        let cut = try await job.now()
        let unreadable = try await job.now()
        try Data("[]".utf8).write(to: cut.folder.appending(path: "gatehouse.db"))
        try Data("{".utf8).write(to: unreadable.folder.appending(path: "manifest.json"))
        try FileManager.default.createDirectory(
            at: folder.appending(path: "photos"), withIntermediateDirectories: true)
        let other = try await TestNode(.office, code: "MH09").node.backUp(
            into: folder, program: "test")
        try FileManager.default.removeItem(at: other.folder.appending(path: "node.key"))
        // One that nobody may read is not known to be damaged.
        let closed = try await job.now()
        let manifest = closed.folder.appending(path: "manifest.json")
        try FileManager.default.removeItem(at: manifest)
        try FileManager.default.createDirectory(at: manifest, withIntermediateDirectories: false)
        let newer = try await job.now()
        try Data(#"{"format":99}"#.utf8).write(to: newer.folder.appending(path: "manifest.json"))
        let status = try await job.status()
        #expect(status.backups.map(\.name) == [whole.name])
        #expect(status.broken == [cut.name, unreadable.name].sorted())
    }

    private func run(
        _ job: BackupJob, _ body: @Sendable (BackupJob) async throws -> Void
    ) async throws {
        try await testGracefulShutdown { trigger in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await job.run() }
                try await body(job)
                trigger.triggerGracefulShutdown()
                try await group.waitForAll()
            }
        }
    }

    @Test(
        arguments: [
            (nil, nil, 0 as UInt64?), (1_000, nil, 3_601_000), (1_000, 3_700_000, 4_600_000),
            (nil, 5_000, 905_000), (9_000_000, 5_000, 12_600_000),
        ] as [(UInt64?, UInt64?, UInt64?)])
    func `the next one is due an interval after the last, and not at once after a failure`(
        last: UInt64?, failed: UInt64?, next: UInt64?
    ) {
        let schedule = BackupSchedule(interval: .seconds(3_600))
        #expect(schedule.next(last: last, failed: failed) == next)
        #expect(BackupSchedule(interval: nil).next(last: last, failed: failed) == nil)
    }

    @Test(arguments: ["gatehouse.db", "node.key", "manifest.json"])
    func `a backup that was changed or lost a file is found`(file: String) async throws {
        for room in 0..<20 { _ = try await office.node.household("1", "1", "\(room)") }
        let backup = try await job().now()
        let path = backup.folder.appending(path: file)
        var bytes = try Data(contentsOf: path)
        bytes[bytes.count / 2] ^= 0x20
        try bytes.write(to: path)
        switch file {
        case "manifest.json":
            // One letter of it may change nothing that counts, or make it none.
            if let changed = try? Backup(at: backup.folder) { _ = try await changed.check() }
        default:
            #expect(try await !backup.check().isSound)
        }
        try FileManager.default.removeItem(at: path)
        if file == "manifest.json" {
            #expect(throws: StoreError.self) { _ = try Backup(at: backup.folder) }
        } else {
            await #expect(throws: StoreError.self) { _ = try await backup.check() }
        }
    }
}

extension Store {
    /// Changes tables behind the program's back.
    func spoil(_ sql: String) throws {
        try inspect { db in try db.execute(sql: sql) }
    }
}
