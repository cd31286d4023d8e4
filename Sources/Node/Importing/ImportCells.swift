import Records
import SyncCore

/// What a register said about one record when it was last imported, by field name.
///
/// A reference to a record of the office is kept as the words of the register, with a question mark
/// before them while there is no such record: so a household that is entered later is found by the
/// next import, and one that is gone changes nothing.
struct ImportCells: Equatable, Sendable {
    private var members: [String: JSONValue]

    /// Nil for what an undone import left behind: which record it was, but nothing it said.
    init?(text: String) {
        guard !text.isEmpty, case .object(let members)? = try? JSONValue(parsing: text) else {
            return nil
        }
        self.members = Dictionary(
            members.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    }

    init(_ entry: RegisterEntry) {
        members = [:]
        for (name, said) in entry.said where !said.isEmpty {
            members[name] = Self.json(said, entry.type.field(named: name))
        }
    }

    private static func json(_ said: RegisterEntry.Said, _ field: Field?) -> JSONValue? {
        guard let field else { return nil }
        switch said {
        case .value(let value): return field.json(of: value)
        case .elements(let values): return field.json(ofElements: values)
        case .entry(let key): return .string(key)
        case .found(let source, let id): return .string((id == nil ? "?" : "") + source)
        }
    }

    /// One text for equal cells.
    var text: String {
        JSONValue.object(
            members.sorted { $0.key < $1.key }.map { JSONValue.Member($0.key, $0.value) }
        ).text
    }

    subscript(field: String) -> JSONValue? { members[field] }

    /// The fields of an entry that now say something else, by name.
    func changed(in entry: RegisterEntry) -> [String] {
        let now = ImportCells(entry)
        return entry.said.keys.filter { name in
            let (old, new) = (self[name], now[name])
            guard old != new else { return false }
            if case .string(let old)? = old, case .string(let new)? = new, new == "?" + old {
                return false
            }
            return true
        }.sorted()
    }

    /// These cells with what an entry says over them; fields it does not speak of stay.
    func updated(with entry: RegisterEntry) -> ImportCells {
        let now = ImportCells(entry)
        let changed = Set(changed(in: entry))
        var updated = self
        for name in entry.said.keys where changed.contains(name) {
            updated.members[name] = now[name]
        }
        return updated
    }
}
