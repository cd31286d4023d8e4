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
    /// With the page the space, or one author in it, would have more tips than a message can state.
    case tooManyTips
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
        let groups = try await decode(page, in: space)
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

    /// Decodes a page, on as many processors as are free when it is a large one.
    private func decode(_ page: [[UInt8]], in space: SpaceID) async throws -> [Group] {
        let middle = page.count / 2
        guard page.lazy.map(\.count).reduce(0, +) >= Self.worthwhileBytes, middle > 0 else {
            return try decode(page[...], in: space)
        }
        async let rest = decode(page[middle...], in: space)
        return try decode(page[..<middle], in: space) + (try await rest)
    }

    /// From this size on half a page is worth a task of its own.
    private static let worthwhileBytes = 65_536

    private func decode(_ page: ArraySlice<[UInt8]>, in space: SpaceID) throws -> [Group] {
        try page.map { bytes in
            do {
                let group = try codec.decode(bytes)
                guard group.place.space == space || PlantedBug.acceptAnySpace.isPlanted else {
                    throw IngestRefusal.foreignSpace(group.hash)
                }
                return group
            } catch let problem as GroupProblem {
                throw IngestRefusal.malformedGroup(nil, reason: problem.reason)
            }
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
        var appender = LogAppender(
            log: admission.log, reader: reader, tables: tables, parks: parks)
        var latest = HybridTime.zero
        for group in accepted {
            try appender.append(group)
            latest = max(latest, group.time)
        }
        try appender.flush()
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

    /// Logs one group of this node and projects it; what SQLite does not take is thrown.
    @discardableResult
    func append(_ group: Group, to log: inout GroupLog, _ reader: LogReader) throws -> Int64 {
        var appender = LogAppender(log: log, reader: reader, tables: tables, parks: false)
        let number = try appender.append(group)
        log = appender.log
        return number
    }
}
