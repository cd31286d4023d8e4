import Synchronization

/// Everything a simulation leaves to chance, from one seed: splitmix64 (Steele, Lea, Flood: "Fast
/// splittable pseudorandom number generators", 2014). Not for secrets.
struct Chance: RandomNumberGenerator {
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

    /// True this many times in a thousand.
    mutating func happens(_ permille: Int) -> Bool { below(1_000) < permille }

    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[below(elements.count)]
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 8)
        while bytes.count < count {
            withUnsafeBytes(of: next()) { bytes.append(contentsOf: $0) }
        }
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    /// A generator of its own, so that what one part draws does not shift what another gets.
    mutating func branch() -> Chance { Chance(seed: next()) }
}

/// Chance that several places share.
final class RandomSource: Sendable {
    private let chance: Mutex<Chance>

    init(_ chance: Chance) {
        self.chance = Mutex(chance)
    }

    @Sendable func bytes(_ count: Int) -> [UInt8] { chance.withLock { $0.bytes(count) } }
}
