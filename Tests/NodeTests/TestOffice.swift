import Foundation
import Logging
import Records
import Store
import SyncCore
import Synchronization
import Testing
import Wire

@testable import Node

/// A node in a folder of its own that goes away with the test.
final class TestNode {
    let folder: URL
    let clock: TestClock
    private var opened: LocalNode?

    var node: LocalNode {
        guard let opened else { preconditionFailure("the test's node is closed") }
        return opened
    }

    init(_ role: Role, code: String, clock: TestClock = TestClock()) async throws {
        folder = Self.newFolder()
        self.clock = clock
        try await LocalNode.found(
            DataFolder(folder), role: role, code: code, name: "幸福花园",
            surroundings: clock.surroundings, log: .silent)
        try await open()
    }

    /// A node on a copy of another's folder.
    private init(copying folder: URL, clock: TestClock) async throws {
        self.folder = Self.newFolder()
        self.clock = clock
        try FileManager.default.copyItem(at: folder, to: self.folder)
        try await open()
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    private static func newFolder() -> URL {
        FileManager.default.temporaryDirectory.appending(path: "gh-\(UUID().uuidString)")
    }

    func open() async throws {
        opened = try await LocalNode(
            DataFolder(folder), surroundings: clock.surroundings, log: .silent)
    }

    /// Nobody else may hold the node: its folder's lock ends with it.
    func close() throws {
        try opened?.close()
        opened = nil
    }

    // MARK: Copies

    /// A copy of a node's folder.
    final class Backup {
        let folder: URL

        fileprivate init(of source: URL) throws {
            folder = TestNode.newFolder()
            try FileManager.default.copyItem(at: source, to: folder)
        }

        deinit {
            try? FileManager.default.removeItem(at: folder)
        }
    }

    enum Part {
        /// The database alone: the guard file remembers more than it holds.
        case database
        /// Database and guard file: nothing in the folder tells that it is a copy.
        case folder
        /// The database alone, and the guard file is gone.
        case databaseWithoutGuard
    }

    func backup() async throws -> Backup {
        try close()
        let backup = try Backup(of: folder)
        try await open()
        return backup
    }

    func restore(_ backup: Backup, _ part: Part) async throws {
        try close()
        let files = FileManager.default
        for name in ["gatehouse.db", "gatehouse.db-wal", "gatehouse.db-shm", "guard.json"]
        where name != "guard.json" || part != .database {
            try? files.removeItem(at: folder.appending(path: name))
        }
        for name in ["gatehouse.db", "guard.json"] where name != "guard.json" || part == .folder {
            try files.copyItem(
                at: backup.folder.appending(path: name), to: folder.appending(path: name))
        }
        try await open()
    }

    /// A second machine with the same folder.
    func clone() async throws -> TestNode {
        let backup = try await backup()
        return try await TestNode(copying: backup.folder, clock: clock)
    }
}

extension Logger {
    static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}

/// A clock that moves a second at each look, and chance from a seed.
final class TestClock: Sendable {
    private let milliseconds = Mutex<UInt64>(1_763_000_000_000)
    private let random: Mutex<SeededRandom>

    init(seed: Int = .random(in: 0..<1_000_000)) {
        random = Mutex(SeededRandom(seed: seed))
    }

    var surroundings: Surroundings {
        Surroundings(
            now: {
                self.milliseconds.withLock { now in
                    now += 1_000
                    return now
                }
            }, random: { count in self.random.withLock { $0.bytes(count) } })
    }

    func set(_ milliseconds: UInt64) {
        self.milliseconds.withLock { $0 = milliseconds }
    }

    func advance(by duration: Duration) {
        milliseconds.withLock { $0 += duration.milliseconds }
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

/// Passes requests on and does to them what the test says.
struct ScriptedChannel: PeerChannel {
    var request: @Sendable (Int, [UInt8]) async throws(PeerFailure) -> Void = { _, _ in }
    /// Sends the request on as often as `repeats` says, and gives the last answer.
    var repeats: @Sendable (Int) -> Int = { _ in 1 }
    var response: @Sendable (Int, [UInt8]) async throws(PeerFailure) -> [UInt8] = { $1 }
    let next: any PeerChannel
    private let count = Counter()

    init(_ next: any PeerChannel) {
        self.next = next
    }

    func send(
        _ body: [UInt8], to address: ExchangeAddress, credential: [UInt8]?
    ) async throws(PeerFailure) -> [UInt8] {
        let number = count.next()
        try await request(number, body)
        var answer: [UInt8] = []
        for _ in 0..<repeats(number) {
            answer = try await next.send(body, to: address, credential: credential)
        }
        return try await response(number, answer)
    }
}

extension PeerFailure {
    static let cut = PeerFailure.notReached(code: "line-cut", message: "The line was cut.")
}

final class Counter: Sendable {
    private let value = Mutex(0)

    func next() -> Int {
        value.withLock { value in
            value += 1
            return value
        }
    }
}

/// Headquarters and offices that joined it.
final class TestCompany {
    let headquarters: TestNode
    /// Of both sides.
    var pageTargetBytes = Limits.pageTargetBytes

    var channel: DirectChannel {
        DirectChannel(
            responder: ExchangeResponder(
                node: headquarters.node, pageTargetBytes: pageTargetBytes))
    }

    init(clock: TestClock = TestClock()) async throws {
        headquarters = try await TestNode(.headquarters, code: "HQ", clock: clock)
    }

    /// A new office that joined and has not exchanged yet.
    func office(_ code: String) async throws -> TestNode {
        let office = try await TestNode(.office, code: code)
        try await join(office)
        return office
    }

    func join(_ office: TestNode) async throws {
        let (code, _) = try await headquarters.node.invite(officeCode: office.node.identity.code)
        _ = try await office.node.join(code, url: "test", through: channel)
    }

    @discardableResult
    func exchange(
        _ office: TestNode, through channel: (any PeerChannel)? = nil
    ) async throws -> ExchangeReport {
        let known = try await office.node.store.headquarters()
        return try await ExchangeCaller(
            node: office.node, channel: channel ?? self.channel, headquarters: try #require(known),
            pageTargetBytes: pageTargetBytes
        ).run()
    }

    /// Exchanges until each of these holds what headquarters holds.
    func settle(
        _ offices: [TestNode], sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        var isSettled = false
        for _ in 0..<4 where !isSettled {
            isSettled = true
            for office in offices {
                let report = try await exchange(office)
                #expect(report.failure == nil, "\(report)", sourceLocation: sourceLocation)
                let moved = report.sent.values.reduce(0, +) + report.received.values.reduce(0, +)
                if !report.isComplete || moved > 0 { isSettled = false }
            }
        }
        for office in offices {
            let report = try await exchange(office)
            #expect(report.isComplete, "\(report)", sourceLocation: sourceLocation)
            #expect(report.rounds == 1, "\(report)", sourceLocation: sourceLocation)
        }
    }
}

extension LocalNode {
    func household(_ building: String, _ unit: String, _ room: String) async throws -> RecordID {
        let estate = try #require(try await store.list(RecordQuery(.estate)).records.first).id
        let id = newID(for: .household, in: estate.home)
        try await save(
            [
                RecordEdit(
                    .household, .create(id),
                    contents: RecordType.household.contents([
                        "estate": .record(estate),
                        "building": .text(building), "unit": .text(unit), "room": .text(room),
                        "status": .text("occupied"), "area": .integer(8_850),
                    ]))
            ], actor: nil)
        return id
    }

    func set(
        _ type: RecordType, _ id: RecordID, _ field: String, _ value: Value,
        shown: RecordEdit.Shown = .latest, checksVersions: Bool = false
    ) async throws {
        try await save(
            [
                RecordEdit(
                    type, .change(id),
                    contents: [try #require(type.field(named: field)).number: .value(value)],
                    shown: shown)
            ], actor: nil, checksVersions: checksVersions)
    }

    func resolve(
        _ type: RecordType, _ id: RecordID, _ field: String, _ value: Value,
        shown: RecordEdit.Shown = .latest
    ) async throws {
        try await save(
            [
                RecordEdit(
                    type, .change(id),
                    contents: [try #require(type.field(named: field)).number: .resolution(value)],
                    note: "核对过", shown: shown)
            ], actor: nil)
    }

    func delete(_ type: RecordType, _ id: RecordID, shown: RecordEdit.Shown = .latest) async throws
    {
        try await save([RecordEdit(type, .delete(id), shown: shown)], actor: nil)
    }

    func bringBack(_ type: RecordType, _ id: RecordID) async throws {
        try await save([RecordEdit(type, .restore(id))], actor: nil)
    }

    /// The record as people see it; fails the test when it is not here.
    func shown(
        _ type: RecordType, _ id: RecordID, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> StoredRecord {
        try #require(try await store.record(type, id), sourceLocation: sourceLocation)
    }

    /// Texts and numbers a record ever said in a field.
    func everSaid(_ type: RecordType, _ id: RecordID, _ field: String) async throws -> Set<Value> {
        Set(
            try await store.history(type, id).filter { $0.field?.name == field }
                .compactMap(\.value))
    }

    func isSound(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let report = try await store.verify()
        #expect(report.faults == [], sourceLocation: sourceLocation)
    }
}
