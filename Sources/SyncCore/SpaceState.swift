/// What two replicas compare of a space: which groups are held, and the digest over them.
public struct SpaceState: Hashable, Sendable {
    public var clock: VectorClock
    public var digest: Digest

    public static let empty = SpaceState(clock: .empty, digest: .zero)

    public init(clock: VectorClock, digest: Digest) {
        self.clock = clock
        self.digest = digest
    }
}
