import Foundation
import GRDB
import SyncCore

/// The log of groups inside one transaction: what is held, where it stands, and appending
/// (Protocol/merge.md §4).
///
/// Branches, digest and clock of the space are kept in memory while groups are appended and written
/// back by `flush`.
struct GroupLog {
    let db: Database
    let space: SpaceID
    let spaceNumber: Int64
    private(set) var digest: Digest
    private var branches: [Int64: BranchRow] = [:]
    /// The branch that ends with a group, for those that grew since the log was read.
    private var growing: [GroupHash: Int64] = [:]
    private var touched: Set<Int64> = []
    private var streams: [StreamID: StreamRow] = [:]

    struct StreamRow {
        var number: Int64
        var key: NodeKey
    }

    private struct BranchRow {
        var stream: Int64
        var streamID: StreamID
        var root: BranchTree.Point?
        var last: Tip
        var lastGroup: Int64
    }

    /// Where a logged group stands.
    struct Location {
        var number: Int64
        var branch: Int64
        var seq: UInt64
        var time: HybridTime
        var writes: Int
    }

    /// The log of a space, which begins with it if need be.
    init(_ db: Database, _ space: SpaceID) throws {
        if let known = try Self(known: space, db) {
            self = known
            return
        }
        try db.cachedStatement(sql: "INSERT INTO spaces (id) VALUES (?)")
            .execute(arguments: [Blob(space.bytes)])
        self.db = db
        self.space = space
        spaceNumber = db.lastInsertedRowID
        digest = .zero
    }

    /// The log of a space; nil when nothing was ever written in it.
    init?(known space: SpaceID, _ db: Database) throws {
        guard
            let row = try Row.fetchOne(
                db.cachedStatement(sql: "SELECT number, lane_0, lane_1 FROM spaces WHERE id = ?"),
                arguments: [Blob(space.bytes)])
        else { return nil }
        self.db = db
        self.space = space
        spaceNumber = try row.read(0)
        digest = try Digest(UInt64(bitPattern: row.read(1)), UInt64(bitPattern: row.read(2)))
        var names: [Int64: StreamID] = [:]
        for row in try Row.fetchAll(
            db.cachedStatement(sql: "SELECT number, id, key FROM streams WHERE space = ?"),
            arguments: [spaceNumber])
        {
            let id = try StreamID(row.bytes(1)).held("a stream id")
            names[try row.read(0)] = id
            streams[id] = StreamRow(
                number: try row.read(0), key: try NodeKey(row.bytes(2)).held("a stream key"))
        }
        for row in try Row.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT number, stream, root_branch, root_seq, last_seq, last_group, last_hash
                    FROM branches WHERE space = ?
                    """),
            arguments: [spaceNumber])
        {
            let number: Int64 = try row.read(0)
            let stream = try names[row.read(1)].held("a branch's stream")
            let root: BranchTree.Point? = try (row.readIfAny(2) as Int64?).map {
                BranchTree.Point(branch: $0, seq: try row.read(3))
            }
            let last = Tip(
                stream: stream, seq: try row.read(4),
                hash: try GroupHash(row.bytes(6)).held("a tip"))
            // A branch grows from an older one. A damaged row that says otherwise would send every
            // walk along the roots round for ever.
            guard last.seq > 0, root.map({ $0.branch < number && $0.seq < last.seq }) ?? true else {
                throw StoreError(
                    .damaged,
                    "The database is damaged: branch \(number) has no beginning. Run gatehouse verify."
                )
            }
            branches[number] = BranchRow(
                stream: try row.read(1), streamID: stream, root: root, last: last,
                lastGroup: try row.read(5))
        }
    }

    var tree: BranchTree {
        BranchTree(
            branches.map { number, branch in
                BranchTree.Branch(
                    number: number, stream: branch.streamID, root: branch.root, last: branch.last,
                    endsInTip: true)
            })
    }

    var state: SpaceState { SpaceState(clock: tree.clock, digest: digest) }

    /// Where a group of this space stands; nil when it is not held.
    func locate(_ hash: GroupHash) throws -> Location? {
        var statement = try HotStatement(
            db, "SELECT number, branch, seq, time, writes FROM log WHERE hash = ?")
        try statement.bind(bytes: hash.bytes)
        let found = try statement.first { row in
            try Location(
                number: row.read(0), branch: row.read(1), seq: row.read(2),
                time: HybridTime(stored: row.read(3)), writes: row.read(4))
        }
        return found.flatMap { branches[$0.branch] == nil ? nil : $0 }
    }

    func key(of stream: StreamID) -> NodeKey? { streams[stream]?.key }

    func stream(ofBranch number: Int64) -> StreamID? { branches[number]?.streamID }

    func streamNumber(_ stream: StreamID) -> Int64? { streams[stream]?.number }

    /// Tips of branches other than those of a stream, with the log number of their last group.
    func tips(besides stream: StreamID?) -> [(tip: Tip, group: Int64)] {
        branches.values.filter { $0.streamID != stream }.map { ($0.last, $0.lastGroup) }
            .sorted { $0.tip < $1.tip }
    }

    func tips(of stream: StreamID) -> [(tip: Tip, group: Int64)] {
        branches.values.filter { $0.streamID == stream }.map { ($0.last, $0.lastGroup) }
            .sorted { $0.tip < $1.tip }
    }

    var streamsByKey: [NodeKey: [StreamID]] {
        Dictionary(grouping: streams, by: \.value.key).mapValues { $0.map(\.key) }
    }

    /// The last group of each branch, with its log number.
    var ends: [Int64: (number: Int64, tip: Tip)] {
        branches.mapValues { ($0.lastGroup, $0.last) }
    }

    /// The streams a key has begun in this space.
    func streams(of key: NodeKey) -> Set<StreamID> {
        Set(streams.filter { $0.value.key == key }.keys)
    }

    /// Appends a group whose past is held, and returns its log number. `references` are the
    /// locations of `group.referenced`.
    mutating func append(_ group: Group, references: [Location]) throws -> Int64 {
        let branch = try branch(for: group)
        let packed = PackedGroup(packing: group.bytes)
        var statement = try HotStatement(
            db,
            """
            INSERT INTO log (branch, seq, hash, time, writes, seal, bytes, plain_length)
            VALUES (?,?,?,?,?,?,?,?)
            """)
        try statement.bind(branch)
        try statement.bind(Int64(group.place.seq))
        try statement.bind(bytes: group.hash.bytes)
        try statement.bind(group.time.stored)
        try statement.bind(Int64(group.writeCount))
        try statement.bind(bytes: group.seal)
        try statement.bind(bytes: packed.bytes)
        try statement.bind(packed.plainLength.databaseValue)
        try statement.run()
        let number = db.lastInsertedRowID
        branches[branch]?.last = Tip(
            stream: group.place.stream, seq: group.place.seq, hash: group.hash)
        branches[branch]?.lastGroup = number
        if let predecessor = group.predecessor { growing[predecessor] = nil }
        growing[group.hash] = branch
        touched.insert(branch)
        for index in 0..<UInt32(group.writeCount) {
            digest.add(WriteID(group: group.hash, index: index))
        }
        try markNamed(group, references)
        return number
    }

    /// A write leaves the digest when the first triple points at it.
    private mutating func markNamed(_ group: Group, _ references: [Location]) throws {
        if references.isEmpty { return }
        let insert = try db.cachedStatement(
            sql: "INSERT OR IGNORE INTO named (group_number, write_index) VALUES (?, ?)")
        for change in group.changes {
            for name in change.named {
                let target = Int(name.target.group)
                var statement = HotStatement(insert)
                try statement.bind(references[target].number)
                try statement.bind(Int64(name.target.index))
                try statement.run()
                if db.changesCount > 0 && !PlantedBug.digestOfEverything.isPlanted {
                    digest.remove(
                        WriteID(group: group.referenced[target], index: name.target.index))
                }
            }
        }
    }

    /// The branch the group continues, or a new one.
    private mutating func branch(for group: Group) throws -> Int64 {
        let stream = try stream(for: group)
        var root: BranchTree.Point?
        if let predecessor = group.predecessor {
            if let known = growing[predecessor] { return known }
            let location = try locate(predecessor).held("a predecessor")
            if branches[location.branch]?.last.hash == predecessor { return location.branch }
            root = BranchTree.Point(branch: location.branch, seq: location.seq)
        }
        let tip = Tip(stream: group.place.stream, seq: group.place.seq, hash: group.hash)
        try db.cachedStatement(
            sql: """
                INSERT INTO branches (space, stream, root_branch, root_seq, last_seq, last_group, last_hash)
                VALUES (?, ?, ?, ?, ?, 0, ?)
                """
        ).execute(arguments: [
            spaceNumber, stream, root?.branch, root.map { Int64($0.seq) },
            Int64(group.place.seq), Blob(group.hash.bytes),
        ])
        let number = db.lastInsertedRowID
        branches[number] = BranchRow(
            stream: stream, streamID: group.place.stream, root: root, last: tip, lastGroup: 0)
        return number
    }

    private mutating func stream(for group: Group) throws -> Int64 {
        if let known = streams[group.place.stream] { return known.number }
        let key = try (group.start?.key).held("a stream's key")
        try db.cachedStatement(sql: "INSERT INTO streams (space, id, key) VALUES (?, ?, ?)")
            .execute(arguments: [spaceNumber, Blob(group.place.stream.bytes), Blob(key.bytes)])
        let number = db.lastInsertedRowID
        streams[group.place.stream] = StreamRow(number: number, key: key)
        return number
    }

    /// Writes branches and digest back. Must be called before the transaction ends.
    mutating func flush() throws {
        for number in touched {
            guard let branch = branches[number] else { continue }
            try db.cachedStatement(
                sql:
                    "UPDATE branches SET last_seq = ?, last_group = ?, last_hash = ? WHERE number = ?"
            ).execute(arguments: [
                Int64(branch.last.seq), branch.lastGroup, Blob(branch.last.hash.bytes), number,
            ])
        }
        touched = []
        try db.cachedStatement(sql: "UPDATE spaces SET lane_0 = ?, lane_1 = ? WHERE number = ?")
            .execute(arguments: [
                Int64(bitPattern: digest.lanes.0), Int64(bitPattern: digest.lanes.1), spaceNumber,
            ])
    }
}

extension HybridTime {
    /// As a column holds it, bit by bit: SQLite's integers are signed, so a time after the year
    /// 6429 stands there as a negative one.
    var stored: Int64 { Int64(bitPattern: rawValue) }

    init(stored: Int64) {
        self = HybridTime(rawValue: UInt64(bitPattern: stored)) ?? .latest
    }
}

extension Optional {
    /// The value, or an error that names what is missing.
    func held(_ thing: String) throws -> Wrapped {
        guard let value = self else {
            throw StoreError(
                .damaged, "The database is damaged: \(thing) is missing. Run gatehouse verify.")
        }
        return value
    }
}
