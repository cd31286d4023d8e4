import Records
import Store
import SyncCore

/// Finds the record a person means by what was typed: its id, or its label, room, telephone number
/// or number.
struct ReferenceFinder: Sendable {
    let store: Store
    let language: Language
    /// Where to look: the office of the record that refers. Nil for all.
    let office: SpaceID?
    /// Records the field points to already, by their label: an unchanged text means the same
    /// record.
    let known: [String: RecordID]

    enum Found: Sendable {
        case one(RecordID)
        /// Several answer to it, or none does; some that come near.
        case unclear([StoredRecord])
    }

    func find(_ typed: String, _ type: RecordType) async throws -> Found {
        let text = typed.trimmed
        if let id = known[text] { return .one(id) }
        // A choice among namesakes is typed as `张伟 #<id>`.
        let candidate = text.split(separator: "#").last.map { String($0).trimmed } ?? text
        if let id = RecordID(candidate), type.belongs(in: id.home),
            let record = try await store.record(type, id)
        {
            return .one(record.id)
        }
        var query = RecordQuery(type)
        query.office = type.home == .company ? nil : office
        let isSearchable = type.fields.contains { $0.search != .none }
        if isSearchable { query.search = text }
        query.limit = isSearchable ? 50 : 500
        let records = try await store.list(query).records
        let exact = records.filter { isMeant($0, by: text) }
        if exact.count == 1 { return .one(exact[0].id) }
        return .unclear(Array((exact.isEmpty ? records : exact).prefix(isSearchable ? 10 : 0)))
    }

    private func isMeant(_ record: StoredRecord, by text: String) -> Bool {
        if record.label(in: language) == text { return true }
        let rooms = record.type.fields.filter { $0.kind == .roomPart && $0.search == .room }
        if !rooms.isEmpty, let room = RoomAddress(text) {
            let parts = rooms.map { $0.text(of: record.value($0.name), in: language) }
            if parts.filter({ !$0.isEmpty }).joined(separator: "-") == room.key { return true }
        }
        let phone = PhoneNumber(text)?.digits
        return record.type.fields.contains { field in
            guard field.search != .none, field.search != .room else { return false }
            return record.values(of: field).contains { value in
                if case .structure(let parts) = field.kind {
                    let values = field.parts(of: value)
                    return parts.contains {
                        $0.kind == .phone && values[$0.name] == phone.map(Value.text)
                    }
                        && phone != nil
                }
                if case .text(let stored) = value { return stored == text || stored == phone }
                return false
            }
        }
    }

    /// How a namesake is offered, so that choosing it is clear.
    func offer(_ record: StoredRecord) -> String {
        "\(record.label(in: language)) #\(record.id)"
    }
}

extension String {
    var trimmed: String {
        var view = Substring(self)
        while let first = view.first, first.isWhitespace { view.removeFirst() }
        while let last = view.last, last.isWhitespace { view.removeLast() }
        return String(view)
    }
}
