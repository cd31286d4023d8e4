import Foundation
import Relay

/// 1,000 tickets changed at the office, two fields each, brought to headquarters.
struct ChangedRecords {
    let workshop: Workshop
    let pair: SyncedPair

    func run() async throws {
        let folders = workshop.folders
        let headquarters = try await HeadquartersProcess(
            program: workshop.options.program,
            folder: try folders.copy(pair.headquarters, to: "changed-headquarters"))
        let office = try OfficeProcess(try folders.copy(pair.office, to: "changed-office"))
        let plain = try workshop.plainTable("changed.db", .normal)
        let edits = try workshop.options.edits("w2")
        var turn = 0
        try office.run(.exchange(url: headquarters.url))
        for perGroup in [100, 1] {
            var (local, exchange) = Self.figures(edits.count, perGroup)
            var bytes = Figure(
                "  bytes a changed record, headers included", .bytes, .atMost(150))
            for _ in 0..<workshop.options.repetitions {
                let (saved, _) = try change(edits, &turn, perGroup, office)
                let floor = try plain.update(edits.map { $0.turned(turn) })
                let reply = try office.run(.exchange(url: headquarters.url))
                local.add(saved * 1_000)
                exchange.add(reply.seconds[0] * 1_000, floor: floor * 1_000)
                // Once more over the line that counts.
                _ = try change(edits, &turn, perGroup, office)
                let traffic = try headquarters.traffic {
                    try office.run(.exchange(url: headquarters.countedURL))
                }
                bytes.add(Double(traffic.up + traffic.down) / Double(edits.count))
            }
            for figure in [exchange, local, bytes] { workshop.table.add(figure) }
        }
        try office.stop()
        try headquarters.stop()
        try check(edits.map { $0.turned(turn) }, office.folder, headquarters.folder)
    }

    private static func figures(_ count: Int, _ perGroup: Int) -> (local: Figure, exchange: Figure)
    {
        (
            Figure("  the local saves of these, \(perGroup) to a transaction", .milliseconds),
            Figure(
                "\(count) changed records, \(perGroup) to a group: exchange", .milliseconds,
                .atMost(60))
        )
    }

    private func change(
        _ edits: [BenchEdit], _ turn: inout Int, _ perGroup: Int, _ office: OfficeProcess
    ) throws -> (seconds: Double, edits: [BenchEdit]) {
        turn += 1
        let turned = try pair.prepared.resolved(edits).map { $0.turned(turn) }
        let file = try PreparedOffice.write(turned, to: workshop.folders.place("edits.ndjson"))
        return (try office.run(.edit(file: file, perGroup: perGroup)).seconds[0], turned)
    }

    private func check(_ edits: [BenchEdit], _ folders: URL...) throws {
        let digest = workshop.digest(after: edits)
        for folder in folders { try digest.check(folder, "A side after the changes") }
    }
}

extension Workshop {
    /// What a node must hold when these edits came after the rows.
    func digest(after edits: [BenchEdit]) -> TicketDigest {
        var rows = rows
        let places = Dictionary(uniqueKeysWithValues: zip(rows.map(\.id), rows.indices))
        for edit in edits {
            if let place = places[edit.id] { edit.apply(to: &rows[place]) }
        }
        return TicketDigest(rows)
    }
}
