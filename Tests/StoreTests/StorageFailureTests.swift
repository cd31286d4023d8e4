import Foundation
import GRDB
import Records
import SimulatedDisk
import SyncCore
import Testing
import Wire

@testable import Store

/// What becomes of a replica when its disk fails, is full, or is held by somebody else.
@Suite(.timeLimit(.minutes(2))) struct StorageFailureTests {
    private let disk = Disk()
    private let file = TestFile()

    private func open() throws -> Store {
        try Store(
            path: disk.path(of: "gatehouse.db"), role: .office, codec: GroupCodec(),
            sealing: file.key)
    }

    private func founded() async throws -> Store {
        let store = try open()
        try await store.found(
            Identity(role: .office, space: .office(7), code: "MH01", name: "幸福花园"),
            life: "aaaaaaaa", records: [], file.context)
        return store
    }

    @Test(arguments: [Disk.Call.sync, .write])
    func `after the disk failed nothing more is done, not even when it is closed`(
        call: Disk.Call
    ) async throws {
        let store = try await founded()
        let kept = try await file.household(store)
        disk.arm(.error, of: [call])
        let error = await #expect(throws: StoreError.self) { try await file.household(store) }
        #expect(error?.code == .storageFailed)
        #expect(
            error?.message
                == "The disk failed while the database was read or written. The node stops, so that it confirms nothing it may have lost. See to the disk, then start it again."
        )
        disk.disarm()
        let (syncs, writes) = (disk.count(of: .sync), disk.count(of: .write))
        for await failure in store.failures { #expect(failure.code == .storageFailed) }
        #expect(store.hasFailed)
        await #expect(throws: StoreError.self) { try await file.household(store) }
        await #expect(throws: StoreError.self) { try await store.record(.household, kept) }
        await #expect(throws: StoreError.self) { try await store.states(of: [.office(7)]) }
        try store.close()
        #expect(disk.count(of: .sync) == syncs, "a failed sync was tried again")
        #expect(disk.count(of: .write) == writes)
        let again = try open()
        #expect(try await again.record(.household, kept) != nil)
        #expect(try await again.verify().faults == [])
    }

    @Test(arguments: 1..<12)
    func `saves that stood in line behind a failed sync are not acknowledged`(nth: Int)
        async throws
    {
        let store = try await founded()
        disk.arm(.lostSync, at: nth, of: [.sync])
        let acknowledged = await withTaskGroup(of: RecordID?.self) { group in
            for _ in 0..<12 { group.addTask { try? await file.household(store) } }
            return await group.reduce(into: [RecordID]()) { found, id in
                if let id { found.append(id) }
            }
        }
        #expect(store.hasFailed)
        try store.close()
        disk.restart(.onlySynced)
        let again = try open()
        for id in acknowledged { #expect(try await again.record(.household, id) != nil) }
        #expect(acknowledged.count < 12)
        #expect(try await again.verify().faults == [])
    }

    @Test func `a full disk refuses the save, reading goes on, and room makes it work again`()
        async throws
    {
        let store = try await founded()
        let kept = try await file.household(store)
        disk.setCapacity(disk.used + 1_000)
        var refusal: StoreError?
        for _ in 0..<200 where refusal == nil {
            do {
                _ = try await file.household(store)
            } catch let error as StoreError { refusal = error }
        }
        #expect(refusal?.code == .storageFull)
        #expect(
            refusal?.message
                == "The disk is full, so nothing was saved. Make room and save again; the node need not be restarted."
        )
        #expect(store.isFull && !store.hasFailed)
        #expect(try await store.record(.household, kept) != nil)
        #expect(try await store.verify().faults == [])
        disk.setCapacity(nil)
        #expect(await store.hasRoom())
        _ = try await file.household(store)
        #expect(!store.isFull)
        #expect(try await store.verify().faults == [])
    }

    @Test func `a lock of an outside program is waited for, then named, and nothing is lost`()
        async throws
    {
        let store = try await file.founded()
        var configuration = Configuration()
        configuration.label = "a curious administrator"
        configuration.allowsUnsafeTransactions = true
        let outside = try DatabaseQueue(path: file.url.path, configuration: configuration)
        try await outside.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        let began = ContinuousClock.now
        let error = await #expect(throws: StoreError.self) { try await file.household(store) }
        let waited = ContinuousClock.now - began
        #expect(error?.code == .storageBusy)
        #expect(
            error?.message
                == "Another program holds the database, so nothing was saved. Close that program and save again."
        )
        #expect(waited > .seconds(4) && waited < .seconds(20))
        // Reading goes on meanwhile, and saving as soon as it is let go.
        _ = try await store.identity()
        try await outside.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
        _ = try await file.household(store)
        try outside.close()
    }

    @Test func `a second connection to one file is refused while the first is open`() async throws {
        let store = try await file.founded()
        let error = #expect(throws: StoreError.self) { try file.open() }
        #expect(error?.code == .alreadyOpen)
        _ = try await file.household(store)
        try store.close()
        try file.open().close()
    }

    @Test func `a database file that is replaced under a running node stops it`() async throws {
        let store = try await file.founded()
        let copy = TestFile()
        try FileManager.default.copyItem(at: file.url, to: copy.url)
        _ = try await file.household(store)
        // As `mv` puts a backup in the place of the file.
        #expect(rename(copy.url.path, file.url.path) == 0)
        let error = await #expect(throws: StoreError.self) { try await file.household(store) }
        #expect(error?.code == .storageFailed)
        #expect(
            error?.message.contains("was replaced or removed while the node was running") == true)
        #expect(store.hasFailed)
    }

    @Test(arguments: [0, 20, 100, 4_096])
    func `a file that is no database any more is named damaged, and left as it is`(length: Int)
        async throws
    {
        let store = try await file.founded()
        _ = try await file.household(store)
        try store.close()
        var bytes = try Data(contentsOf: file.url)
        for place in 0..<min(max(length, 16), bytes.count) { bytes[place] = 0x5A }
        try bytes.write(to: file.url)
        let error = #expect(throws: StoreError.self) { try file.open() }
        #expect(error?.code == .damaged)
        #expect(try Data(contentsOf: file.url) == bytes)
    }

    static let losses = [
        "DELETE FROM log WHERE number = (SELECT max(number) FROM log)",
        "DELETE FROM log WHERE number = 1",
        "UPDATE log SET bytes = zeroblob(40) WHERE number = (SELECT max(number) FROM log)",
        "UPDATE log SET hash = randomblob(32) WHERE number = (SELECT max(number) FROM log)",
        "UPDATE branches SET last_seq = last_seq + 1", "UPDATE branches SET last_group = 1",
    ]

    @Test(arguments: losses)
    func `what is missing at the end of the log is noticed at the start`(loss: String) async throws
    {
        let store = try await file.founded()
        for _ in 0..<3 { _ = try await file.household(store) }
        try await store.queue.write { try $0.execute(sql: loss) }
        try store.close()
        let before = try Data(contentsOf: file.url)
        let error = #expect(throws: StoreError.self) { try file.open() }
        #expect(error?.code == .damaged)
        #expect(try Data(contentsOf: file.url) == before)
    }
}
