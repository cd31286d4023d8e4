import Records
import Store
import SyncCore

extension StoredRecord {
    /// What people call the record: `3-2-501`, `FW-MH01-202511-0001 厨房漏水`. Never empty.
    func label(in language: Language) -> String {
        let fields = type.label.compactMap(type.field(named:))
        let texts = fields.map { $0.text(of: value($0.name), in: language) }.filter { !$0.isEmpty }
        guard !texts.isEmpty else {
            return "\(type.title[language]) \(id.description.suffix(6))"
        }
        let isRoom = fields.allSatisfy { $0.kind == .roomPart }
        return texts.joined(separator: isRoom ? "-" : " ")
    }

    /// The elements of a set, or the one value; empty where there is none.
    func values(of field: Field) -> [Value] {
        let value = value(field.name)
        if value == .empty { return [] }
        guard field.isSet else { return [value] }
        guard case .text(let column) = value else { return [] }
        return field.elements(inColumn: column)
    }

    /// The office whose record it is.
    var homeOffice: SpaceID? { id.home.kind == .company ? nil : .office(id.home.office) }
}

/// Whose records are shown: the offices by their space, in the order of their codes.
struct Offices: Sendable {
    private let names: [SpaceID: (code: String, name: String)]

    /// The type Office is known here: it is the only place where an office's space has a name
    /// people know.
    init(_ store: Store) async throws {
        var query = RecordQuery(.office)
        query.limit = 500
        var names: [SpaceID: (code: String, name: String)] = [:]
        for record in try await store.list(query).records {
            guard let space = record.homeOffice, names[space] == nil else { continue }
            guard case .text(let code) = record.value("code"),
                case .text(let name) = record.value("name")
            else { continue }
            names[space] = (code, name)
        }
        self.names = names
    }

    var all: [(space: SpaceID, code: String, name: String)] {
        names.map { ($0.key, $0.value.code, $0.value.name) }.sorted { $0.1 < $1.1 }
    }

    func space(code: String) -> SpaceID? { all.first { $0.code == code }?.space }

    /// `MH01 幸福花园`; a space nobody named yet by its digits.
    func name(_ space: SpaceID?, _ language: Language) -> String {
        guard let space, space.kind != .company else {
            return Title("总部", "Headquarters")[language]
        }
        let office = SpaceID.office(space.office)
        return names[office].map { "\($0.code) \($0.name)" } ?? office.description
    }

    func code(_ space: SpaceID?) -> String? { space.flatMap { names[.office($0.office)]?.code } }
}

/// Turns stored values into lines that a page shows: references become links with labels.
struct ValueDisplay: Sendable {
    let language: Language
    private let targets: [RecordID: StoredRecord]

    /// One value, or one element of a set.
    struct Line: Sendable {
        let text: String
        /// The record it points to; nil for plain values and for records that have not arrived.
        let target: String?
    }

    /// Fetches everything the records point to in these fields, at once.
    init(
        _ records: [StoredRecord], fields: [Field], extra: [(Field, Value)] = [],
        _ request: PageRequest
    ) async throws {
        var wanted: [(RecordType, RecordID)] = []
        for field in fields {
            for record in records {
                for value in record.values(of: field) { wanted += Self.references(field, value) }
            }
        }
        for (field, value) in extra { wanted += Self.references(field, value) }
        language = request.language
        targets = try await request.services.store.labels(of: wanted)
    }

    private static func references(_ field: Field, _ value: Value) -> [(RecordType, RecordID)] {
        if case .reference(let name) = field.kind, let type = Catalogue.type(named: name),
            case .record(let id) = value
        {
            return [(type, id)]
        }
        guard case .structure(let parts) = field.kind else { return [] }
        let values = field.parts(of: value)
        return parts.flatMap { part in
            values[part.name].map { references(field.field(for: part), $0) } ?? []
        }
    }

    func lines(_ record: StoredRecord, _ field: Field) -> [Line] {
        let missing =
            record.missing.contains(field.name)
            ? [Line(text: MissingWords.notHere[language], target: nil)] : []
        return record.values(of: field).map { line($0, field) } + missing
    }

    func line(_ value: Value, _ field: Field) -> Line {
        if case .record(let id) = value {
            guard let target = targets[id] else {
                return Line(
                    text: Title("还没有同步到这里的记录", "a record that has not arrived here yet")[language],
                    target: nil)
            }
            return Line(
                text: target.label(in: language), target: Site.record(target.type, target.id))
        }
        return Line(text: text(value, field), target: nil)
    }

    /// In one line, for a table's cell and the history.
    func text(_ value: Value, _ field: Field) -> String {
        if case .record = value { return line(value, field).text }
        guard case .structure(let parts) = field.kind else {
            return field.text(of: value, in: language)
        }
        let values = field.parts(of: value)
        guard !values.isEmpty else { return field.text(of: value, in: language) }
        let pieces = parts.compactMap { part in
            values[part.name].map { value in
                (part.title[language], text(value, field.field(for: part)))
            }
        }
        let separators = language == .zh ? ("：", "；") : (": ", "; ")
        return pieces.map { $0.0 + separators.0 + $0.1 }.joined(separator: separators.1)
    }

    func cell(_ record: StoredRecord, _ field: Field) -> String {
        lines(record, field).map(\.text).joined(separator: language == .zh ? "、" : ", ")
    }
}
