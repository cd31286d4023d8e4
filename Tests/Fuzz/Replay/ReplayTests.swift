import Testing

/// The short side of fuzzing, in every test run: what was found stays found. `make fuzz` is the
/// long side.
@Suite struct ReplayTests {
    @Test(arguments: FuzzTarget.all.map(\.name))
    func `seeds and kept crashers break no law`(name: String) throws {
        let target = try #require(FuzzTarget.named(name))
        let seeds = try target.seeds()
        #expect(!seeds.isEmpty)
        for seed in seeds { try target.check(seed) }
        for crasher in try Seeds.crashers(name) {
            #expect(throws: Never.self, "\(crasher.name)") { try target.check(crasher.bytes) }
        }
    }

    @Test(arguments: FuzzTarget.all.map(\.name))
    func `a few changes of each seed break no law`(name: String) throws {
        let target = try #require(FuzzTarget.named(name))
        let seeds = try target.seeds()
        var chance = SeededChance(seed: 1)
        for round in 0..<200 {
            var bytes = seeds[round % seeds.count]
            for _ in 0..<Int.random(in: 1...4, using: &chance) where !bytes.isEmpty {
                let place = Int.random(in: bytes.indices, using: &chance)
                switch Int.random(in: 0..<4, using: &chance) {
                case 0: bytes.remove(at: place)
                case 1: bytes.insert(UInt8.random(in: 0...255, using: &chance), at: place)
                case 2: bytes.removeSubrange(place...)
                default: bytes[place] = UInt8.random(in: 0...255, using: &chance)
                }
            }
            try target.check(bytes)
        }
    }

    @Test func `targets have names of their own, and every folder of crashers has its target`()
        throws
    {
        let names = FuzzTarget.all.map(\.name)
        #expect(Set(names).count == names.count)
        #expect(try Seeds.crasherFolders().allSatisfy(names.contains))
    }

    @Test func `a broken law is told`() {
        #expect(throws: BrokenLaw.self) { try law(false, "never") }
        #expect(throws: BrokenLaw.self) {
            try always("fails") { throw BrokenLaw(description: "inner") }
        }
    }
}

/// splitmix64: the same seed, the same run.
struct SeededChance: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
