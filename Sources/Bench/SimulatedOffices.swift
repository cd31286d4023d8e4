import Foundation

/// Many simulated offices that have joined one headquarters, and a few of them at a time calling it.
struct SimulatedOffices {
    let all: [SimulatedOffice]

    /// Lets so many offices join, one after the other.
    init(_ count: Int, at headquarters: HeadquartersProcess) async throws {
        var all: [SimulatedOffice] = []
        for number in 0..<count {
            let code = String(format: "S%04d", number)
            let office = SimulatedOffice(code: code, url: headquarters.url)
            try await office.join(try await headquarters.invite(code))
            try await office.exchange(now: Self.now())
            all.append(office)
        }
        self.all = all
        // Each that joined changed the company's space. Who fetched it shows the others.
        if let last = all.last { for office in all { office.company = last.company } }
        for office in all { try await office.exchange(now: Self.now()) }
    }

    /// Calls headquarters with all offices in turn, a few at a time.
    ///
    /// - Parameters:
    ///   - width: how many connections are busy at once.
    ///   - prepare: what an office does before each of its exchanges; not timed.
    /// - Returns: the latency of each exchange in seconds.
    func call(
        times: Int, width: Int, prepare: (SimulatedOffice) throws -> Void = { _ in }
    ) async throws -> Samples {
        var samples = Samples()
        for _ in 0..<times {
            for office in all { try prepare(office) }
            // Each lane has offices of its own, and each office one exchange at a time.
            let lanes = (0..<min(width, all.count)).map { lane in
                Lane(offices: stride(from: lane, to: all.count, by: width).map { all[$0] })
            }
            try await withThrowingTaskGroup(of: [Double].self) { group in
                for lane in lanes { group.addTask { try await lane.run() } }
                for try await seconds in group {
                    for value in seconds { samples.add(value) }
                }
            }
        }
        return samples
    }

    /// Calls headquarters with all offices, one at each beat, however long the answers take.
    ///
    /// - Returns: the seconds from each beat to the end of its exchange.
    func callAtPace(_ beat: Duration) async throws -> Samples {
        let began = ContinuousClock.now
        return try await withThrowingTaskGroup(of: Double.self) { group in
            for (place, office) in all.enumerated() {
                let lane = Lane(offices: [office])
                let moment = began + beat * place
                group.addTask {
                    try await Task.sleep(until: moment, clock: .continuous)
                    _ = try await lane.run()
                    return (ContinuousClock.now - moment) / .seconds(1)
                }
            }
            var samples = Samples()
            for try await seconds in group { samples.add(seconds) }
            return samples
        }
    }

    func close() async {
        for office in all { await office.close() }
    }

    static func now() -> UInt64 { UInt64(Date().timeIntervalSince1970 * 1_000) }

    /// The offices of one connection's turn.
    ///
    /// Sent to one task and touched by nobody else until that has ended.
    private struct Lane: @unchecked Sendable {
        let offices: [SimulatedOffice]

        func run() async throws -> [Double] {
            var seconds: [Double] = []
            for office in offices {
                seconds.append(
                    try await Stopwatch.seconds {
                        try await office.exchange(now: SimulatedOffices.now())
                    })
            }
            return seconds
        }
    }
}
