import GRDB
import SyncCore

extension GroupLog {
    /// Streams that prove two copies of one node at work.
    ///
    /// Either groups have one predecessor (Protocol/clock.md, Fork). Or a copy was found out before
    /// it wrote, and began a stream of its own that continues an earlier one from before its end,
    /// or knows nothing of it.
    func forkedStreams(_ codec: any GroupCoding) throws -> Set<StreamID> {
        var forked = tree.forkedStreams
        for streams in streamsByKey.values where streams.count > 1 {
            var continued: [StreamID: Set<GroupHash>] = [:]
            // Of a stream whose first group is damaged nothing can be said.
            for stream in streams { continued[stream] = try continues(stream, codec) }
            for (earlier, reverse) in continued {
                let ends = Set(tips(of: earlier).map(\.tip.hash))
                for (later, named) in continued where later != earlier && !ends.isSubset(of: named)
                {
                    // What itself continues the other came after it.
                    let isAfter = try reverse.contains { hash in
                        try locate(hash).flatMap { stream(ofBranch: $0.branch) } == later
                    }
                    if !isAfter { forked.insert(earlier) }
                }
            }
        }
        return forked
    }

    /// What the first groups of a stream say they continue; nil when one of them is damaged.
    private func continues(_ stream: StreamID, _ codec: any GroupCoding) throws -> Set<GroupHash>? {
        let firsts = try Row.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT \(PackedGroup.columns(db)) FROM branches b
                    JOIN log l ON l.branch = b.number AND l.seq = 1
                    WHERE b.stream = ?
                    """), arguments: [streamNumber(stream)])
        var hashes: Set<GroupHash> = []
        for row in firsts {
            guard let group = try? codec.decode(PackedGroup(row, at: 0).plain()) else {
                return nil
            }
            hashes.formUnion(group.start?.continues ?? [])
        }
        return hashes
    }
}
