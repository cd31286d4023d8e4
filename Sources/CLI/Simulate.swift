import ArgumentParser
import Foundation
import Simulator
import Synchronization

/// Disasters by the thousand: real nodes on simulated disks, lines and clocks.
struct Simulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run disasters in memory and check that nothing is lost and nobody disagrees.",
        discussion: """
            Each seed is one schedule: a company of two to nine nodes with lost, doubled and late \
            messages, power cuts, broken and full disks, wrong clocks, restores, clones, old \
            versions and a hostile node. The same seed gives the same schedule everywhere.

            Example:
              gatehouse simulate --schedules 1000 --seed 1
              gatehouse simulate --seed 4711 --trace
            """)

    @Option(help: "How many schedules, one seed each.")
    var schedules = 1

    @Option(help: "The first seed.")
    var seed: UInt64 = 1

    @Option(help: "Operations of a schedule, at least.")
    var operations = 300

    @Option(help: "Schedules that run at once.")
    var lanes = ProcessInfo.processInfo.activeProcessorCount * 2

    @Flag(help: "Print what happens in the schedule, line by line.")
    var trace = false

    @Flag(help: "Begin no further schedule after one that failed.")
    var stopAtFailure = false

    @Option(help: "A file of past runs to which this one is added as a line.")
    var ledger: String?

    @Option(help: "The name of this run's kind in the ledger.")
    var profile = "by-hand"

    @Option(help: "The commit that runs, for the ledger.")
    var commit = "unknown"

    func validate() throws {
        guard schedules > 0, operations > 0, lanes > 0, seed <= .max - UInt64(schedules) else {
            throw ValidationError("schedules, operations and lanes are at least 1.")
        }
    }

    func run() async throws {
        let simulator = try await Simulator(operations: operations)
        if trace {
            let outcome = await simulator.run(seed: seed, keepsTrace: true)
            for line in outcome.lines { print(line) }
            print("trace \(String(outcome.trace, radix: 16))")
            if let failure = outcome.failure {
                throw CommandFailure("seed \(seed): \(failure)", exit: .failed)
            }
            return
        }
        // Before hours of work, not after.
        let book = try ledger.map(Self.open)
        let totals = Mutex(SimulationTotals())
        let bar = Mutex(ProgressBar("Simulating"))
        let total = schedules
        await simulator.run(
            seeds: seed..<seed + UInt64(schedules), lanes: lanes, stopsAtFailure: stopAtFailure
        ) {
            outcome in
            let done = totals.withLock { totals in
                totals.add(outcome)
                return totals.schedules
            }
            bar.withLock { $0.show(done: done, total: total) }
            if let failure = outcome.failure {
                bar.withLock { $0.finish() }
                print("FAILED seed \(outcome.seed): \(failure)")
                print("  again: gatehouse simulate --seed \(outcome.seed) --trace")
            }
        }
        bar.withLock { $0.finish() }
        // One seed in a hundred once more: the same seed must give the same trace (R4).
        var all = totals.withLock { $0 }
        for (seed, trace) in all.traces.sorted(by: { $0.key < $1.key }) where !stopAtFailure {
            let again = await simulator.run(seed: seed)
            guard again.trace != trace else { continue }
            all.failures += 1
            print("FAILED seed \(seed): R4: two runs gave two traces")
        }
        print(all.summary)
        if let book { try append(all, to: book) }
        if all.failures > 0 {
            throw CommandFailure(
                "\(all.failures) of \(all.schedules) schedules failed.", exit: .failed)
        }
    }

    /// A ledger that is not there yet begins with the names of its columns.
    private static func open(_ path: String) throws -> FileHandle {
        if !FileManager.default.fileExists(atPath: path) {
            let header =
                "day,commit,profile,first seed,last seed,schedules,operations,failures\n"
            _ = FileManager.default.createFile(atPath: path, contents: Data(header.utf8))
        }
        guard let book = FileHandle(forUpdatingAtPath: path) else {
            throw CommandFailure(
                "The ledger \(path) cannot be opened. Name a file that may be written.",
                exit: .failed)
        }
        return book
    }

    /// The ledger only grows, and only by runs.
    private func append(_ totals: SimulationTotals, to book: FileHandle) throws {
        let day = Date().formatted(.iso8601.year().month().day())
        let line =
            "\(day),\(commit),\(profile),\(seed),\(seed + UInt64(schedules) - 1),\(totals.schedules),\(totals.operations),\(totals.failures)\n"
        try book.seekToEnd()
        try book.write(contentsOf: Data(line.utf8))
        try book.close()
    }
}

/// What many schedules did.
private struct SimulationTotals: Sendable {
    var schedules = 0
    var failures = 0
    var operations = 0
    var messages = 0
    var powerCuts = 0
    var restores = 0
    var clones = 0
    var brokenCalls = 0
    var forgotten = 0
    /// Of one seed in a hundred.
    var traces: [UInt64: UInt64] = [:]
    private let began = ContinuousClock.now

    mutating func add(_ outcome: Simulator.Outcome) {
        schedules += 1
        failures += outcome.failure == nil ? 0 : 1
        operations += outcome.operations
        messages += outcome.messages
        powerCuts += outcome.powerCuts
        restores += outcome.restores
        clones += outcome.clones
        brokenCalls += outcome.brokenCalls
        forgotten += outcome.forgotten
        if outcome.seed.isMultiple(of: 100) { traces[outcome.seed] = outcome.trace }
    }

    var summary: String {
        let seconds = (ContinuousClock.now - began) / .seconds(1)
        return """
            \(schedules) schedules, \(operations) operations, \(messages) messages, \
            \(powerCuts) power cuts, \(restores) restores, \(clones) clones, \
            \(brokenCalls) broken calls, \(forgotten) values forgotten; \(traces.count) run twice
            \(String(format: "%.1f", seconds)) s, \
            \(String(format: "%.1f", Double(schedules) / seconds)) schedules/s
            \(schedules - failures) passed, \(failures) failed
            """
    }
}
