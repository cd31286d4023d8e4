import Foundation
import Glibc
import Records
import Store
import SyncCore
import Testing
import Wire

@testable import Node

/// One folder, one process, one node.
@Suite struct ConcurrencyFolderTests {
    @Test func `S19 a second node on the same folder is refused with a sentence`() async throws {
        let office = try await TestNode(.office, code: "MH01")
        let error = await #expect(throws: StoreError.self) { try await office.openAgain() }
        #expect(error?.code == .alreadyOpen)
        #expect(error?.message.hasSuffix("Use that one, or stop it first.") == true)
        try office.close()
        try await office.open()
    }

    @Test func `the lock is held while the node runs and free afterwards`() async throws {
        let office = try await TestNode(.office, code: "MH01")
        let path = office.folder.appending(path: "node.lock").path
        // Another open file asks as another process would; starting one would let it inherit other
        // tests' locks.
        func getsLock() -> Bool {
            let descriptor = Glibc.open(path, O_RDWR | O_CLOEXEC)
            defer { Glibc.close(descriptor) }
            return flock(descriptor, LOCK_EX | LOCK_NB) == 0
        }
        #expect(!getsLock())
        try office.close()
        #expect(getsLock())
    }

    @Test func `a key that cannot be read is never replaced`() async throws {
        let office = try await TestNode(.office, code: "MH01")
        let file = office.folder.appending(path: "node.key")
        try office.close()
        let key = try Data(contentsOf: file)
        try FileManager.default.removeItem(at: file)
        // A folder in its place cannot be read as a file, whoever tries.
        try FileManager.default.createDirectory(at: file, withIntermediateDirectories: false)
        let unreadable = await #expect(throws: StoreError.self) { try await office.open() }
        #expect(unreadable?.code == .storageFailed)
        try FileManager.default.removeItem(at: file)
        try Data().write(to: file)
        let empty = await #expect(throws: StoreError.self) { try await office.open() }
        #expect(empty?.code == .damaged)
        try key.write(to: file)
        try await office.open()
    }

    @Test func `a save that the guard file cannot follow is saved all the same`() async throws {
        let office = try await TestNode(.office, code: "MH01")
        let guardFile = office.folder.appending(path: "guard.json")
        try FileManager.default.removeItem(at: guardFile)
        try FileManager.default.createDirectory(at: guardFile, withIntermediateDirectories: false)
        let id = try await office.node.household("1", "1", "101")
        _ = try await office.node.shown(.household, id)
        try FileManager.default.removeItem(at: guardFile)
        try office.close()
        try await office.open()
        _ = try await office.node.shown(.household, id)
    }
}

extension TestNode {
    func openAgain() async throws {
        _ = try await LocalNode(DataFolder(folder), surroundings: clock.surroundings, log: .silent)
    }
}
