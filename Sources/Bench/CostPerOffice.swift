/// What one more exchange costs headquarters when 10, 100 or 1,000 offices call it.
struct CostPerOffice {
    let company: Company
    let maximum: Int

    /// - Returns: headquarters' processor time by the number of offices.
    func run() async throws -> [CostCurve] {
        var idle = CostCurve(
            title: "Idle exchange", across: "offices", up: "µs of HQ's processor an exchange")
        var busy = CostCurve(
            title: "Exchange with \(Self.changes) changes", across: "offices",
            up: "µs of HQ's processor an exchange")
        for count in [10, 100, 1_000] where count <= maximum {
            let headquarters = try await company.headquarters()
            let offices = try await SimulatedOffices(count, at: headquarters)
            let times = max(1, Self.exchanges / count)
            var idleCost = Figure("\(count) offices: idle exchange, HQ's processor", .microseconds)
            var busyCost = Figure(
                "\(count) offices: exchange with \(Self.changes) changes, HQ's processor",
                .microseconds)
            var latency = Figure("  its latency, one at a time", .milliseconds)
            for _ in 0..<company.repetitions {
                idleCost.add(
                    try await cost(of: times, offices, headquarters) { _ in })
                var samples = Samples()
                busyCost.add(
                    try await cost(of: times, offices, headquarters, { samples = $0 }) { office in
                        try office.write(
                            company.some(Self.changes), perGroup: 1, now: SimulatedOffices.now())
                    })
                latency.add(samples.median * 1_000)
            }
            await offices.close()
            for figure in [idleCost, busyCost, latency] { company.table.add(figure) }
            idle.add(Double(count), idleCost.values)
            busy.add(Double(count), busyCost.values)
            try company.check(
                headquarters, holds: count * times * company.repetitions * Self.changes)
        }
        return [idle, busy]
    }

    /// Microseconds of headquarters' processor for one exchange.
    private func cost(
        of times: Int, _ offices: SimulatedOffices, _ headquarters: HeadquartersProcess,
        _ tell: (Samples) -> Void = { _ in }, prepare: (SimulatedOffice) throws -> Void
    ) async throws -> Double {
        let before = try headquarters.usedSeconds()
        tell(try await offices.call(times: times, width: 1, prepare: prepare))
        let used = try headquarters.usedSeconds() - before
        return used / Double(times * offices.all.count) * 1_000_000
    }

    private static let changes = 10
    private static let exchanges = 1_000
}
