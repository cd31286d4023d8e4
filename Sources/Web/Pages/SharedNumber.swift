import Records
import Store
import SyncCore

/// A number that other records bear as well, on the page about a record's conflicts: which they are
/// and what tells them apart. There is nothing to choose.
struct SharedNumber: Sendable {
    let fieldTitle: String
    let sentence: String
    let ownDetail: String
    let others: [Other]

    struct Other: Sendable {
        let label: String
        let address: String
        let detail: String
    }

    static func all(
        of record: StoredRecord, _ conflicts: [Conflict], _ request: PageRequest
    ) async throws -> [SharedNumber] {
        var all: [SharedNumber] = []
        for conflict in conflicts {
            guard case .sharedNumber(let ids) = conflict.kind else { continue }
            let found = try await request.services.store.labels(
                of: ids.map { (record.type, $0) })
            all.append(
                try await SharedNumber(
                    conflict.field, of: record, ids.compactMap { found[$0] }, request))
        }
        return all
    }

    private init(
        _ field: Field, of record: StoredRecord, _ others: [StoredRecord], _ request: PageRequest
    ) async throws {
        let type = record.type
        let language = request.language
        let telling = type.fields.filter {
            $0.tellsApart(in: type) && type.isVisible($0, to: request.services.role)
        }
        let display = try await ValueDisplay([record] + others, fields: telling, request)
        func detail(_ record: StoredRecord) -> String {
            telling.map { display.cell(record, $0) }.filter { !$0.isEmpty }
                .joined(separator: " · ")
        }
        fieldTitle = field.title[language]
        sentence =
            Self.sentence(
                type.title, number: field.text(of: record.value(field.name), in: language),
                isPair: others.count == 1)[language]
        ownDetail = detail(record)
        self.others = others.map {
            Other(
                label: $0.label(in: language), address: Site.record(type, $0.id),
                detail: detail($0))
        }
    }

    private static func sentence(_ type: Title, number: String, isPair: Bool) -> Title {
        let name = type.en.lowercased()
        return isPair
            ? Title(
                "另一条\(type.zh)的编号也是 \(number)。两条都保留着，按编号都查得到。",
                "Another \(name) bears the number \(number) too. Both are kept and are found by it."
            )
            : Title(
                "另有几条\(type.zh)的编号也是 \(number)。各条都保留着，按编号都查得到。",
                "Other records of the type \(name) bear the number \(number) too. All are kept and are found by it."
            )
    }
}

extension Field {
    /// Whether it helps people to tell records apart that are called alike: what lists show, and who
    /// the customer is.
    fileprivate func tellsApart(in type: RecordType) -> Bool {
        guard !type.label.contains(name) else { return false }
        return type.columns.contains(name) || kind == .reference(RecordType.person.name)
            || (kind == .text && privacy == .personal && search == .text)
    }
}
