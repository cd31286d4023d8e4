import Records
import Store
import SyncCore

extension StoredRecord {
    /// The record as programs read it: `id`, `office`, its fields by name, `_version` and
    /// `_conflicts`.
    ///
    /// `office` is the home office. A type with a field of that name shows the field there;
    /// `_office` is the home office always. `_state` is there only for what needs attention:
    /// `disputed` when one side deleted it and the other changed it. `_missing` is there only when
    /// fields have a value that has not arrived here or was damaged; they read as null.
    var document: JSONValue {
        let home = JSONValue.string(id.home.officeText)
        var members: [JSONValue.Member] = [.init("id", .string(id.description))]
        if type.field(named: "office") == nil { members.append(.init("office", home)) }
        for (field, value) in zip(type.fields, values) {
            members.append(.init(field.name, field.isSet ? elements(value) : field.json(of: value)))
        }
        members.append(.init("_office", home))
        members.append(.init("_version", .string(version.description)))
        members.append(.init("_conflicts", .array(conflicts.map(JSONValue.string))))
        if state == .disputed { members.append(.init("_state", "disputed")) }
        if !missing.isEmpty {
            members.append(.init("_missing", .array(missing.map(JSONValue.string))))
        }
        return .object(members)
    }

    private func elements(_ value: Value) -> JSONValue {
        guard case .text(let text) = value else { return [] }
        // The column is written by the projection as a JSON array; damage is shown as the text it
        // is.
        return (try? JSONValue(parsing: text)) ?? .string(text)
    }

    /// The version as an entity tag (RFC 9110 §8.8.3).
    var entityTag: String { "\"\(version)\"" }

    /// What a list calls the record: the first of its naming fields that have a value.
    var callName: String {
        let parts = type.label.compactMap { name -> String? in
            guard let field = type.field(named: name), value(name) != .empty else { return nil }
            return field.text(of: value(name), in: .zh)
        }
        return parts.first ?? ""
    }
}
