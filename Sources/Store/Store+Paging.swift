import GRDB
import SyncCore

/// A page of the gap of one space.
public struct GroupPage: Sendable {
    /// Encoded groups with their seals, in apply order.
    public var groups: [[UInt8]] = []
    public var bytes = 0
    /// The gap goes on after this page.
    public var more = false
    /// The peer's clock once it has logged the page: where the next one begins.
    public var reached = VectorClock.empty

    public init() {}

    /// A stored group with its seal as field 3 behind it: protobuf fields may stand in any order.
    static func sealed(_ bytes: [UInt8], _ seal: [UInt8]?) -> [UInt8] {
        guard let seal else { return bytes }
        return bytes + [3 << 3 | 2, UInt8(seal.count)] + seal
    }
}

extension Store {
    /// The next page of what a peer lacks (Protocol/clock.md, Gap; exchange.md §4, page ends).
    ///
    /// - Parameters:
    ///   - peer: the tips the peer stated.
    ///   - past: its landmarks of doubtful streams.
    ///   - targetBytes: the page stops after this many bytes; 0 asks only whether there is a gap.
    ///
    /// Every group is checked against its hash before it goes out. A damaged one and what builds on
    /// it are kept back; it is noted, to be asked for at the next exchange.
    public func page(
        of space: SpaceID, toPeer peer: VectorClock, past: [Tip], targetBytes: Int
    ) async throws -> GroupPage {
        let (page, damage) = try await queue.read {
            [codec, logs, sealing] db -> (GroupPage, [Int64: Damage.Reason]) in
            guard let log = try logs.known(space, db) else { return (GroupPage(), [:]) }
            let gap = try log.tree.gap(toPeer: peer, past: past) { hash in
                try log.locate(hash).map { BranchTree.Point(branch: $0.branch, seq: $0.seq) }
            }
            var builder = try PageBuilder(
                log: log, codec: codec, sealing: sealing, targetBytes: targetBytes)
            var page = try builder.build(gap)
            page.reached = builder.clock(after: peer)
            return (page, builder.damage)
        }
        try await note(damage)
        return page
    }

    /// How many groups the peer lacks, and the oldest time among them in milliseconds since 1970.
    public func waiting(
        in space: SpaceID, forPeer peer: VectorClock
    ) async throws -> (groups: Int, oldest: UInt64?) {
        try await queue.read { [logs] db in
            guard let log = try logs.known(space, db) else { return (0, nil) }
            var count = 0
            var oldest: HybridTime?
            for (branch, seq) in try self.waiting(log, peer) {
                count +=
                    try Int.fetchOne(
                        db.cachedStatement(
                            sql: "SELECT count(*) FROM log WHERE branch = ? AND seq > ?"),
                        arguments: [branch, Int64(seq)]) ?? 0
                // Time never falls along a branch.
                let first = try Int64.fetchOne(
                    db.cachedStatement(
                        sql:
                            "SELECT time FROM log WHERE branch = ? AND seq > ? ORDER BY seq LIMIT 1"
                    ),
                    arguments: [branch, Int64(seq)]
                ).map { HybridTime(stored: $0) }
                if let first { oldest = min(oldest ?? first, first) }
            }
            return (count, oldest?.milliseconds)
        }
    }

    /// The groups that `waiting` counts: of an own stream perhaps some that the peer holds, when it
    /// holds more of that stream than we do.
    func hashesWaiting(
        in space: SpaceID, forPeer peer: VectorClock
    ) async throws -> Set<GroupHash> {
        try await queue.read { [logs] db in
            guard let log = try logs.known(space, db) else { return [] }
            var hashes: Set<GroupHash> = []
            for (branch, seq) in try self.waiting(log, peer) {
                let rows = try Blob.fetchAll(
                    db.cachedStatement(sql: "SELECT hash FROM log WHERE branch = ? AND seq > ?"),
                    arguments: [branch, Int64(seq)])
                for row in rows { hashes.insert(try GroupHash(row.bytes).held("a hash")) }
            }
            return hashes
        }
    }

    private func waiting(_ log: GroupLog, _ peer: VectorClock) throws -> [Int64: UInt64] {
        // An unknown tip of another's stream means that the peer is ahead there. Of an own stream it
        // means that the peer holds another copy's writes; it says nothing about ours, which wait
        // until the peer names them.
        let own = log.streams(of: sealing.key)
        let stated = VectorClock(
            try peer.tips.filter { try !own.contains($0.stream) || log.locate($0.hash) != nil })
        return try log.tree.gap(toPeer: stated, past: []) { hash in
            try log.locate(hash).map { BranchTree.Point(branch: $0.branch, seq: $0.seq) }
        }
    }

    /// What to state as `past` to a peer whose tips are partly unknown here (Protocol/clock.md,
    /// Doubt).
    public func landmarks(
        of space: SpaceID, for peer: VectorClock, repeated: [Tip]
    ) async throws -> [Tip] {
        try await queue.read { [logs] db in
            guard let log = try logs.known(space, db) else { return [] }
            let tree = log.tree
            var past: [Tip] = []
            for stream in try tree.doubtfulStreams(peer, holds: { try log.locate($0) != nil })
                .sorted()
            {
                for point in tree.landmarks(of: stream) {
                    let hash = try Blob.fetchOne(
                        db.cachedStatement(
                            sql: "SELECT hash FROM log WHERE branch = ? AND seq = ?"),
                        arguments: [point.branch, Int64(point.seq)]
                    ).held("an ancestor")
                    past.append(
                        Tip(
                            stream: stream, seq: point.seq,
                            hash: try GroupHash(hash.bytes).held("a hash")))
                }
                // These first: they are what makes the next page begin later.
                past = repeated.filter { $0.stream == stream } + past
            }
            return Array(past.prefix(Limits.maximumPastPerSpace))
        }
    }
}

extension Store {
    /// Whether every tip is logged here, and so everything before it.
    public func holdsAll(_ clock: VectorClock, in space: SpaceID) async throws -> Bool {
        try await queue.read { [logs] db in
            guard let log = try logs.known(space, db) else { return clock == .empty }
            return try clock.tips.allSatisfy { try log.locate($0.hash) != nil }
        }
    }
}
