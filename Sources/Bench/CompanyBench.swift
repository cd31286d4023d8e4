import Foundation

/// One headquarters, real to the disk, and many simulated offices that call it.
struct CompanyBench {
    let options: BenchOptions

    func run() async throws {
        Self.allowManyConnections()
        let folders = try Folders()
        defer { folders.remove() }
        let company = Company(
            program: options.program, folders: folders,
            contents: try options.rows().map { $0.contents() },
            table: BenchTable(
                "One headquarters and simulated offices, median of \(options.repetitions) repetitions"
            ), repetitions: options.repetitions)
        if options.wants("day") { try await OrdinaryDay(company: company).run() }
        var curves: [CostCurve] = []
        if options.wants("offices") {
            curves += try await CostPerOffice(
                company: company, maximum: options.maximumOffices
            ).run()
        }
        if options.wants("stored") {
            curves.append(
                try await CostPerChange(company: company, maximum: options.maximumStored).run())
        }
        company.table.end()
        guard !curves.isEmpty else { return }
        try CurveChart(curves: curves).svg.write(
            to: options.picture, atomically: true, encoding: .utf8)
        print("The curves are in \(options.picture.path).")
    }

    /// Each office keeps a connection, here and at headquarters, which inherits the limit.
    private static func allowManyConnections() {
        var limit = rlimit()
        guard getrlimit(openFiles, &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(openFiles, &limit)
    }
}

/// RLIMIT_NOFILE as the type that the calls take.
private let openFiles = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)

/// What all parts of the company's bench share.
struct Company {
    let program: URL
    let folders: Folders
    /// Of tickets, to be written again and again under new ids.
    let contents: [TicketContents]
    let table: BenchTable
    let repetitions: Int

    func headquarters() async throws -> HeadquartersProcess {
        try await HeadquartersProcess(
            program: program, folder: try folders.place("headquarters"))
    }

    /// So many tickets' contents, from somewhere among them.
    func some(_ count: Int) -> [TicketContents] {
        let start = Int.random(in: 0..<contents.count)
        return (0..<count).map { contents[(start + $0) % contents.count] }
    }

    /// Ends headquarters and counts what it holds.
    func check(_ headquarters: HeadquartersProcess, holds expected: Int) throws {
        try headquarters.stop()
        let found = try TicketDigest(folder: headquarters.folder).count
        guard found == expected else {
            throw BenchFailure("Headquarters holds \(found) tickets instead of \(expected).")
        }
    }
}
