import Records
import SyncCore

/// What a register said about one record when it was last imported, by field name.
///
/// A reference to a record of the office is kept as the words of the register, with a question mark
/// before them while there is no such record: so a household that is entered later is found by the
/// next import, and one that is gone changes nothing.
struct ImportCells: Equatable, Sendable {
    private var members: [String: JSONValue]
    /// How many rows of the file spoke of the record, where a row may add to what another says.
    private var rows = 1
    /// No field's name.
    private static let rowsMember = "#rows"

    /// Nil for what an undone import left behind: which record it was, but nothing it said.
    init?(text: String) {
        guard !text.isEmpty, case .object(let members)? = try? JSONValue(parsing: text) else {
            return nil
        }
        self.members = Dictionary(
            members.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        if case .number(let digits)? = self.members.removeValue(forKey: Self.rowsMember) {
            rows = Int(digits) ?? 1
        }
    }

    init(_ entry: RegisterEntry) {
        members = [:]
        for (name, said) in entry.said where !said.isEmpty {
            members[name] = Self.json(said, entry.type.field(named: name))
            if case .elements = said { rows = entry.rows }
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
        var members = members
        if rows > 1 { members[Self.rowsMember] = .integer(rows) }
        return JSONValue.object(
            members.sorted { $0.key < $1.key }.map { JSONValue.Member($0.key, $0.value) }
        ).text
    }

    /// Names of the fields that say something.
    var fields: [String] { members.keys.sorted() }

    subscript(field: String) -> JSONValue? { members[field] }

    /// Whether rows are missing that spoke of the record before, as when corrected rows come alone:
    /// then the entry adds to what they said and takes nothing of it back.
    func isPart(_ entry: RegisterEntry) -> Bool { entry.rows < rows }

    /// The fields of an entry that now say something else, by name.
    func changed(in entry: RegisterEntry) -> [String] {
        let now = ImportCells(entry)
        return entry.said.keys.filter { name in
            let (old, new) = (self[name], now[name])
            guard old != new else { return false }
            if case .elements? = entry.said[name] {
                let (old, new) = (Self.elements(old), Self.elements(new))
                return isPart(entry) ? !new.isSubset(of: old) : new != old
            }
            if case .string(let old)? = old, case .string(let new)? = new, new == "?" + old {
                return false
            }
            return true
        }.sorted()
    }

    /// These cells with what an entry says over them. Fields it does not speak of stay, and so do
    /// those that were refused: the next import is to say them again.
    func updated(with entry: RegisterEntry, refused: [String]) -> ImportCells {
        let now = ImportCells(entry)
        var updated = self
        for name in changed(in: entry) where !refused.contains(name) {
            if isPart(entry), case .array(let old)? = self[name], case .array(let new)? = now[name]
            {
                updated.members[name] = .array(old + new.filter { !old.contains($0) })
            } else {
                updated.members[name] = now[name]
            }
        }
        updated.rows = max(rows, now.rows)
        return updated
    }

    /// These cells but for the refused ones.
    func without(_ refused: [String]) -> ImportCells {
        var cells = self
        for name in refused { cells.members[name] = nil }
        return cells
    }

    private static func elements(_ json: JSONValue?) -> Set<JSONValue> {
        if case .array(let elements)? = json { Set(elements) } else { [] }
    }
}
