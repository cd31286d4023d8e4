import Records
import Store
import SyncCore

/// What every node begins with.
enum FoundingRecords {
    static func edits(
        _ identity: Identity, _ key: NodeKey, _ surroundings: Surroundings
    ) -> [RecordEdit] {
        var count: UInt64 = 0
        func id(_ home: SpaceID) -> RecordID {
            count += 1
            let random = surroundings.random(10)
            let low = random.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return RecordID(home: home, high: surroundings.now() << 16 | count, low: low)
        }
        switch identity.role {
        case .headquarters:
            let entry = RecordType.node.entry(key: key, role: .headquarters, space: .company)
            return [RecordEdit(.node, .create(id(.company)), contents: entry)]
        case .office:
            let office = id(identity.space)
            return [
                RecordEdit(
                    .office, .create(office),
                    contents: RecordType.office.contents([
                        "code": .text(identity.code), "name": .text(identity.name),
                        "active": .integer(1),
                    ])),
                RecordEdit(
                    .estate, .create(id(identity.space)),
                    contents: RecordType.estate.contents([
                        "office": .record(office), "name": .text(identity.name),
                        "has_committee": .integer(0), "uses_ic_cards": .integer(0),
                        "gas": .integer(1),
                    ])),
            ]
        }
    }
}

extension RecordType {
    /// Contents by field name; sets take a list elsewhere. Unknown names are a fault of the
    /// program.
    func contents(_ values: [String: Value]) -> [UInt32: RecordEdit.Content] {
        values.reduce(into: [:]) { contents, entry in
            guard let field = field(named: entry.key) else {
                preconditionFailure("\(name) has no field \(entry.key)")
            }
            if entry.value != .empty { contents[field.number] = .value(entry.value) }
        }
    }
}

/// The local month of a moment, for numbers.
enum LocalMonth {
    /// `202511` for a moment in office time (UTC+8).
    static func text(_ milliseconds: UInt64) -> String {
        let text = LocalTime(milliseconds: Int64(milliseconds)).description
        return String(text.prefix(7).filter { $0 != "-" })
    }
}
