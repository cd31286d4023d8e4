import Foundation
import Logging
import Records
import Store
import SyncCore
import Synchronization
import Testing

@testable import Node

/// What a node makes of the files it finds at its start (reliability.md S7).
@Suite struct StartTests {
    private static let files = ["gatehouse.db", "gatehouse.db-wal", "guard.json", "node.key"]

    /// The files as a kill leaves them, in a folder of their own.
    private func killed(_ node: TestNode, _ names: [String] = files) throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "gh-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for name in names {
            try FileManager.default.copyItem(
                at: node.folder.appending(path: name), to: folder.appending(path: name))
        }
        return folder
    }

    private func put(_ name: String, from source: URL, to folder: URL) throws {
        let target = folder.appending(path: name)
        if FileManager.default.fileExists(atPath: target.path) {
            try FileManager.default.removeItem(at: target)
        }
        try FileManager.default.copyItem(at: source.appending(path: name), to: target)
    }

    private func contents(of folder: URL) throws -> [String: Data] {
        try Self.files.reduce(into: [:]) { contents, name in
            let file = folder.appending(path: name)
            if FileManager.default.fileExists(atPath: file.path) {
                contents[name] = try Data(contentsOf: file)
            }
        }
    }

    private func open(_ folder: URL, _ notes: Notes = Notes()) async throws -> LocalNode {
        try await LocalNode(DataFolder(folder), log: notes.log)
    }

    private func filled(_ count: Int = 5) async throws -> TestNode {
        let office = try await TestNode(.office, code: "MH01")
        for room in 0..<count { _ = try await office.node.household("1", "1", "\(room)") }
        return office
    }

    @Test func `a killed node starts as itself, without a closer look`() async throws {
        let office = try await filled()
        let notes = Notes()
        let folder = try killed(office)
        let node = try await open(folder, notes)
        #expect(notes.all == [])
        #expect(try await node.store.life() == office.node.store.life())
        #expect(try await node.store.count(RecordQuery(.household)) == 5)
        try await node.isSound()
    }

    @Test func `a node that was stopped, moved or killed right after its start starts as itself`()
        async throws
    {
        let office = try await filled()
        let life = try await office.node.store.life()
        for _ in 0..<3 {
            try office.close()
            let moved = try killed(office, Self.files.filter { $0 != "gatehouse.db-wal" })
            let notes = Notes()
            let copy = try await open(moved, notes)
            #expect(notes.all == [])
            #expect(try await copy.store.life() == life)
            try await office.open()
            let again = try await open(killed(office), notes)
            #expect(notes.all == [])
            #expect(try await again.store.life() == life)
        }
    }

    @Test(arguments: ["", "{", "\u{0}\u{0}", "{\"life\":\"x\"}", nil])
    func `an empty, torn or missing guard file only begins a new life`(text: String?) async throws {
        let office = try await filled()
        let life = try await office.node.store.life()
        for isKilled in [false, true] {
            let folder: URL
            if isKilled {
                folder = try killed(office)
            } else {
                try office.close()
                folder = try killed(office, ["gatehouse.db", "guard.json", "node.key"])
                try await office.open()
            }
            let guardFile = folder.appending(path: "guard.json")
            try FileManager.default.removeItem(at: guardFile)
            if let text { try Data(text.utf8).write(to: guardFile) }
            let node = try await open(folder)
            #expect(try await node.store.life() != life)
            #expect(try await node.store.count(RecordQuery(.household)) == 5)
            try await node.isSound()
        }
    }

    @Test func `an earlier database under the log of a killed node is found and left untouched`()
        async throws
    {
        let office = try await filled()
        try office.close()
        let early = try killed(office, ["gatehouse.db"])
        try await office.open()
        // Several times as much as the log holds, so that it is begun anew in between.
        for round in 0..<400 {
            _ = try await office.node.household("2", "1", "\(round)")
            if round.isMultiple(of: 100) { try office.node.store.checkpoint() }
        }
        let folder = try killed(office)
        try put("gatehouse.db", from: early, to: folder)
        let before = try contents(of: folder)
        let notes = Notes()
        let error = await #expect(throws: StoreError.self) { _ = try await open(folder, notes) }
        #expect(error?.code == .damaged)
        #expect(error?.message.contains("It was left as it is") == true)
        #expect(error?.message.contains("gatehouse backup restore") == true)
        #expect(notes.all.count == 1)
        #expect(try contents(of: folder) == before)
    }

    @Test func `an earlier database that the log still covers whole is taken as a new life`()
        async throws
    {
        let office = try await filled()
        try office.close()
        let early = try killed(office, ["gatehouse.db"])
        try await office.open()
        let id = try await office.node.household("2", "1", "101")
        let folder = try killed(office)
        // The same bytes: nothing was moved out of the log yet.
        try put("gatehouse.db", from: early, to: folder)
        let node = try await open(folder)
        _ = try await node.shown(.household, id)
        try await node.isSound()
    }

    @Test func `the log of another database is found, and both are left untouched`() async throws {
        let office = try await filled()
        let other = try await filled(300)
        try office.close()
        let folder = try killed(office, ["gatehouse.db", "guard.json", "node.key"])
        try put("gatehouse.db-wal", from: killed(other), to: folder)
        let before = try contents(of: folder)
        let error = await #expect(throws: StoreError.self) { _ = try await open(folder) }
        #expect(error?.code == .damaged)
        #expect(try contents(of: folder) == before)
    }

    @Test func `a database that lost its log is an earlier copy, and is looked at closely`()
        async throws
    {
        let office = try await filled()
        try office.node.store.checkpoint()
        _ = try await office.node.household("2", "1", "101")
        let folder = try killed(office, ["gatehouse.db", "guard.json", "node.key"])
        let notes = Notes()
        let node = try await open(folder, notes)
        #expect(notes.all.count == 2)
        #expect(try await node.store.life() != office.node.store.life())
        #expect(try await node.store.count(RecordQuery(.household)) == 5)
        try await node.isSound()
    }

    @Test func `a folder whose database is gone is refused, and no empty one is made`() async throws
    {
        let office = try await filled()
        try office.close()
        let folder = try killed(office, ["guard.json", "node.key"])
        let error = await #expect(throws: StoreError.self) { _ = try await open(folder) }
        #expect(error?.code == .damaged)
        let database = folder.appending(path: "gatehouse.db").path
        #expect(!FileManager.default.fileExists(atPath: database))
    }

    @Test func `a folder whose key is gone is neither opened nor made anew over its records`()
        async throws
    {
        let office = try await filled()
        try office.close()
        let key = office.folder.appending(path: "node.key")
        let bytes = try Data(contentsOf: key)
        for gone in [["node.key"], ["node.key", "guard.json"]] {
            for name in gone {
                try? FileManager.default.removeItem(at: office.folder.appending(path: name))
            }
            let opened = await #expect(throws: StoreError.self) { try await office.open() }
            #expect(opened?.code == .damaged && opened?.message.contains("node.key") == true)
            let made = await #expect(throws: StoreError.self) {
                try await LocalNode.found(
                    DataFolder(office.folder), role: .office, code: "MH01", name: "x",
                    surroundings: office.clock.surroundings, log: .silent)
            }
            #expect(made?.code == .damaged)
            #expect(!FileManager.default.fileExists(atPath: key.path))
        }
        #expect(DataFolder.exists(at: office.folder))
        try bytes.write(to: key)
        try await office.open()
        #expect(try await office.node.store.count(RecordQuery(.household)) == 5)
    }

    @Test func `what every save writes beside the database is one small file, never longer`()
        async throws
    {
        let office = try await filled(40)
        let guardFile = try Data(contentsOf: office.folder.appending(path: "guard.json"))
        #expect(guardFile.count == 512)
        #expect(try JSONDecoder().decode(OwnProgress.self, from: guardFile).lastGroup > 40)
    }
}

/// What a node noted while it started.
private final class Notes: Sendable {
    private let noted = Mutex<[String]>([])

    var all: [String] { noted.withLock(\.self) }

    var log: Logger {
        Logger(label: "test") { _ in Handler(notes: self) }
    }

    private struct Handler: LogHandler {
        let notes: Notes
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.notice

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            notes.noted.withLock { $0.append("\(event.message)") }
        }
    }
}
