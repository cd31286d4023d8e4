/// A held group that is no held group's predecessor.
///
/// The hash is part of it: after a restore one (stream, seq) can carry two groups, and a count
/// alone would hide that.
public struct Tip: Hashable, Comparable, Sendable {
    public var stream: StreamID
    public var seq: UInt64
    public var hash: GroupHash

    public init(stream: StreamID, seq: UInt64, hash: GroupHash) {
        self.stream = stream
        self.seq = seq
        self.hash = hash
    }

    public static func < (a: Self, b: Self) -> Bool {
        (a.stream, a.seq, a.hash) < (b.stream, b.seq, b.hash)
    }
}

/// Exactly which groups of one space a replica holds (Protocol/clock.md).
///
/// Laws, over what the clocks stand for: comparison is a partial order; join is commutative,
/// associative and idempotent; sending the gap to a peer makes its clock the join.
public struct VectorClock: Hashable, Sendable {
    /// Sorted; no two alike.
    public let tips: [Tip]

    public static let empty = VectorClock([])

    public init(_ tips: some Sequence<Tip>) {
        self.tips = Set(tips).sorted()
    }

    public func tips(of stream: StreamID) -> [Tip] {
        tips.filter { $0.stream == stream }
    }

    /// How a peer's clock stands to mine.
    public enum Comparison: Hashable, Sendable {
        /// Both hold the same groups.
        case equal
        /// The peer holds nothing I lack, and lacks something I hold.
        case peerIsBehind
        /// The peer holds something I lack. Whether it also lacks something, its groups will show.
        case peerHoldsUnknown
    }

    /// - Parameter holds: whether a group is in my log.
    public func comparison(
        withPeer peer: VectorClock, holds: (GroupHash) throws -> Bool
    ) rethrows -> Comparison {
        if self == peer { return .equal }
        for tip in peer.tips {
            guard try holds(tip.hash) else { return .peerHoldsUnknown }
        }
        return .peerIsBehind
    }
}
