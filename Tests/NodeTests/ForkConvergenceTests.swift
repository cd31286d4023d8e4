import Foundation
import Testing

/// The laws of design.md §3 over random histories of the real engine: two nodes of one office, a
/// copy of one of them, and headquarters.
@Suite struct ForkConvergenceTests {
    /// `GATEHOUSE_SEEDS=500..<900` looks further than every build does.
    static let seeds: Range<Int> = {
        let asked = ProcessInfo.processInfo.environment["GATEHOUSE_SEEDS"] ?? ""
        let ends = asked.split(separator: "..<").compactMap { Int($0) }
        return ends.count == 2 && ends[0] < ends[1] ? ends[0]..<ends[1] : 0..<100
    }()

    @Test(arguments: seeds)
    func `all replicas of a random history agree, and nothing that was saved is missing`(
        seed: Int
    ) async throws {
        var history = try await RandomHistory(seed: seed)
        for _ in 0..<30 { try await history.step() }
        try await history.heal()
        try await history.check()
    }
}
