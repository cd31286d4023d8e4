import Records
import SyncCore
import Tables

/// What came of an import, or would come of it.
public struct ImportReport: Sendable {
    public let register: String
    /// Names the batch for `undoImport`; nil after a test run.
    public let batch: Int64?
    /// Rows below the header that are not blank.
    public let rows: Int
    /// Rows without fault, also those that say nothing new.
    public let accepted: Int
    /// Of the accepted ones those that say nothing new: they wrote nothing, and nothing of them was
    /// left aside.
    public let unchanged: Int
    /// Every fault in the file; a row may have several.
    public let rejected: [ImportProblem]
    /// Cells that were left aside because the record here says otherwise and may not be
    /// overwritten.
    public let kept: [ImportProblem]
    /// Columns of the file that mean nothing to the register.
    public let ignoredColumns: [String]
    private let table: Table

    init(
        _ reading: RegisterReading, of table: Table, batch: Int64?, unchanged: Int,
        kept: [ImportProblem]
    ) {
        register = reading.layout.register.name
        self.batch = batch
        rows = table.rows.count
        accepted = reading.goodRows.count
        self.unchanged = unchanged
        rejected = reading.problems
        self.kept = kept
        ignoredColumns = reading.layout.ignored
        self.table = table
    }

    /// As `gatehouse import --json` prints it.
    public func json() -> JSONValue {
        .object([
            JSONValue.Member("batch", batch.map { .integer($0) } ?? .null),
            JSONValue.Member("rows", .integer(rows)),
            JSONValue.Member("accepted", .integer(accepted)),
            JSONValue.Member("unchanged", .integer(unchanged)),
            JSONValue.Member("rejected", .array(rejected.map(\.json))),
            JSONValue.Member("kept", .array(kept.map(\.json))),
        ])
    }

    /// The rejected rows as they stand in the file, with their number and what is wrong before
    /// them, to be corrected and imported on their own.
    public func rejectedRows(in language: Language) -> Table {
        let faults = Dictionary(grouping: rejected, by: \.row)
        let titles = [Title("行号", "Row"), Title("问题", "Problem")].map { $0[language] }
        let rows = table.rows.compactMap { row -> [String]? in
            guard let faults = faults[row.number] else { return nil }
            let texts = faults.map { "\($0.column): \($0.sentence[language])" }
            return [String(row.number), texts.joined(separator: "\n")] + row.cells
        }
        return Table(header: titles + table.header, rows: rows)
    }
}

extension ImportProblem {
    var json: JSONValue {
        let place = [
            type.map { JSONValue.Member("type", .string($0)) },
            record.map { JSONValue.Member("record", .string($0.description)) },
        ]
        return .object(
            [
                JSONValue.Member("row", .integer(row)),
                JSONValue.Member("column", .string(column)),
                JSONValue.Member("reason", .string(reason)),
            ] + place.compactMap { $0 })
    }
}
