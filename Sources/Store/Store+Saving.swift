import GRDB
import Records
import SyncCore

extension Store {
    /// Saves edits as one local transaction: one group in each space they touch.
    ///
    /// Unchanged fields write nothing; if nothing changes, no group is made.
    /// - Parameter checksVersions: refuse when a field to be written has later writes than the
    ///   version shown (`If-Match`). Otherwise such a field becomes a conflict and nothing unseen
    ///   is superseded.
    /// - Returns: log numbers of the groups written.
    /// - Throws: `ChangedMeanwhile`, or `StoreError` `record-not-found`, `not-allowed`,
    ///   `too-large`, `storage-failed`.
    @discardableResult
    public func save(
        _ edits: [RecordEdit], _ context: SaveContext, checksVersions: Bool = false
    ) async throws -> [Int64] {
        try await saveAndTell(edits, context, checksVersions: checksVersions).groups
    }

    /// Saves as `save`, and tells how far this node's own writing has come with it: what the guard
    /// file is to say, without asking the database once more. Nil when nothing changed.
    public func saveAndTell(
        _ edits: [RecordEdit], _ context: SaveContext, checksVersions: Bool = false
    ) async throws -> (groups: [Int64], progress: OwnProgress?) {
        try await queue.write { db in
            let groups = try self.save(edits, context, checksVersions: checksVersions, db)
            return (groups, try groups.last.map { try self.progress(upTo: $0, db) })
        } then: { db, saved in
            // Only now the log has its mark: a commit may begin it anew.
            var saved = saved
            saved.1?.marks = FileMarks(db)
            return saved
        }
    }

    private func progress(upTo group: Int64, _ db: Database) throws -> OwnProgress {
        let hash = try LogReader(db: db, codec: codec).hash(group)
        return OwnProgress(
            life: try Life.current(db), lastGroup: group, hash: Hexadecimal.text(hash.bytes))
    }

    func save(
        _ edits: [RecordEdit], _ context: SaveContext, checksVersions: Bool = false, _ db: Database
    ) throws -> [Int64] {
        let reader = LogReader(db: db, codec: codec)
        let blank = EditDrafter(
            reader: reader, tables: tables, role: role, context: context,
            life: try Life.current(db), checksVersions: checksVersions)
        var drafter = blank
        var numbers: [Int64] = []
        for edit in edits {
            // Each edit is drafted against what the ones before it made of the record.
            if drafter.touches(edit.target.id) {
                numbers += try write(drafter, context, reader)
                drafter = blank
            }
            try drafter.add(edit)
        }
        return numbers + (try write(drafter, context, reader))
    }

    private func write(
        _ drafter: EditDrafter, _ context: SaveContext, _ reader: LogReader
    ) throws -> [Int64] {
        try drafter.changes.sorted { $0.key < $1.key }.map { space, changes in
            try write(changes, in: space, context, reader)
        }
    }

    private func write(
        _ changes: [ChangeDraft], in space: SpaceID, _ context: SaveContext, _ reader: LogReader
    ) throws -> Int64 {
        let db = reader.db
        guard try Self.mayWrite(sealing.key, in: space, db) else {
            throw StoreError(.notAllowed, "This node may not write in \(space).")
        }
        var log = try logs.open(space, db)
        let time = try Meta.time(db).next(wallClock: context.wallClock)
        let line = try OwnLine(log: log, codec: codec, key: sealing.key, nonce: context.random)
        let draft = GroupDraft(
            place: line.place, predecessor: line.predecessor, seen: line.seen, time: time,
            wallClock: Int64(context.wallClock), actor: context.actor, schema: context.schema,
            start: line.start, changes: changes)
        var group: Group
        do {
            group = try codec.encode(draft)
        } catch {
            throw StoreError(
                .tooLarge, "This is more than one save can hold. Split it.", cause: error.reason)
        }
        let seal = sealing.seal(group.place, group.hash)
        group.seal = seal
        guard GroupPage.sealed(group.bytes, seal).count <= Limits.maximumGroupBytes else {
            throw StoreError(
                .tooLarge, "This is more than one save can hold. Split it.",
                cause: "maximumGroupBytes with the seal")
        }
        let number = try append(group, to: &log, reader)
        try log.flush()
        logs.keep(log, last: group, number)
        try Meta.set(time: time, db)
        if line.start != nil, let stream = log.streamNumber(group.place.stream) {
            try db.cachedStatement(
                sql: "INSERT OR REPLACE INTO own_streams (space, stream) VALUES (?, ?)"
            ).execute(arguments: [log.spaceNumber, stream])
        }
        return number
    }
}

/// Where the next group of this node stands in a space.
struct OwnLine {
    var place: Place
    var predecessor: GroupHash?
    var seen: [GroupHash]
    var start: Start?

    /// - Parameter nonce: 16 random bytes, used when a new stream begins.
    init(
        log: GroupLog, codec: any GroupCoding, key: NodeKey, nonce: () -> [UInt8]
    ) throws {
        let own = try Life.ownStream(log)
        if let own, log.key(of: own) == key, let last = log.tips(of: own).first,
            log.tips(of: own).count == 1
        {
            place = Place(space: log.space, stream: own, seq: last.tip.seq + 1)
            predecessor = last.tip.hash
            seen = log.tips(besides: own).filter { $0.group > last.group }.map(\.tip.hash)
            return
        }
        // The first group here, or the first after a restore: a new stream that continues all tips
        // of the earlier ones.
        let nonce = nonce()
        let stream = codec.stream(space: log.space, key: key, nonce: nonce)
        let earlier = log.streams(of: key)
        place = Place(space: log.space, stream: stream, seq: 1)
        seen = log.tips(besides: nil).filter { !earlier.contains($0.tip.stream) }.map(\.tip.hash)
        start = Start(
            key: key,
            continues: log.tips(besides: nil).filter { earlier.contains($0.tip.stream) }
                .map(\.tip.hash), nonce: nonce)
    }
}

/// The incarnation of this replica: what it writes as, and whether it still may (design.md §4).
enum Life {
    /// Eight characters that change when a new life begins; part of every `_version`.
    static func current(_ db: Database) throws -> String {
        try Meta.text("life", db).held("the life of this replica")
    }

    static func begin(_ life: String, _ db: Database) throws {
        try Meta.set("life", life, db)
        try db.cachedStatement(sql: "DELETE FROM own_streams").execute()
    }

    /// The stream this life writes in a space; nil before its first group there.
    static func ownStream(_ log: GroupLog) throws -> StreamID? {
        try Blob.fetchOne(
            log.db.cachedStatement(
                sql: """
                    SELECT s.id FROM own_streams o JOIN streams s ON s.number = o.stream
                    WHERE o.space = ?
                    """),
            arguments: [log.spaceNumber]
        ).map { try StreamID($0.bytes).held("the own stream") }
    }
}
