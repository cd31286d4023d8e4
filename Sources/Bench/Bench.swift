import Foundation
import Logging
import Node
import Records
import Store
import SyncCore
import Transport
import Wire

/// The workload that other systems were measured with, on the real thing: two processes, real HTTP,
/// every row checked.
struct Bench {
    /// Where make_tickets.py wrote its rows.
    let data: URL
    let count: Int
    /// The `gatehouse` program that serves headquarters.
    let program: URL

    func run() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "gatehouse-bench-\(getpid())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        // A left-over folder in /tmp harms nobody.
        defer { try? FileManager.default.removeItem(at: folder) }
        let rows: [BenchRow] = try BenchRow.read(data.appending(path: "tickets-\(count).ndjson"))
        let table = BenchTable(rows: count)

        let floors = try (0..<3).map { try Floor.insert(rows, at: folder.path + "/floor-\($0).db") }
        let floor = floors.map(\.seconds).sorted()[1]
        table.floor(floor, bytes: floors[0].bytes)

        let log = Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
        let office = folder.appending(path: "office")
        let officeFolder = try DataFolder(office)
        try await LocalNode.found(
            officeFolder, role: .office, code: "MH01", name: "Bench", log: log)
        let node = try await LocalNode(officeFolder, log: log)
        var ids: [String: RecordID] = [:]
        let edits = rows.map { row in
            let id = node.newID(for: .ticket)
            ids[row.id] = id
            return RecordEdit(.ticket, .create(id), contents: row.contents())
        }
        let bulk = try await Measure.seconds {
            for start in stride(from: 0, to: edits.count, by: 100) {
                try await node.save(
                    Array(edits[start..<min(start + 100, edits.count)]), actor: nil)
            }
        }
        table.line("bulk write, 100 to a group", seconds: bulk, floor: floor)
        let headquarters = try await HeadquartersProcess(
            program: program, folder: folder.appending(path: "hq"))
        defer { headquarters.stop() }
        try await Exchanges(
            data: data, count: count, headquarters: headquarters, node: node, ids: ids
        ).run(table, floor: floor)
        guard try await headquarters.ticketCount() == count else {
            throw BenchFailure("headquarters does not hold every ticket")
        }
        try node.store.checkpoint()
        table.disk(try Measure.bytes(ofFile: officeFolder.databasePath), floor: floors[0].bytes)
    }
}

/// The table that `make bench` prints.
struct BenchTable {
    init(rows: Int) {
        print("\(rows) tickets; x = ratio to a plain SQLite insert of the same rows in this run")
    }

    func floor(_ seconds: Double, bytes: Int) {
        add("floor: plain insert, one transaction", "\(Self.number(seconds, 3)) s", "1.00 x")
        add("floor: plain file", "\(bytes) bytes", "1.00 x")
    }

    func line(_ name: String, seconds: Double, floor: Double) {
        add(name, "\(Self.number(seconds, 3)) s", "\(Self.number(seconds / floor, 2)) x")
    }

    func disk(_ bytes: Int, floor: Int) {
        add(
            "disk: office database", "\(bytes) bytes",
            "\(Self.number(Double(bytes) / Double(floor), 2)) x")
    }

    func add(_ name: String, _ value: String, _ ratio: String) {
        print(
            name.padding(toLength: 44, withPad: " ", startingAt: 0)
                + value.padding(toLength: 34, withPad: " ", startingAt: 0) + ratio)
    }

    static func number(_ value: Double, _ places: Int) -> String {
        String(format: "%.\(places)f", value)
    }
}
