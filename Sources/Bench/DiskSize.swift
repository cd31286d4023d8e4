import Foundation
import Node
import Store

/// The office's database against a plain table with the same final rows.
struct DiskSize {
    let workshop: Workshop
    let office: PreparedOffice
    let perGroup: Int

    func run() async throws {
        let plain = try workshop.plainTable("disk.db", .normal)
        let folder = workshop.folders.fast.appending(path: "disk")
        try FileManager.default.copyItem(at: office.folder, to: folder)
        try await line("disk: all created, \(perGroup) to a group", folder, plain, bar: nil)
        let edits = changes()
        try await PreparedOffice.use(folder) { node in
            _ = try await node.seconds(saving: try office.resolved(edits), perGroup: perGroup)
        }
        _ = try plain.update(edits)
        try workshop.digest(after: edits).check(folder, "The office after editing every ticket")
        try await line(
            "  and all edited later, \(perGroup) to a group", folder, plain, bar: .atMost(2))
        try FileManager.default.removeItem(at: folder)
    }

    /// Two fields of every ticket.
    private func changes() -> [BenchEdit] {
        workshop.rows.enumerated().map { place, row in
            BenchEdit(
                id: row.id, status: BenchRow.statuses.keys.first { $0 != row.status },
                remark: "二次上门复查，更换密封圈后试水正常，第\(place % 9 + 1)次跟进。", assignee: nil)
        }
    }

    private func line(
        _ name: String, _ folder: URL, _ plain: PlainTable, bar: Figure.Bar?
    ) async throws {
        try await PreparedOffice.use(folder) { node in try node.store.checkpoint() }
        let bytes = try Folders.bytes(ofFile: Folders.database(folder))
        var figure = Figure(name + ", of a plain table", .each, bar)
        figure.add(Double(bytes) / Double(try plain.bytes()))
        workshop.table.add(figure)
        workshop.table.note("\(bytes) bytes, plain \(try plain.bytes()) bytes")
    }
}
