import Records
import Store
import SyncCore
import Tables

extension LocalNode {
    /// All records of one type that lists show, as a file.
    ///
    /// At headquarters the fields that only an office may know are left out, and a column names the
    /// office. The whole file is made in memory.
    /// - Parameter language: of titles and choices in a table; JSON has names and codes instead.
    /// - Throws: `ImportError` with the code of a `TableError` when the records do not fit a
    /// workbook,
    ///   `StoreError`.
    public func export(
        type: RecordType, format: ExportFormat, language: Language = .zh
    ) async throws -> [UInt8] {
        let role = identity.role
        let fields = type.fields.filter { role == .office || $0.privacy != .officeOnly }
        let records = try await allRecords(type)
        let codes = try await store.values(.office, ["code"], office: nil)
            .reduce(into: [SpaceID: String]()) { $0[$1.id.home] = $1.values[0].text }
        if format == .json {
            return RecordExport(
                type: type, fields: fields, records: records, offices: codes, labels: [:]
            ).json().bytes()
        }
        let export = RecordExport(
            type: type, fields: fields, records: records,
            offices: role == .headquarters && type.home == .office ? codes : [:],
            labels: try await labels(fields, of: records, in: language))
        let table = export.table(in: language)
        do {
            return format == .csv ? table.csv() : try table.xlsx()
        } catch {
            throw ImportError(error)
        }
    }

    private func allRecords(_ type: RecordType) async throws -> [StoredRecord] {
        var query = RecordQuery(type)
        query.limit = 500
        var records: [StoredRecord] = []
        while true {
            try Task.checkCancellation()
            let page = try await store.list(query)
            records += page.records
            guard page.more, let last = page.records.last else { return records.reversed() }
            query.after = last.id
        }
    }

    /// What people call the records that these fields point to.
    private func labels(
        _ fields: [Field], of records: [StoredRecord], in language: Language
    ) async throws -> [RecordID: String] {
        var labels: [RecordID: String] = [:]
        for field in fields {
            guard case .reference(let name) = field.kind, let type = Catalogue.type(named: name)
            else { continue }
            let wanted = Set(
                records.flatMap { record in
                    let value = record.value(field.name)
                    return field.isSet
                        ? field.elements(inColumn: value.text).compactMap(\.record)
                        : [value.record].compactMap { $0 }
                }
            ).filter { labels[$0] == nil }
            for (id, found) in try await store.labels(of: wanted.map { (type, $0) }) {
                labels[id] = type.label(type.label.map(found.value), in: language)
            }
        }
        return labels
    }
}
