import Relay

/// Exchanges with nothing to say.
struct IdleExchanges {
    let workshop: Workshop
    let pair: SyncedPair

    func run() async throws {
        let headquarters = try await HeadquartersProcess(
            program: workshop.options.program,
            folder: try workshop.folders.copy(pair.headquarters, to: "idle-headquarters"))
        let office = try OfficeProcess(
            try workshop.folders.copy(pair.office, to: "idle-office"))
        try office.run(.exchange(url: headquarters.url))
        try latency(office, headquarters)
        try office.stop()
        try await rate(headquarters)
        try headquarters.stop()
    }

    private func latency(_ office: OfficeProcess, _ headquarters: HeadquartersProcess) throws {
        var latency = Figure("idle exchange (floor: GET /healthz)", .milliseconds, .atMost(2))
        var rounds = Figure("  round trips", .each, .atMost(1))
        var (up, down) = (
            Figure("  bytes up, headers included", .bytes, .atMost(1_023)),
            Figure("  bytes down, headers included", .bytes, .atMost(1_023))
        )
        for _ in 0..<workshop.options.repetitions {
            let reply = try office.run(.idle(url: headquarters.url, count: Self.exchanges))
            var (exchanges, floors) = (Samples(), Samples())
            for (exchange, floor) in zip(reply.seconds, reply.floors) {
                exchanges.add(exchange * 1_000)
                floors.add(floor * 1_000)
            }
            latency.add(exchanges.median, floor: floors.median)
            rounds.add(Double(reply.rounds) / Double(reply.seconds.count))
            let traffic = try headquarters.traffic {
                for _ in 0..<10 { try office.run(.exchange(url: headquarters.countedURL)) }
            }
            up.add(Double(traffic.up) / 10)
            down.add(Double(traffic.down) / 10)
        }
        for figure in [latency, rounds, up, down] { workshop.table.add(figure) }
    }

    /// By headquarters' processor time, because its clients take up the rest of this machine.
    private func rate(_ headquarters: HeadquartersProcess) async throws {
        let offices = try await SimulatedOffices(Self.connections, at: headquarters)
        var rate = Figure(
            "idle exchanges at HQ per second of one core", .perSecond, .atLeast(1_500))
        var wall = Figure("  per second of wall time, \(Self.connections) connections", .perSecond)
        for _ in 0..<workshop.options.repetitions {
            let before = try headquarters.usedSeconds()
            let seconds = try await Stopwatch.seconds {
                _ = try await offices.call(times: Self.exchanges, width: Self.connections)
            }
            let used = try headquarters.usedSeconds() - before
            let count = Double(Self.exchanges * Self.connections)
            rate.add(count / used)
            wall.add(count / seconds)
        }
        await offices.close()
        workshop.table.add(rate)
        workshop.table.add(wall)
    }

    private static let exchanges = 200
    private static let connections = 8
}
