import Foundation
import Node
import Records
import Relay
import Store
import SyncCore
import Transport
import Wire

/// First sync, changed records and idle exchanges against a headquarters in a process of its own.
struct Exchanges {
    let data: URL
    let count: Int
    let headquarters: HeadquartersProcess
    let node: LocalNode
    /// The records by the ids of the generator.
    let ids: [String: RecordID]

    func run(_ table: BenchTable, floor: Double) async throws {
        let channel = headquarters.channel
        _ = try await node.join(
            try await headquarters.invite("MH01"),
            url: "http://127.0.0.1:\(headquarters.line.port)", through: channel)
        let first = try await exchange(channel)
        table.line("first sync over loopback HTTP", seconds: first.seconds, floor: floor)
        table.add(
            "first sync: bytes a record, compressed",
            "\((first.traffic.up + first.traffic.down) / count) bytes", "")
        try await changes(channel, table, floor: floor)
        try await idle(channel, table)
    }

    private func changes(
        _ channel: CurlPeerChannel, _ table: BenchTable, floor: Double
    ) async throws {
        let edits: [BenchEdit] = try BenchRow.read(data.appending(path: "w2-\(count).ndjson"))
        let local = try await Measure.seconds {
            for start in stride(from: 0, to: edits.count, by: 100) {
                try await node.save(
                    edits[start..<min(start + 100, edits.count)].compactMap { edit in
                        ids[edit.id].map {
                            RecordEdit(.ticket, .change($0), contents: edit.contents())
                        }
                    }, actor: nil)
            }
        }
        let run = try await exchange(channel)
        table.line("1,000 changed records: local save", seconds: local, floor: floor)
        table.line("1,000 changed records: exchange", seconds: run.seconds, floor: floor)
        table.add(
            "bytes a changed record, compressed",
            "\((run.traffic.up + run.traffic.down) / max(edits.count, 1)) bytes", "")
    }

    private func idle(_ channel: CurlPeerChannel, _ table: BenchTable) async throws {
        _ = try await exchange(channel)
        let runs = 200
        let before = headquarters.line.traffic
        var rounds = 0
        let seconds = try await Measure.seconds {
            for _ in 0..<runs { rounds += try await exchange(channel).rounds }
        }
        let after = headquarters.line.traffic
        table.add(
            "idle exchange", String(format: "%.2f ms", seconds / Double(runs) * 1_000),
            "\(Double(rounds) / Double(runs)) round trips")
        table.add(
            "idle exchange: bytes with headers",
            "\((after.up - before.up) / runs) up, \((after.down - before.down) / runs) down", "")
    }

    private func exchange(
        _ channel: CurlPeerChannel
    ) async throws -> (seconds: Double, rounds: Int, traffic: LineRelay.Traffic) {
        guard let known = try await node.store.headquarters() else {
            throw BenchFailure("the office has not joined")
        }
        let caller = ExchangeCaller(node: node, channel: channel, headquarters: known)
        let before = headquarters.line.traffic
        var report = ExchangeReport()
        let seconds = try await Measure.seconds { report = try await caller.run() }
        guard report.isComplete else { throw BenchFailure("the exchange did not end: \(report)") }
        let after = headquarters.line.traffic
        return (
            seconds, report.rounds,
            LineRelay.Traffic(up: after.up - before.up, down: after.down - before.down)
        )
    }
}
