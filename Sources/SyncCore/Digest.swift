/// A sum over the unnamed writes of a space, equal on replicas that hold the same groups
/// (Protocol/merge.md §7).
///
/// Laws: independent of order; adding a write and then removing it leaves the digest as it was.
/// Cost: a few multiplications a write.
public struct Digest: Hashable, Sendable {
    public private(set) var lanes: (UInt64, UInt64)

    public static let zero = Digest()

    public init() {
        lanes = (0, 0)
    }

    public init(_ first: UInt64, _ second: UInt64) {
        lanes = (first, second)
    }

    /// Reads 16 bytes; nil for any other count.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        var reader = WordReader(bytes)
        lanes = (reader.next(), reader.next())
    }

    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(word: lanes.0)
        bytes.append(word: lanes.1)
        return bytes
    }

    public mutating func add(_ write: WriteID) {
        lanes.0 &+= Self.mix(write.group.words.0, write.index)
        lanes.1 &+= Self.mix(write.group.words.1, write.index)
    }

    public mutating func remove(_ write: WriteID) {
        lanes.0 &-= Self.mix(write.group.words.0, write.index)
        lanes.1 &-= Self.mix(write.group.words.1, write.index)
    }

    public static func == (a: Self, b: Self) -> Bool { a.lanes == b.lanes }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(lanes.0)
        hasher.combine(lanes.1)
    }

    /// splitmix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
    private static func mix(_ lane: UInt64, _ index: UInt32) -> UInt64 {
        var z = lane &+ (UInt64(index) + 1) &* 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
