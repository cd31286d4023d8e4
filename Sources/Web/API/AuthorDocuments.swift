import Records
import Store
import SyncCore

/// Who wrote something, as programs read it; remembers names while one answer is made.
final class AuthorDocuments {
    private let store: Store
    private let codes: OfficeCodes
    private var names: [RecordID: String?] = [:]

    init(_ store: Store) async throws {
        self.store = store
        codes = try await OfficeCodes(store)
    }

    /// Role, office and member of staff, with names where they are known here.
    func document(_ author: Author) async throws -> JSONValue {
        [
            "role": .string(author.role.rawValue), "office": .string(author.space.officeText),
            "officeCode": .text(codes.code(of: author.space)),
            "actor": .text(author.actor?.description),
            "actorName": .text(try await name(of: author.actor)),
        ]
    }

    /// One write of a record's past. Where its value is not here, one of three says why: `forgotten`
    /// when it was superseded long ago, `missing` when it is current and has not come or was
    /// damaged, `unknown` when it is of a kind that came later.
    func document(_ entry: HistoryEntry) async throws -> JSONValue {
        var members: [JSONValue.Member] = [
            .init("write", .string(entry.write.text)),
            .init("field", .string(entry.field?.name ?? Self.reserved(entry.number))),
        ]
        if let value = entry.value {
            members.append(.init("value", json(value, entry.field)))
        } else {
            let reason =
                !entry.isStripped ? "unknown" : entry.isLive ? "missing" : "forgotten"
            members += [.init("value", .null), .init(reason, true)]
        }
        members += [
            .init("at", .moment(UInt64(clamping: entry.author.wallClock))),
            .init("author", try await document(entry.author)),
            .init("live", .bool(entry.isLive)),
            .init("replaces", .array(entry.names.map { .string($0.text) })),
        ]
        return .object(members)
    }

    private func json(_ value: Value, _ field: Field?) -> JSONValue {
        if let field { return field.json(of: value) }
        switch value {
        case .empty: return .null
        case .text(let text): return .string(text)
        case .integer(let number): return .integer(number)
        case .record(let id): return .string(id.description)
        }
    }

    private static func reserved(_ number: UInt32) -> String {
        switch number {
        case ReservedField.created: "created"
        case ReservedField.deleted: "deleted"
        case ReservedField.note: "note"
        default: "field \(number)"
        }
    }

    private func name(of actor: RecordID?) async throws -> String? {
        guard let actor else { return nil }
        if let known = names[actor] { return known }
        let name = try await store.record(.staff, actor)?.callName
        names[actor] = .some(name)
        return name
    }
}

extension WriteID {
    /// Hash and index, as the protocol's texts write it.
    var text: String { "\(group):\(index)" }
}
