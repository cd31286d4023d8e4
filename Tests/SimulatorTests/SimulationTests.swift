import Foundation
import Testing

@testable import Simulator

/// A few schedules in every test run; `make simulate` runs thousands.
@Suite struct SimulationTests {
    /// `GATEHOUSE_SCHEDULES=4711..<4712` runs others.
    private static let seeds: Range<UInt64> = {
        let asked = ProcessInfo.processInfo.environment["GATEHOUSE_SCHEDULES"] ?? ""
        let ends = asked.split(separator: "..<").compactMap { UInt64($0) }
        return ends.count == 2 && ends[0] < ends[1] ? ends[0]..<ends[1] : 1..<25
    }()

    @Test func `nothing is lost and nobody disagrees in schedules full of disasters`() async throws
    {
        let simulator = try await Simulator()
        for seed in Self.seeds {
            let outcome = await simulator.run(seed: seed)
            #expect(outcome.failure == nil, "gatehouse simulate --seed \(seed) --trace")
            #expect(outcome.operations >= 300)
        }
    }

    @Test func `the same seed gives the same trace, and another seed another`() async throws {
        let simulator = try await Simulator(operations: 120)
        var traces: Set<UInt64> = []
        for seed in UInt64(1)...6 {
            let first = await simulator.run(seed: seed, keepsTrace: true)
            let second = await simulator.run(seed: seed, keepsTrace: true)
            #expect(first.lines == second.lines)
            #expect(first.trace == second.trace)
            traces.insert(first.trace)
        }
        #expect(traces.count == 6)
    }
}
