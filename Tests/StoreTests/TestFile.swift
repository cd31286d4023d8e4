import Foundation
import Records
import SyncCore
import Synchronization
import Wire

@testable import Store

/// A database file of its own that goes away with the test.
final class TestFile: Sendable {
    let url: URL
    let key = SigningKey()
    private let now = Mutex<UInt64>(1_763_000_000_000)

    init() {
        url = FileManager.default.temporaryDirectory.appending(path: "gh-\(UUID().uuidString).db")
    }

    deinit {
        for suffix in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: url.path + suffix)
        }
    }

    func open(_ key: SigningKey? = nil) throws -> Store {
        try Store(path: url.path, role: .office, codec: GroupCodec(), sealing: key ?? self.key)
    }

    func founded() async throws -> Store {
        let store = try open()
        try await store.found(
            Identity(role: .office, space: .office(7), code: "MH01", name: "幸福花园"),
            life: "aaaaaaaa", records: [], context)
        return store
    }

    var context: SaveContext {
        let wallClock = now.withLock { now in
            now += 1_000
            return now
        }
        return SaveContext(
            actor: nil, wallClock: wallClock, officeCode: "MH01", month: "202511",
            random: { (0..<16).map { _ in UInt8.random(in: .min ... .max) } })
    }

    func household(_ store: Store) async throws -> RecordID {
        try await households(1, store)[0]
    }

    /// All in one group.
    func households(_ count: Int, _ store: Store) async throws -> [RecordID] {
        let context = context
        var generator = SystemRandomNumberGenerator()
        var contents: [UInt32: RecordEdit.Content] = [:]
        for (name, value) in ["building": "3", "unit": "2", "room": "501"] {
            if let field = RecordType.household.field(named: name) {
                contents[field.number] = .value(.text(value))
            }
        }
        let ids = (0..<count).map { _ in
            RecordID(home: .office(7), milliseconds: context.wallClock, using: &generator)
        }
        try await store.save(
            ids.map { RecordEdit(.household, .create($0), contents: contents) }, context)
        return ids
    }
}
