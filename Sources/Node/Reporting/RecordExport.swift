import Records
import Store
import SyncCore
import Tables

/// The records of one type as a table for people or as JSON for programs. Pure.
struct RecordExport {
    let type: RecordType
    /// The fields that leave the program here.
    let fields: [Field]
    let records: [StoredRecord]
    /// The office of each home space, by code; empty where only one office is to be seen.
    let offices: [SpaceID: String]
    /// What people call the records that references point to.
    let labels: [RecordID: String]

    /// A column for each field, headed by its title. References stand as people call them.
    ///
    /// An import reads a table of households again, in either language.
    func table(in language: Language) -> Table {
        let office = offices.isEmpty ? [] : [Title("管理处", "Office")[language]]
        return Table(
            header: office + fields.map { $0.title[language] },
            rows: records.map { record in
                (offices.isEmpty ? [] : [offices[record.id.home] ?? ""])
                    + fields.map { text(of: record, $0, in: language) }
            })
    }

    private func text(of record: StoredRecord, _ field: Field, in language: Language) -> String {
        let value = record.value(field.name)
        if field.isSet {
            let elements = field.elements(inColumn: value.text)
            if case .reference = field.kind {
                return elements.map(label).joined(separator: language == .zh ? "、" : ", ")
            }
            return field.text(ofElements: elements, in: language)
        }
        if case .reference = field.kind { return label(value) }
        return field.text(of: value, in: language)
    }

    private func label(_ value: Value) -> String {
        value.record.map { labels[$0] ?? $0.description } ?? ""
    }

    /// `id`, `office` and the fields by name, each as the API writes it.
    func json() -> JSONValue {
        .array(
            records.map { record in
                var members = [
                    JSONValue.Member("id", .string(record.id.description)),
                    JSONValue.Member(
                        "office", offices[record.id.home].map { .string($0) } ?? .null),
                ]
                for field in fields {
                    let value = record.value(field.name)
                    members.append(
                        JSONValue.Member(
                            field.name,
                            field.isSet
                                ? field.json(ofElements: field.elements(inColumn: value.text))
                                : field.json(of: value)))
                }
                return .object(members)
            })
    }
}

extension RecordType {
    /// What people call a record by, from the values of its `label` fields.
    func label(_ values: [Value], in language: Language) -> String {
        let texts = zip(label, values).compactMap { name, value -> String? in
            guard let field = field(named: name), value != .empty else { return nil }
            return field.text(of: value, in: language)
        }
        // The parts of an address belong together.
        let isAddress = label.allSatisfy { field(named: $0)?.kind == .roomPart }
        return texts.joined(separator: isAddress ? "-" : " ")
    }
}
