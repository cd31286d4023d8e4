import Foundation
import Logging
import Records
import Store
import SyncCore
import Testing
import Wire

@testable import Node

/// A node in a folder of its own that goes away with the test.
final class TestNode {
    let folder: URL
    private(set) var node: LocalNode

    init(_ role: Role, code: String, clock: TestClock = TestClock()) async throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "gh-\(UUID().uuidString)")
        let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        do {
            let data = try DataFolder(folder)
            try await LocalNode.found(
                data, role: role, code: code, name: "幸福花园", surroundings: clock.surroundings,
                log: log)
        }
        node = try await LocalNode(
            DataFolder(folder), surroundings: clock.surroundings, log: log)
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }
}

/// A clock that moves a second at each look.
final class TestClock: @unchecked Sendable {
    // Guarded by the lock.
    private var milliseconds: UInt64 = 1_763_000_000_000
    private let lock = NSLock()

    var surroundings: Surroundings {
        Surroundings(
            now: {
                self.lock.withLock {
                    self.milliseconds += 1_000
                    return self.milliseconds
                }
            }, random: Surroundings.system.random)
    }
}

/// Headquarters in the same process: real bytes, no wire.
struct DirectChannel: PeerChannel {
    let responder: ExchangeResponder

    func send(
        _ body: [UInt8], to address: ExchangeAddress, credential: [UInt8]?
    ) async throws(PeerFailure) -> [UInt8] {
        do {
            return try await responder.respond(to: body, at: address, credential: credential)
        } catch {
            throw .refused(error)
        }
    }
}

/// Headquarters and offices that joined it.
final class TestCompany {
    let headquarters: TestNode
    let channel: DirectChannel

    init() async throws {
        headquarters = try await TestNode(.headquarters, code: "HQ")
        channel = DirectChannel(responder: ExchangeResponder(node: headquarters.node))
    }

    func join(_ office: TestNode) async throws {
        let (code, _) = try await headquarters.node.invite(officeCode: office.node.identity.code)
        _ = try await office.node.join(code, url: "test", through: channel)
    }

    @discardableResult
    func exchange(_ office: TestNode) async throws -> ExchangeReport {
        let known = try await office.node.store.headquarters()
        return try await ExchangeCaller(
            node: office.node, channel: channel, headquarters: try #require(known)
        ).run()
    }
}

extension LocalNode {
    func household(_ building: String, _ unit: String, _ room: String) async throws -> RecordID {
        let estates = try await store.list(RecordQuery(.estate)).records
        let id = newID(for: .household)
        try await save(
            [
                RecordEdit(
                    .household, .create(id),
                    contents: RecordType.household.contents([
                        "estate": .record(try #require(estates.first).id),
                        "building": .text(building), "unit": .text(unit), "room": .text(room),
                        "status": .text("occupied"), "area": .integer(8_850),
                    ]))
            ], actor: nil)
        return id
    }

    func set(
        _ type: RecordType, _ id: RecordID, _ field: String, _ value: Value,
        shown: RecordEdit.Shown = .latest
    ) async throws {
        try await save(
            [
                RecordEdit(
                    type, .change(id),
                    contents: [try #require(type.field(named: field)).number: .value(value)],
                    shown: shown)
            ], actor: nil)
    }
}
