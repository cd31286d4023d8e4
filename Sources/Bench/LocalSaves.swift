import Foundation
import Node
import Records
import Store

/// One ticket saved by a person, durable, among all the others.
struct LocalSaves {
    let workshop: Workshop

    func run() async throws {
        let node = try await PreparedOffice.found(in: try workshop.folders.place("saves"))
        let plain = try workshop.plainTable("saves.db", .full)
        try await fill(node)
        var figure = Figure("local save of one ticket, durable", .milliseconds, .ratio(1.5))
        var floor = Figure("  the same in a plain transaction, FULL", .milliseconds)
        for turn in 0..<workshop.options.repetitions {
            let (saves, inserts) = try await alternate(node, plain, turn)
            figure.add(saves.median * 1_000, floor: inserts.median * 1_000)
            floor.add(inserts.median * 1_000)
        }
        let expected = workshop.rows.count + workshop.options.repetitions * Self.saves
        let count = try await node.store.count(RecordQuery(.ticket))
        guard count == expected else {
            throw BenchFailure("\(count) tickets were saved instead of \(expected).")
        }
        try node.close()
        workshop.table.add(figure)
        workshop.table.add(floor)
    }

    /// One save and one plain insert in turn, so that both meet the same disk.
    private func alternate(
        _ node: LocalNode, _ plain: PlainTable, _ turn: Int
    ) async throws -> (saves: Samples, inserts: Samples) {
        var (saves, inserts) = (Samples(), Samples())
        for place in 0..<Self.saves {
            var row = workshop.rows[place % workshop.rows.count]
            row.id += "-\(turn)-\(place)"
            let edit = RecordEdit(
                .ticket, .create(node.newID(for: .ticket)), contents: row.contents())
            saves.add(try await Stopwatch.seconds { try await node.save([edit], actor: nil) })
            inserts.add(try plain.insertAlone(row))
        }
        return (saves, inserts)
    }

    private func fill(_ node: LocalNode) async throws {
        let rows = workshop.rows
        for start in stride(from: 0, to: rows.count, by: 100) {
            let part = rows[start..<min(start + 100, rows.count)].map { row in
                RecordEdit(.ticket, .create(node.newID(for: .ticket)), contents: row.contents())
            }
            try await node.save(part, actor: nil)
        }
    }

    private static let saves = 100
}
