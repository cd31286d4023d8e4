/// The streams of one space as a tree of branches, so that the gap of a clock costs one step per
/// branch and not one per group (Protocol/clock.md).
///
/// A branch is a run of groups by predecessor. Its number is local to this replica. A stream that
/// never forked is one branch.
public struct BranchTree: Hashable, Sendable {
    /// A group's place in the tree.
    public struct Point: Hashable, Sendable {
        public var branch: Int64
        public var seq: UInt64

        public init(branch: Int64, seq: UInt64) {
            self.branch = branch
            self.seq = seq
        }
    }

    public struct Branch: Hashable, Sendable {
        public var number: Int64
        public var stream: StreamID
        /// The group the branch grew from; nil for the first branch of a stream.
        public var root: Point?
        /// The last group of the branch.
        public var last: Tip
        /// Whether no other branch grew from `last`.
        public var endsInTip: Bool

        public init(number: Int64, stream: StreamID, root: Point?, last: Tip, endsInTip: Bool) {
            self.number = number
            self.stream = stream
            self.root = root
            self.last = last
            self.endsInTip = endsInTip
        }
    }

    public private(set) var branches: [Int64: Branch]

    public init(_ branches: [Branch]) {
        self.branches = Dictionary(uniqueKeysWithValues: branches.map { ($0.number, $0) })
    }

    public var clock: VectorClock {
        VectorClock(branches.values.filter(\.endsInTip).map(\.last))
    }

    /// The streams with more than one branch, or more than one first group.
    public var forkedStreams: Set<StreamID> {
        Set(Dictionary(grouping: branches.values, by: \.stream).filter { $0.value.count > 1 }.keys)
    }

    /// For each branch the last seq that a holder of the given points has; branches it has nothing
    /// of are absent.
    public func coverage(of points: some Sequence<Point>) -> [Int64: UInt64] {
        var covered: [Int64: UInt64] = [:]
        for start in points {
            var point: Point? = start
            while let here = point, covered[here.branch, default: 0] < here.seq {
                covered[here.branch] = here.seq
                point = branches[here.branch]?.root
            }
        }
        return covered
    }

    /// The ends of what all the given holders have in common: the points whose pasts together are
    /// the intersection of what the coverages say.
    public func tips(coveredByAll coverages: [[Int64: UInt64]]) -> [Point] {
        guard var common = coverages.first else { return [] }
        for coverage in coverages.dropFirst() {
            common = common.reduce(into: [:]) { common, entry in
                if let other = coverage[entry.key] { common[entry.key] = min(entry.value, other) }
            }
        }
        let continued = Set(common.keys.compactMap { branches[$0]?.root })
        return common.map { Point(branch: $0.key, seq: $0.value) }
            .filter { !continued.contains($0) }
            .sorted { ($0.branch, $0.seq) < ($1.branch, $1.seq) }
    }

    /// Which groups a peer lacks: for each branch listed, those after the given seq.
    ///
    /// - Parameters:
    ///   - clock: the tips the peer stated.
    ///   - past: further groups the peer stated to hold of streams it is in doubt about.
    ///   - locate: where a group stands in my log; nil when I do not hold it.
    public func gap(
        toPeer clock: VectorClock, past: [Tip], locate: (GroupHash) throws -> Point?
    ) rethrows -> [Int64: UInt64] {
        var known: [Point] = []
        var unknownStreams: Set<StreamID> = []
        for tip in clock.tips {
            if let point = try locate(tip.hash) {
                known.append(point)
            } else if PlantedBug.compareBySeq.isPlanted,
                let branch = branches.values.first(where: { $0.stream == tip.stream })
            {
                known.append(Point(branch: branch.number, seq: min(tip.seq, branch.last.seq)))
            } else {
                unknownStreams.insert(tip.stream)
            }
        }
        known += try past.compactMap { try locate($0.hash) }
        unknownStreams.subtract(past.map(\.stream))
        let knownStreams = Set(known.compactMap { branches[$0.branch]?.stream })
        let covered = coverage(of: known)
        var gap: [Int64: UInt64] = [:]
        for branch in branches.values {
            // The peer is ahead in this stream or forked from it; its own groups will tell.
            if unknownStreams.contains(branch.stream) && !knownStreams.contains(branch.stream) {
                continue
            }
            let from = covered[branch.number] ?? branch.root?.seq ?? 0
            if from < branch.last.seq { gap[branch.number] = from }
        }
        return gap
    }

    /// The streams of which the peer states a tip that I do not hold, although I hold the stream.
    public func doubtfulStreams(
        _ clock: VectorClock, holds: (GroupHash) throws -> Bool
    ) rethrows -> Set<StreamID> {
        let mine = Set(branches.values.map(\.stream))
        var doubtful: Set<StreamID> = []
        if PlantedBug.skipDoubtfulStreams.isPlanted { return doubtful }
        for tip in clock.tips where mine.contains(tip.stream) {
            if try !holds(tip.hash) { doubtful.insert(tip.stream) }
        }
        return doubtful
    }

    /// What is stated of a doubtful stream: of each tip the ancestors at distance 1, 2, 4, 8, … and
    /// the first group.
    public func landmarks(of stream: StreamID) -> [Point] {
        var points: Set<Point> = []
        for branch in branches.values where branch.stream == stream && branch.endsInTip {
            var distance: UInt64 = 1
            while distance < branch.last.seq {
                points.insert(point(at: branch.last.seq - distance, before: branch))
                distance *= 2
            }
            points.insert(point(at: 1, before: branch))
        }
        return points.sorted { ($0.seq, $0.branch) > ($1.seq, $1.branch) }
    }

    /// The ancestor with this seq, looked for along the roots.
    private func point(at seq: UInt64, before branch: Branch) -> Point {
        var branch = branch
        while let root = branch.root, seq <= root.seq, let parent = branches[root.branch] {
            branch = parent
        }
        return Point(branch: branch.number, seq: seq)
    }
}
