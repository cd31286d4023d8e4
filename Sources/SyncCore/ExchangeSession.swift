/// What one side states of a space in an exchange, besides groups (Protocol/exchange.md §4).
public struct StatedSpace: Hashable, Sendable {
    public var state: SpaceState
    /// Landmarks of streams it is in doubt about.
    public var past: [Tip]
    /// The last page could not be logged in full.
    public var need: Bool
    /// It has further groups for this space.
    public var more: Bool

    public init(state: SpaceState, past: [Tip] = [], need: Bool = false, more: Bool = false) {
        self.state = state
        self.past = past
        self.need = need
        self.more = more
    }
}

/// How an exchange ended for one space.
public struct SpaceOutcome: Hashable, Sendable {
    public enum State: String, Sendable {
        /// Both sides hold the same.
        case equal
        /// One side holds what the other still lacks.
        case behind
        /// The clocks are equal and the digests are not: an alarm.
        case unequal
    }

    public var state: State
    /// Nil when the clocks differ, so that the digests cannot be compared.
    public var digestEqual: Bool?

    public init(mine: SpaceState, peer: SpaceState) {
        if mine == peer {
            state = .equal
            digestEqual = true
        } else if mine.clock == peer.clock {
            state = .unequal
            digestEqual = false
        } else {
            state = .behind
            digestEqual = nil
        }
    }
}

/// The caller's side of one exchange as a state machine: it decides what to ask next and when to
/// stop.
///
/// The thin part sends what `next` returns and reports what came back. Laws: it ends after finitely
/// many rounds in which nothing moves; it never ends while a round moved something; what the peer
/// is remembered to hold only chooses pages.
public struct ExchangeSession: Sendable {
    /// What the peer is believed to hold: the receipt at first, then what it stated.
    public private(set) var peer: [SpaceID: StatedSpace]
    public private(set) var rounds = 0
    private let spaces: [SpaceID]
    private var peerRoot: GroupHash?
    private var signature: Signature?
    private var idleRounds = 0
    /// After this many rounds in a row that moved no group, a peer that states something new each
    /// time is left alone.
    private static let maximumIdleRounds = 16

    /// Everything that must stand still for an exchange to be at its end.
    private struct Signature: Hashable {
        var mine: [SpaceID: StatedSpace]
        var peer: [SpaceID: StatedSpace]
    }

    public enum Step: Sendable {
        /// Send a request: the root alone, or with a part for every space.
        case request(withParts: Bool)
        /// Both sides hold the same, or nothing moves any more.
        case finish([SpaceID: SpaceOutcome])
    }

    /// - Parameters:
    ///   - spaces: those shared with the peer.
    ///   - receipts: what the peer last said to hold.
    public init(spaces: [SpaceID], receipts: [SpaceID: SpaceState]) {
        self.spaces = spaces
        peer = receipts.mapValues { StatedSpace(state: $0) }
    }

    /// - Parameters:
    ///   - mine: what this side would state now.
    ///   - root: over `mine`.
    ///   - hasMore: whether this side has something to say besides its state: groups it wants or
    ///     is asked for, or what its backups cover.
    public mutating func next(
        _ mine: [SpaceID: StatedSpace], root: GroupHash, hasMore: Bool = false
    ) -> Step {
        let isTired = idleRounds > Self.maximumIdleRounds
        if peerRoot == root && (!hasMore || isTired) {
            return .finish(mine.mapValues { SpaceOutcome(mine: $0.state, peer: $0.state) })
        }
        let signature = Signature(mine: mine, peer: peer)
        if rounds > 0 && (isTired || !hasMore && signature == self.signature) {
            return .finish(outcomes(mine))
        }
        self.signature = signature
        rounds += 1
        let isSettled = spaces.allSatisfy { peer[$0]?.state == mine[$0]?.state }
        return .request(withParts: rounds > 1 || hasMore || !isSettled)
    }

    /// What came back for one request.
    public struct Round: Sendable {
        public var requestRoot: GroupHash
        /// What the request stated.
        public var mine: [SpaceID: SpaceState]
        /// The peer's root after our groups were committed there.
        public var peerRoot: GroupHash
        /// The parts; none when the roots were equal.
        public var stated: [SpaceID: StatedSpace]
        /// Groups sent of the peer's gap, and groups that were new or mended here.
        public var movedGroups: Int

        public init(
            requestRoot: GroupHash, mine: [SpaceID: SpaceState], peerRoot: GroupHash,
            stated: [SpaceID: StatedSpace], movedGroups: Int
        ) {
            self.requestRoot = requestRoot
            self.mine = mine
            self.peerRoot = peerRoot
            self.stated = stated
            self.movedGroups = movedGroups
        }
    }

    /// Takes in a response whose groups were logged.
    public mutating func received(_ round: Round) {
        peerRoot = round.peerRoot
        idleRounds = round.movedGroups == 0 ? idleRounds + 1 : 0
        if round.peerRoot == round.requestRoot {
            peer = round.mine.mapValues { StatedSpace(state: $0) }
        } else {
            // Landmarks are kept for the whole exchange: with several streams in doubt each page
            // shows those of one only, and what the peer once stated to hold it holds.
            peer.merge(round.stated) { known, stated in
                var merged = stated
                merged.past = Set(known.past).union(stated.past).sorted()
                return merged
            }
        }
    }

    private func outcomes(_ mine: [SpaceID: StatedSpace]) -> [SpaceID: SpaceOutcome] {
        mine.reduce(into: [:]) { outcomes, entry in
            outcomes[entry.key] = SpaceOutcome(
                mine: entry.value.state, peer: peer[entry.key]?.state ?? .empty)
        }
    }
}
