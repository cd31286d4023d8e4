import Foundation

/// Chance from a seed: splitmix64.
struct Chance: RandomNumberGenerator, Sendable {
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

    /// A number from 0 up to, without, `end`.
    mutating func below(_ end: Int) -> Int { Int(next() % UInt64(end)) }

    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
    }
}

/// How much is tried: a share that a test run has time for, or more where the environment says so.
enum Budget {
    /// Every call of every piece of work fails in its turn, not a sample; `GATEHOUSE_EVERY_CALL=1`.
    static let everyCall = number("GATEHOUSE_EVERY_CALL") == 1
    /// What the samples are drawn from; `GATEHOUSE_FAULT_SEED`.
    static let seed = number("GATEHOUSE_FAULT_SEED") ?? 1
    /// Calls that fail, of a piece of work, when not all are tried; `GATEHOUSE_CALLS`.
    static let calls = number("GATEHOUSE_CALLS") ?? 12
    /// Power cuts of `PowerCutTests`; `GATEHOUSE_POWER_CUTS`.
    static let powerCuts = number("GATEHOUSE_POWER_CUTS") ?? 400
    /// Damaged files of `DamagedFileTests`; `GATEHOUSE_DAMAGED_FILES`.
    static let damagedFiles = number("GATEHOUSE_DAMAGED_FILES") ?? 140
    /// Amounts of free space for each piece of work; `GATEHOUSE_FREE_SPACES`.
    static let freeSpaces = number("GATEHOUSE_FREE_SPACES") ?? 10
    /// All kinds of faults and damaged values instead of some; `GATEHOUSE_ALL_FAULTS=1`.
    static let allFaults = number("GATEHOUSE_ALL_FAULTS") == 1

    /// Numbers from 1 to `count`: all of them, or a sample at equal distances that begins where the
    /// seed says.
    static func sample(of count: Int) -> [Int] {
        guard !everyCall, count > calls else { return Array(1...max(1, count)) }
        let distance = (count + calls - 1) / calls
        return Array(stride(from: 1 + abs(seed % distance), through: count, by: distance))
    }

    private static func number(_ name: String) -> Int? {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) }
    }
}
