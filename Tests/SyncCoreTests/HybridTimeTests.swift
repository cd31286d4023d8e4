import Testing

@testable import SyncCore

@Suite struct HybridTimeTests {
    /// How a wall clock may behave; each gives the reading of step n.
    static let clocks: [(name: String, reading: @Sendable (Int) -> UInt64)] = [
        ("right", { 1_767_225_600_000 + UInt64($0) * 1_000 }),
        ("frozen", { _ in 1_767_225_600_000 }),
        ("stopped at zero", { _ in 0 }),
        ("backwards", { 1_767_225_600_000 - UInt64($0) * 86_400_000 }),
        ("ten years back half way", { $0 < 50 ? 1_767_225_600_000 : 1_451_606_400_000 }),
        ("ten years ahead for one step", { $0 == 50 ? 2_082_758_400_000 : 1_767_225_600_000 }),
        ("beyond all measure", { _ in .max }),
    ]

    @Test(arguments: 0..<7)
    func `it never runs backwards, whatever the wall clock says`(which: Int) {
        let clock = Self.clocks[which]
        var time = HybridTime.zero
        for step in 0..<100 {
            let next = time.next(wallClock: clock.reading(step))
            #expect(next > time || next == .latest, "\(clock.name) step \(step)")
            time = next
        }
    }

    @Test(arguments: 0..<200)
    func `nodes with any clocks keep it rising along every path of messages`(seed: Int) {
        var random = SeededRandom(seed: seed)
        var times = [HybridTime](repeating: .zero, count: 4)
        for step in 0..<200 {
            let who = random.below(4)
            let heard = random.chance(50) ? times[random.below(4)] : .zero
            let known = max(times[who], heard)
            let clock = Self.clocks[random.below(Self.clocks.count - 1)]
            times[who] = known.next(wallClock: clock.reading(step % 100))
            #expect(times[who] > known, "seed \(seed)")
        }
    }

    @Test func `it follows a wall clock that is ahead and counts when it is not`() throws {
        let time = HybridTime.zero.next(wallClock: 5_000)
        #expect(time.milliseconds == 5_000)
        #expect(time.rawValue == 5_000 << 16)
        #expect(time.next(wallClock: 5_000).rawValue == (5_000 << 16) + 1)
        #expect(time.next(wallClock: 4_000).rawValue == (5_000 << 16) + 1)
        #expect(time.next(wallClock: 5_001).rawValue == 5_001 << 16)
        let full = try #require(HybridTime(rawValue: (5_000 << 16) | 0xFFFF))
        #expect(full.next(wallClock: 0).milliseconds == 5_001)
    }

    @Test func `it stands still at the end of the year 9999 and admits nothing beyond`() {
        #expect(HybridTime.latest.next(wallClock: 0) == .latest)
        #expect(HybridTime.latest.next(wallClock: .max) == .latest)
        #expect(HybridTime.latest.milliseconds == 253_402_300_799_999)
        #expect(HybridTime(rawValue: HybridTime.latest.rawValue) == .latest)
        #expect(HybridTime(rawValue: HybridTime.latest.rawValue + 1) == nil)
        #expect(HybridTime(rawValue: .max) == nil)
        #expect(HybridTime.zero.next(wallClock: .max).milliseconds == 253_402_300_799_999)
    }
}
