import GRDB
import SyncCore

/// What became of a page of groups.
public struct IngestResult: Hashable, Sendable {
    /// Groups logged now.
    public var logged = 0
    /// Groups that were held already.
    public var known = 0
    /// Of these, groups that were damaged here or lacked values, and are whole now.
    public var mended = 0
    /// The rest of the page was left: something it builds on is not held here.
    public var need = false
    /// For `past`: the last group of each stream in a page that brought nothing new of the stream.
    public var repeated: [Tip] = []
    /// The page held groups of this node's own stream that this life did not write: the replica is
    /// a restored or cloned copy. From now on it writes as a new life.
    public var beganNewLife = false

    public init() {}
}

/// Why a page is refused as a whole; nothing of it was stored.
public enum IngestRefusal: Error, Hashable, Sendable {
    case malformedGroup(GroupHash?, reason: String)
    case badSeal(GroupHash)
    /// The key of the group's stream is in no directory.
    case unknownAuthor(GroupHash)
    /// The group names another space than the part it came in.
    case foreignSpace(GroupHash)
}

extension Store {
    /// Logs and projects a page of groups from a peer, in one transaction (Protocol/merge.md §4).
    ///
    /// - Parameters:
    ///   - page: encoded groups in the sender's apply order.
    ///   - isDirectoryCurrent: whether an unknown key can be judged; if not it only stops the page.
    ///   - nextLife: the name of a new life, should one begin.
    /// - Throws: `IngestRefusal`, or `StoreError` when the disk refuses; in both cases nothing of
    ///   the page is stored.
    public func ingest(
        _ page: [[UInt8]], into space: SpaceID, isDirectoryCurrent: Bool, nextLife: String
    ) async throws -> IngestResult {
        guard !page.isEmpty else { return IngestResult() }
        var groups: [Group] = []
        groups.reserveCapacity(page.count)
        for bytes in page {
            do {
                let group = try codec.decode(bytes)
                guard group.place.space == space || PlantedBug.acceptAnySpace.isPlanted else {
                    throw IngestRefusal.foreignSpace(group.hash)
                }
                groups.append(group)
            } catch let problem as GroupProblem {
                throw IngestRefusal.malformedGroup(nil, reason: problem.reason)
            }
        }
        func ingest(parks: Bool) async throws -> IngestResult {
            try await queue.write { [groups] db in
                try self.ingest(
                    groups, into: space, isDirectoryCurrent: isDirectoryCurrent,
                    nextLife: nextLife, parks: parks, db)
            }
        }
        do {
            return try await ingest(parks: false)
        } catch let error as DatabaseError where Projector.isOfOneStatement(error) {
            // Once more, with whatever SQLite does not take put aside.
            return try await ingest(parks: true)
        }
    }

    private func ingest(
        _ groups: [Group], into space: SpaceID, isDirectoryCurrent: Bool, nextLife: String,
        parks: Bool, _ db: Database
    ) throws -> IngestResult {
        let reader = LogReader(db: db, codec: codec)
        var mending = Mending(store: self, log: try logs.open(space, db), reader: reader)
        let mended = try mending.mend(groups)
        var admission = Admission(log: mending.log, isDirectoryCurrent: isDirectoryCurrent)
        let accepted = try admission.accept(groups, sealing: sealing)
        var log = admission.log
        var latest = HybridTime.zero
        for group in accepted {
            try append(group, to: &log, reader, parks: parks)
            latest = max(latest, group.time)
        }
        try log.flush()
        try Meta.advance(time: latest, db)
        if space == .company && !accepted.isEmpty { try Directory.trustAll(db) }
        var result = admission.result
        result.mended = mended
        if try admission.provesAnotherCopy(accepted, of: sealing.key) {
            try Life.begin(nextLife, db)
            result.beganNewLife = true
        }
        return result
    }

    /// Logs one admitted group and projects it.
    ///
    /// - Parameter parks: whether a group that SQLite does not take into the projection is noted and
    ///   left out of it; otherwise that is thrown. One's own save is refused instead.
    @discardableResult
    func append(
        _ group: Group, to log: inout GroupLog, _ reader: LogReader, parks: Bool = false
    ) throws -> Int64 {
        let references = try group.referenced.map { try log.locate($0).held("a referenced group") }
        let number = try log.append(group, references: references)
        let role = try log.key(of: group.place.stream).flatMap { key in
            try AuthorRoles.role(of: key, log.db)
        }
        let projector = Projector(reader: reader, tables: tables, space: group.place.space)
        let logged = Projector.Logged(
            group: group, number: number, role: role, references: references.map(\.number))
        let remark = try parks ? projector.projectOrPark(logged) : projector.project(logged)
        if let remark { try Projector.note(remark, of: number, log.db) }
        return number
    }
}

enum AuthorRoles {
    static func role(of key: NodeKey, _ db: Database) throws -> Role? {
        try String.fetchOne(
            db.cachedStatement(sql: "SELECT role FROM authors WHERE key = ?"),
            arguments: [Blob(key.bytes)]
        ).flatMap(Role.init)
    }
}

/// Decides which groups of a page may be logged, before any is.
private struct Admission {
    let log: GroupLog
    let isDirectoryCurrent: Bool
    private(set) var result = IngestResult()
    private var admitted: [GroupHash: Group] = [:]
    private var keys: [StreamID: NodeKey] = [:]

    init(log: GroupLog, isDirectoryCurrent: Bool) {
        self.log = log
        self.isDirectoryCurrent = isDirectoryCurrent
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
            admitted[group.hash] = group
            accepted.append(group)
        }
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
            guard let (seq, stream, time, _) = try place(hash) else {
                return PlantedBug.logWithoutPast.isPlanted
            }
            guard time <= group.time else {
                throw IngestRefusal.malformedGroup(
                    group.hash, reason: "A group is older than its past.")
            }
            if hash == group.predecessor,
                seq + 1 != group.place.seq || stream != group.place.stream
            {
                throw IngestRefusal.malformedGroup(
                    group.hash, reason: "A group does not follow its predecessor.")
            }
        }
        for (hash, last) in zip(group.referenced, group.lastIndexes()) {
            guard let last, let writes = try place(hash)?.writes else { continue }
            guard last < writes else {
                throw IngestRefusal.malformedGroup(
                    group.hash, reason: "A name points at a write that does not exist.")
            }
        }
        return true
    }

    private func place(
        _ hash: GroupHash
    ) throws -> (seq: UInt64, stream: StreamID?, time: HybridTime, writes: Int)? {
        if let group = admitted[hash] {
            return (group.place.seq, group.place.stream, group.time, group.writeCount)
        }
        guard let found = try log.locate(hash) else { return nil }
        return (found.seq, log.stream(ofBranch: found.branch), found.time, found.writes)
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
            let continued = try place(hash)?.stream
            guard let continued, (keys[continued] ?? log.key(of: continued)) == key else {
                throw IngestRefusal.malformedGroup(
                    group.hash, reason: "A stream continues another node's stream.")
            }
        }
        if try PlantedBug.acceptAnyAuthor.isPlanted || Store.mayWrite(key, in: log.space, log.db) {
            return true
        }
        guard !isDirectoryCurrent else { throw IngestRefusal.unknownAuthor(group.hash) }
        return false
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
