import Foundation

/// 200 offices that exchange once a minute each, with so much to say that 1,000 changes a second and
/// more come together: at the pace of a real minute, and for the headroom as fast as it goes.
struct OrdinaryDay {
    let company: Company

    func run() async throws {
        let headquarters = try await company.headquarters()
        let offices = try await SimulatedOffices(Self.offices, at: headquarters)
        var written = 0
        for changes in [300, 500] {
            written += try await atFullSpeed(changes, offices, headquarters)
        }
        for changes in [300, 500] {
            written += try await atPace(changes, offices, headquarters)
        }
        await offices.close()
        try company.check(headquarters, holds: written)
    }

    /// All offices in turn, four at a time, without a pause: what an exchange then waits for is mostly
    /// the other three.
    private func atFullSpeed(
        _ changes: Int, _ offices: SimulatedOffices, _ headquarters: HeadquartersProcess
    ) async throws -> Int {
        let title =
            "\(Self.offices) offices without a pause, \(changes) changes an exchange, 1 to a group"
        var rate = Figure(title, .perSecond)
        var durable = Figure("  durable changes", .perSecond, .atLeast(1_000))
        var middle = Figure("  exchange, p50", .milliseconds)
        var tail = Figure("  exchange, p99", .milliseconds)
        var cores = Figure("  cores used by headquarters", .each)
        for _ in 0..<company.repetitions {
            try offices.write(changes, company)
            let used = try headquarters.usedSeconds()
            var samples = Samples()
            let seconds = try await Stopwatch.seconds {
                samples = try await offices.call(times: 1, width: 4)
            }
            rate.add(Double(Self.offices) / seconds)
            durable.add(Double(Self.offices * changes) / seconds)
            middle.add(samples.median * 1_000)
            tail.add(samples.percentile(0.99) * 1_000)
            cores.add((try headquarters.usedSeconds() - used) / seconds)
        }
        for figure in [rate, durable, middle, tail, cores] { company.table.add(figure) }
        return company.repetitions * Self.offices * changes
    }

    /// As a minute goes: each exchange has its moment, and its latency counts from then.
    private func atPace(
        _ changes: Int, _ offices: SimulatedOffices, _ headquarters: HeadquartersProcess
    ) async throws -> Int {
        try offices.write(changes, company)
        let used = try headquarters.usedSeconds()
        var samples = Samples()
        let seconds = try await Stopwatch.seconds {
            samples = try await offices.callAtPace(.seconds(60) / Self.offices)
        }
        var durable = Figure(
            "a minute of them at its own pace, \(changes) changes each: durable changes",
            .perSecond,
            .atLeast(1_000))
        // More than was written in the minute cannot come out; less does when exchanges pile up.
        durable.add((Double(Self.offices * changes) / max(seconds, 60)).rounded())
        var middle = Figure("  exchange, p50", .milliseconds)
        middle.add(samples.median * 1_000)
        var tail = Figure("  exchange, p99", .milliseconds, .atMost(500))
        tail.add(samples.percentile(0.99) * 1_000)
        var cores = Figure("  cores used by headquarters", .each)
        cores.add((try headquarters.usedSeconds() - used) / seconds)
        for figure in [durable, middle, tail, cores] { company.table.add(figure) }
        return Self.offices * changes
    }

    private static let offices = 200
}

extension SimulatedOffices {
    /// Every office writes so many tickets, one to a group.
    func write(_ changes: Int, perGroup: Int = 1, _ company: Company) throws {
        for office in all {
            try office.write(company.some(changes), perGroup: perGroup, now: Self.now())
        }
    }
}
