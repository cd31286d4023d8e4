import GRDB
import SyncCore

/// Decides which groups of a page may be logged, before any is.
struct Admission {
    let log: GroupLog
    let isDirectoryCurrent: Bool
    private(set) var result = IngestResult()
    private var admitted: [GroupHash: Standing] = [:]
    private var keys: [StreamID: NodeKey] = [:]
    private var writers: [NodeKey: Bool] = [:]
    /// The last groups of all branches, with what this page adds.
    private var ends: Set<GroupHash>
    /// How many ends this page adds, by author.
    private var addedEnds: [NodeKey: Int] = [:]

    /// Where a group stands that is held or about to be.
    private struct Standing {
        var seq: UInt64
        var stream: StreamID?
        var time: HybridTime
        var writes: Int
    }

    init(log: GroupLog, isDirectoryCurrent: Bool) {
        self.log = log
        self.isDirectoryCurrent = isDirectoryCurrent
        ends = Set(log.ends.values.map(\.tip.hash))
    }

    mutating func accept(_ groups: [Group], sealing: any Sealing) throws -> [Group] {
        var accepted: [Group] = []
        var lastKnown: [StreamID: Tip] = [:]
        for group in groups where admitted[group.hash] == nil {
            if try log.locate(group.hash) != nil {
                result.known += 1
                lastKnown[group.place.stream] = Tip(
                    stream: group.place.stream, seq: group.place.seq, hash: group.hash)
                continue
            }
            if PlantedBug.dropTheSecondBranch.isPlanted, isSecondBranch(group) { continue }
            guard try isPastHeld(group), try hasKnownAuthor(group) else {
                result.need = true
                break
            }
            admitted[group.hash] = Standing(
                seq: group.place.seq, stream: group.place.stream, time: group.time,
                writes: group.writeCount)
            accepted.append(group)
            noteEnd(group)
        }
        try checkEnds()
        let covered = Self.coveredPrefix(of: accepted)
        guard covered == accepted.count || result.need else {
            throw IngestRefusal.badSeal(accepted[covered].hash)
        }
        accepted.removeLast(accepted.count - covered)
        try checkSeals(&accepted, sealing)
        result.logged = accepted.count
        let brought = Set(accepted.map(\.place.stream))
        result.repeated = lastKnown.values.filter { !brought.contains($0.stream) }.sorted()
        return accepted
    }

    private mutating func noteEnd(_ group: Group) {
        let isNew = group.predecessor.map { ends.remove($0) == nil } ?? true
        ends.insert(group.hash)
        if isNew, let key = keys[group.place.stream] { addedEnds[key, default: 0] += 1 }
    }

    /// No more tips than every member can state, and one author leaves room for the others
    /// (merge.md §4).
    private func checkEnds() throws {
        if addedEnds.isEmpty { return }
        guard ends.count <= Limits.maximumTipsPerSpace else { throw IngestRefusal.tooManyTips }
        let held = Dictionary(grouping: log.ends.values) { log.key(of: $0.tip.stream) }
        for (key, added) in addedEnds {
            guard (held[key]?.count ?? 0) + added <= Limits.maximumTipsPerKey else {
                throw IngestRefusal.tooManyTips
            }
        }
    }

    /// Whether groups came that another copy of this replica wrote: in the stream of this life or,
    /// before this life wrote anything here, in a stream that was not held.
    ///
    /// Streams of other lives prove nothing once this life has its own: two live clones would chase
    /// each other for ever.
    func provesAnotherCopy(_ accepted: [Group], of key: NodeKey) throws -> Bool {
        let own = try Life.ownStream(log)
        return accepted.contains { group in
            let stream = group.place.stream
            return own.map { $0 == stream } ?? (log.key(of: stream) == nil && keys[stream] == key)
        }
    }

    /// For `PlantedBug.dropTheSecondBranch` only.
    private func isSecondBranch(_ group: Group) -> Bool {
        log.tips(of: group.place.stream).contains {
            $0.tip.seq >= group.place.seq && group.predecessor != $0.tip.hash
        }
    }

    /// merge.md §4.2.
    private func isPastHeld(_ group: Group) throws -> Bool {
        for hash in group.past {
            guard let past = try standing(hash) else {
                return PlantedBug.logWithoutPast.isPlanted
            }
            guard past.time <= group.time else {
                throw IngestRefusal.malformedGroup(
                    group.hash, reason: "A group is older than its past.")
            }
            if hash == group.predecessor,
                past.seq + 1 != group.place.seq || past.stream != group.place.stream
            {
                throw IngestRefusal.malformedGroup(
                    group.hash, reason: "A group does not follow its predecessor.")
            }
        }
        for (hash, last) in zip(group.referenced, group.lastIndexes()) {
            guard let last, let writes = try standing(hash)?.writes else { continue }
            guard last < writes else {
                throw IngestRefusal.malformedGroup(
                    group.hash, reason: "A name points at a write that does not exist.")
            }
        }
        return true
    }

    private func standing(_ hash: GroupHash) throws -> Standing? {
        if let known = admitted[hash] { return known }
        return try log.locate(hash).map { found in
            Standing(
                seq: found.seq, stream: log.stream(ofBranch: found.branch), time: found.time,
                writes: found.writes)
        }
    }

    /// merge.md §4.3: the stream's key is registered for the space, and continues its own streams
    /// only.
    private mutating func hasKnownAuthor(_ group: Group) throws -> Bool {
        let stream = group.place.stream
        guard let key = keys[stream] ?? log.key(of: stream) ?? group.start?.key else {
            throw IngestRefusal.malformedGroup(group.hash, reason: "A stream has no first group.")
        }
        keys[stream] = key
        for hash in group.start?.continues ?? [] {
            let continued = try standing(hash)?.stream
            guard let continued, (keys[continued] ?? log.key(of: continued)) == key else {
                throw IngestRefusal.malformedGroup(
                    group.hash, reason: "A stream continues another node's stream.")
            }
        }
        if try PlantedBug.acceptAnyAuthor.isPlanted || mayWrite(key) { return true }
        guard !isDirectoryCurrent else { throw IngestRefusal.unknownAuthor(group.hash) }
        return false
    }

    private mutating func mayWrite(_ key: NodeKey) throws -> Bool {
        if let known = writers[key] { return known }
        let mayWrite = try Store.mayWrite(key, in: log.space, log.db)
        writers[key] = mayWrite
        return mayWrite
    }

    /// The longest beginning in which every group without a successor carries its seal.
    private static func coveredPrefix(of groups: [Group]) -> Int {
        var open: Set<GroupHash> = []
        var covered = 0
        for (position, group) in groups.enumerated() {
            if let predecessor = group.predecessor { open.remove(predecessor) }
            if group.seal == nil { open.insert(group.hash) }
            if open.isEmpty { covered = position + 1 }
        }
        return covered
    }

    /// A group that a later one covers may carry any seal; one that is not its author's is left
    /// out, or every page cut at it would be refused by the next peer.
    private func checkSeals(_ groups: inout [Group], _ sealing: any Sealing) throws {
        var covered: Set<GroupHash> = []
        for position in groups.indices.reversed() {
            let group = groups[position]
            let isValid =
                if let seal = group.seal, let key = keys[group.place.stream] {
                    sealing.verifies(seal, group.place, group.hash, by: key)
                } else { false }
            guard
                isValid || covered.contains(group.hash) || PlantedBug.acceptAnySeal.isPlanted
            else {
                throw IngestRefusal.badSeal(group.hash)
            }
            if !isValid { groups[position].seal = nil }
            if let predecessor = group.predecessor { covered.insert(predecessor) }
        }
    }
}

extension Group {
    /// For each referenced group the greatest index that names and lists use into it; nil where
    /// none does.
    fileprivate func lastIndexes() -> [Int?] {
        var last = [Int?](repeating: nil, count: referenced.count)
        if last.isEmpty { return last }
        for change in changes {
            for reference in change.named.map(\.target) + change.listed {
                let position = Int(reference.group)
                last[position] = max(last[position] ?? 0, Int(reference.index))
            }
        }
        return last
    }
}
