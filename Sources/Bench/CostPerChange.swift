/// What one more change costs headquarters when it holds 10⁵ records, or ten or a hundred times as
/// many.
struct CostPerChange {
    let company: Company
    /// The most records that are stored.
    let maximum: Int

    /// - Returns: headquarters' processor time by the number of records.
    func run() async throws -> CostCurve {
        var curve = CostCurve(
            title: "Change, 1 to a group", across: "stored records",
            up: "µs of HQ's processor a change")
        let headquarters = try await company.headquarters()
        let offices = try await SimulatedOffices(Self.offices, at: headquarters)
        var stored = 0
        for target in [10_000, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000]
        where target <= maximum {
            stored += try await fill(to: target, from: stored, offices)
            var cost = Figure("\(target) records: a change, HQ's processor", .microseconds)
            var wall = Figure("  wall time of an exchange, a change", .microseconds)
            for _ in 0..<company.repetitions {
                try offices.write(Self.changes, company)
                let before = try headquarters.usedSeconds()
                let samples = try await offices.call(times: 1, width: 1)
                let count = Double(Self.offices * Self.changes)
                cost.add((try headquarters.usedSeconds() - before) / count * 1_000_000)
                wall.add(samples.values.reduce(0, +) / count * 1_000_000)
                stored += Self.offices * Self.changes
            }
            company.table.add(cost)
            company.table.add(wall)
            curve.add(Double(target), cost.values)
        }
        await offices.close()
        try company.check(headquarters, holds: stored)
        return curve
    }

    /// Brings headquarters up to so many records, 100 to a group as after an import.
    private func fill(
        to target: Int, from stored: Int, _ offices: SimulatedOffices
    ) async throws -> Int {
        let each = 2_000
        var added = 0
        while stored + added < target {
            let wanted = min(each, target - stored - added)
            let office = offices.all[added / each % offices.all.count]
            try office.write(company.some(wanted), perGroup: 100, now: SimulatedOffices.now())
            try await office.exchange(now: SimulatedOffices.now())
            added += wanted
        }
        return added
    }

    private static let offices = 20
    private static let changes = 100
}
