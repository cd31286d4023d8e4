import Foundation
import Records
import SimulatedDisk
import SyncCore
import Testing
import Wire

@testable import Store

/// The copy that a backup is made of.
@Suite struct OnlineCopyTests {
    private let disk = Disk()
    private let file = TestFile()

    private func open(_ name: String = "gatehouse.db") throws -> Store {
        try Store(
            path: disk.path(of: name), role: .office, codec: GroupCodec(), sealing: file.key)
    }

    private func filled(_ count: Int) async throws -> Store {
        let store = try open()
        try await store.found(
            Identity(role: .office, space: .office(7), code: "MH01", name: "幸福花园"),
            life: "aaaaaaaa", records: [], file.context)
        for _ in 0..<count { _ = try await file.household(store) }
        return store
    }

    @Test func `what is saved between two steps of the copying stands in the copy`() async throws {
        let store = try await filled(1_000)
        let saved = Saved()
        // One save for each step that is told of, while the next ones wait in line.
        let during = AsyncStream<Void>.makeStream()
        async let people: Void = {
            for await _ in during.stream { saved.add(try await file.household(store)) }
        }()
        try await store.copy(to: disk.path(of: "copy.db")) { _, _ in during.continuation.yield() }
        during.continuation.finish()
        try await people
        #expect(saved.all.count >= 2)
        let copy = try open("copy.db")
        #expect(try await copy.verify().faults == [])
        #expect(try await copy.spaces()[0].groups >= 1_000)
        #expect(try await store.verify().faults == [])
    }

    @Test func `a copy that finds no room is refused, and saving goes on`() async throws {
        let store = try await filled(200)
        disk.setCapacity(disk.used + 100_000)
        let error = await #expect(throws: StoreError.self) {
            try await store.copy(to: disk.path(of: "copy.db"))
        }
        #expect(error?.code == .storageFull)
        #expect(!store.hasFailed)
        disk.setCapacity(nil)
        _ = try await file.household(store)
        #expect(try await store.verify().faults == [])
    }

    @Test func `an error at any call of the copying leaves the database as it was`() async throws {
        let store = try await filled(60)
        for nth in 1..<400 {
            disk.arm(.error, at: nth)
            let struck = disk.faults
            // It may also succeed: some calls are not needed.
            try? await store.copy(to: disk.path(of: "copy.db"))
            disk.disarm()
            _ = disk.remove("copy.db")
            if disk.faults == struck { break }
        }
        guard !store.hasFailed else { return }  // A read of the database itself failed: it stopped.
        _ = try await file.household(store)
        #expect(try await store.verify().faults == [])
    }

    @Test func `a copying that is cancelled ends between two steps`() async throws {
        let store = try await filled(1_000)
        let disk = disk
        let task = Task {
            try await store.copy(to: disk.path(of: "copy.db")) { _, _ in
                withUnsafeCurrentTask { $0?.cancel() }
            }
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        _ = try await file.household(store)
    }

    @Test func `a database is only looked at without anything being written beside it`()
        async throws
    {
        let store = try await file.founded()
        _ = try await file.household(store)
        try store.close()
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "gh 查 ?#%-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let path = folder.appending(path: "gatehouse.db").path
        try FileManager.default.copyItem(atPath: file.url.path, toPath: path)
        let before = try Data(contentsOf: URL(filePath: path))
        let looking = try Store(
            lookingAt: path, isAlone: true, codec: GroupCodec(), sealing: file.key)
        #expect(try await looking.isOfThisVersion())
        #expect(try await looking.verifyLog().faults == [])
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["gatehouse.db"])
        try looking.close()
        #expect(try Data(contentsOf: URL(filePath: path)) == before)
    }
}

private final class Saved: @unchecked Sendable {
    // Added to by one task and read after it ended.
    private(set) var all: [RecordID] = []
    func add(_ id: RecordID) { all.append(id) }
}
