import Foundation
import Node
import Records
import Store
import SyncCore

/// All tickets through the store's import path: steps of 100 rows with their bookkeeping, five to a
/// transaction, as `gatehouse import` saves them. Reading the register is not part of it.
struct BulkImport {
    let workshop: Workshop

    func run() async throws {
        var figure = Figure("bulk import: Store.importRows, 100 rows a step", .seconds, .ratio(3))
        try await workshop.repeatBesideInsert(&figure) { _ in
            let folder = try workshop.folders.place("import")
            let node = try await PreparedOffice.found(in: folder)
            let steps = steps(node)
            let seconds = try await Stopwatch.seconds {
                let batch = try await node.store.beginImport(
                    of: "tickets", rows: workshop.rows.count, rejected: 0,
                    node.context(actor: nil))
                for part in steps.transactions {
                    _ = try await node.store.importRows(
                        part, into: batch, node.context(actor: nil))
                }
            }
            try node.close()
            try workshop.digest.check(folder, "The importing office")
            return seconds
        }
        workshop.table.add(figure)
    }

    private func steps(_ node: LocalNode) -> [ImportStep] {
        let rows = workshop.rows
        return stride(from: 0, to: rows.count, by: 100).map { start in
            var step = ImportStep()
            for row in rows[start..<min(start + 100, rows.count)] {
                let id = node.newID(for: .ticket)
                let contents = row.contents()
                step.edits.append(RecordEdit(.ticket, .create(id), contents: contents))
                step.records[row.ticketNo] = ImportedRecord(
                    record: id, cells: Self.cells(contents))
                step.accepted += 1
            }
            return step
        }
    }

    /// What the register said, as the importer keeps it: an object of the fields.
    private static func cells(_ contents: TicketContents) -> String {
        let members = RecordType.ticket.fields.compactMap { field -> JSONValue.Member? in
            guard case .value(let value)? = contents[field.number] else { return nil }
            return JSONValue.Member(field.name, field.json(of: value))
        }
        return JSONValue.object(members.sorted { $0.name < $1.name }).text
    }
}
