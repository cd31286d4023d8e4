import Foundation

/// The workload that other systems were measured with, on the real thing: two processes, real HTTP,
/// every result checked.
struct WorkBench {
    let options: BenchOptions

    func run() async throws {
        let folders = try Folders()
        defer { folders.remove() }
        let table = BenchTable(
            "\(options.count) tickets, median of \(options.repetitions) repetitions; x = ratio to a floor measured beside each repetition"
        )
        let workshop = try Workshop(options: options, folders: folders, table: table)
        if options.wants("save") { try await LocalSaves(workshop: workshop).run() }
        let bulk = try await workshop.prepare(perGroup: 100)
        if options.wants("import") { try await BulkImport(workshop: workshop).run() }
        let pair = try await FirstSync(workshop: workshop, office: bulk, perGroup: 100).run()
        if options.wants("single") {
            let single = try await workshop.prepare(perGroup: 1)
            _ = try await FirstSync(workshop: workshop, office: single, perGroup: 1).run()
            // A million saves more, one by one, would take longer than all the rest.
            if options.wants("disk"), options.count <= 300_000 {
                try await DiskSize(workshop: workshop, office: single, perGroup: 1).run()
            }
            try FileManager.default.removeItem(at: single.folder)
        }
        if options.wants("changes") {
            try await ChangedRecords(workshop: workshop, pair: pair).run()
        }
        if options.wants("conflicts") {
            try await ConflictingEdits(workshop: workshop, pair: pair).run()
        }
        if options.wants("idle") { try await IdleExchanges(workshop: workshop, pair: pair).run() }
        if options.wants("search") { try await Searches(workshop: workshop, pair: pair).run() }
        if options.wants("own") { try await OwnWork(workshop: workshop, office: bulk).run() }
        if options.wants("disk") {
            try await DiskSize(workshop: workshop, office: bulk, perGroup: 100).run()
        }
        workshop.printFloor()
        table.end()
    }
}

/// What all parts of the bench share: the rows, the folders, the table and the floor.
final class Workshop {
    let options: BenchOptions
    let folders: Folders
    let table: BenchTable
    let rows: [BenchRow]
    /// What every node must hold that has all rows and no edits.
    let digest: TicketDigest
    /// Bytes of the rows as the generator wrote them.
    let jsonBytes: Int
    private var floors = Samples()
    /// Processor seconds of the plain inserts.
    private(set) var floorProcessor = Samples()

    init(options: BenchOptions, folders: Folders, table: BenchTable) throws {
        self.options = options
        self.folders = folders
        self.table = table
        rows = try options.rows()
        digest = TicketDigest(rows)
        jsonBytes = try Folders.bytes(
            ofFile: options.data.appending(path: "tickets-\(options.count).ndjson").path)
    }

    /// An office with all rows, so many in each transaction.
    func prepare(perGroup: Int) async throws -> PreparedOffice {
        let folder = folders.fast.appending(path: "office-\(perGroup)")
        return try await PreparedOffice(rows, perGroup: perGroup, in: folder)
    }

    /// A plain table with all rows.
    func plainTable(_ name: String, _ flushing: PlainTable.Flushing) throws -> PlainTable {
        let table = try PlainTable(try folders.place(name).path, flushing)
        _ = try table.insert(rows)
        return table
    }

    /// Seconds of a plain insert of all rows in one transaction, into a new file.
    func insertFloor() throws -> Double {
        let file = try folders.place("floor.db")
        let used = ProcessFigures.usedHere()
        let seconds = try PlainTable(file.path, .normal).insert(rows)
        floorProcessor.add(ProcessFigures.usedHere() - used)
        try FileManager.default.removeItem(at: file)
        floors.add(seconds)
        return seconds
    }

    /// Repeats a piece of work; each reading's floor is the mean of the plain inserts just before
    /// and just after.
    func repeatBesideInsert(
        _ figure: inout Figure, _ work: (_ turn: Int) async throws -> Double
    ) async throws {
        var before = try insertFloor()
        for turn in 0..<options.repetitions {
            let seconds = try await work(turn)
            let after = try insertFloor()
            figure.add(seconds, floor: (before + after) / 2)
            before = after
        }
    }

    /// The last line: the floor itself.
    func printFloor() {
        guard !floors.values.isEmpty else { return }
        var figure = Figure("floor: plain insert of all rows, one transaction", .seconds)
        for value in floors.values { figure.add(value) }
        table.add(figure)
    }
}
