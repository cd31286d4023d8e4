import Foundation
import Logging
import Node
import Records
import Store
import SyncCore
import Wire

@testable import Web

/// A node in a folder that goes away with the test, and a browser at its pages.
final class TestSite {
    let folder: URL
    let node: LocalNode
    let services: Services
    let browser: Browser

    init(
        _ role: Role, code: String, isDemo: Bool = false,
        channel: (@Sendable () -> any PeerChannel)? = nil
    ) async throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "gp-\(UUID().uuidString)")
        let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        do {
            let data = try DataFolder(folder)
            try await LocalNode.found(
                data, role: role, code: code, name: role == .office ? "幸福花园" : "总部", log: log)
        }
        node = try await LocalNode(DataFolder(folder), log: log)
        let channel = channel ?? { NoLine() }
        let job = SyncJob(node: node) { _ in channel() }
        services = Services(
            node: node, dataFolder: folder, version: "test",
            syncJob: role == .office ? job : nil,
            backups: BackupJob(
                node: node, folder: folder.appending(path: "backups"), program: "test"),
            isDemo: isDemo
        ) { _ in channel() }
        browser = Browser(services)
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)  // A leftover folder harms nobody.
    }

    /// Saves a record with these values by field name and returns its id.
    @discardableResult
    func make(_ type: RecordType, _ values: [String: Value]) async throws -> RecordID {
        let id = node.newID(for: type)
        try await node.save([edit(type, .create(id), values)], actor: nil)
        return id
    }

    func change(_ type: RecordType, _ id: RecordID, _ values: [String: Value]) async throws {
        try await node.save([edit(type, .change(id), values)], actor: nil)
    }

    private func edit(
        _ type: RecordType, _ target: RecordEdit.Target, _ values: [String: Value]
    ) -> RecordEdit {
        RecordEdit(
            type, target,
            contents: values.reduce(into: [:]) { contents, entry in
                guard let field = type.field(named: entry.key) else { return }
                contents[field.number] =
                    field.isSet ? .elements([entry.value]) : .value(entry.value)
            })
    }

    /// Two tickets that bear the same number, the older first.
    func twoTickets(numbered number: String) async throws -> [RecordID] {
        var ids: [RecordID] = []
        for caller in ["张三", "李四"] {
            ids.append(
                try await make(
                    .ticket,
                    [
                        "no": .text(number), "kind": .text("repair"), "content": .text("漏水"),
                        "caller_name": .text(caller),
                        "occurred_at": .text("2025-11-1\(ids.count + 3)T09:30:00+08:00"),
                    ]))
        }
        return ids
    }

    /// A household at the office's founding estate.
    func household(_ room: String = "501") async throws -> RecordID {
        let estates = try await node.store.list(RecordQuery(.estate)).records
        return try await make(
            .household,
            [
                "estate": .record(estates[0].id), "building": .text("3"), "unit": .text("2"),
                "room": .text(room), "status": .text("occupied"), "area": .integer(8_850),
            ])
    }
}

/// Headquarters is not there.
struct NoLine: PeerChannel {
    func send(
        _ body: [UInt8], to address: ExchangeAddress, credential: [UInt8]?
    ) async throws(PeerFailure) -> [UInt8] {
        throw .notReached(code: "connection-refused", message: "nobody listens")
    }
}

/// Headquarters in the same process.
struct DirectLine: PeerChannel {
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

/// Headquarters with one office that joined it.
final class TestCompany {
    let headquarters: TestSite
    let office: TestSite

    init() async throws {
        let headquarters = try await TestSite(.headquarters, code: "HQ", isDemo: true)
        let responder = ExchangeResponder(node: headquarters.node)
        self.headquarters = headquarters
        office = try await TestSite(.office, code: "MH01", isDemo: true) {
            DirectLine(responder: responder)
        }
        let (code, _) = try await headquarters.node.invite(officeCode: "MH01")
        _ = try await office.node.join(
            code, url: "http://127.0.0.1", through: DirectLine(responder: responder))
    }

    func exchange() async throws {
        _ = try await office.services.syncJob?.now()
    }

    /// One household whose floor area both sides changed.
    func conflict() async throws -> RecordID {
        let id = try await office.household()
        try await exchange()
        try await office.change(.household, id, ["area": .integer(9_100)])
        try await headquarters.change(.household, id, ["area": .integer(9_200)])
        try await exchange()
        return id
    }
}

/// A record of every type with every field filled.
enum Samples {
    /// Writes one record for each type that the site may create, all references pointing among
    /// them.
    static func fill(_ site: TestSite, text: String = "甲乙丙") async throws -> [String: RecordID] {
        let role = site.node.identity.role
        let types = Catalogue.types.filter {
            $0.creator.includes(role) && $0.belongs(in: site.node.identity.space)
        }
        let ids = Dictionary(
            uniqueKeysWithValues: types.map { ($0.name, site.node.newID(for: $0)) })
        for type in types {
            guard let id = ids[type.name] else { continue }
            var contents: [UInt32: RecordEdit.Content] = [:]
            for field in type.fields where field.privacy != .officeOnly || role == .office {
                let value = try value(field, ids, text)
                guard value != .empty else { continue }
                contents[field.number] = field.isSet ? .elements([value]) : .value(value)
            }
            try await site.node.save(
                [RecordEdit(type, .create(id), contents: contents)], actor: ids["staff"])
        }
        return ids
    }

    static func value(_ field: Field, _ ids: [String: RecordID], _ text: String) throws -> Value {
        switch field.kind {
        case .text, .longText:
            switch field.format {
            case .free: return .text(text)
            case .hexadecimal(let digits): return .text(String(repeating: "a", count: digits))
            case .officeSpace: return .text("office/0123456789abcdef")
            }
        case .integer, .decimal, .money:
            return .integer(max(field.range.lowerBound, min(5, field.range.upperBound)))
        case .flag: return .integer(1)
        case .date: return .text("2025-06-01")
        case .time: return .text("2025-06-01T09:30:00+08:00")
        case .choice(let choices): return .text(choices[0].code)
        case .reference(let type): return ids[type].map(Value.record) ?? .empty
        case .phone: return .text("13800138000")
        case .roomPart: return .text("501")
        case .structure(let parts):
            var values: [String: Value] = [:]
            for part in parts { values[part.name] = try value(field.field(for: part), ids, text) }
            return try field.value(ofParts: values)
        }
    }
}
