import GRDB
import SyncCore

/// Merges the branches of a gap in apply order and cuts where every group is covered by a seal.
///
/// Nothing goes out that is not what was logged: each group is checked against its hash, and each
/// seal that goes out against its author's key. What is damaged is kept back, with all that builds
/// on it.
struct PageBuilder {
    let log: GroupLog
    let codec: any GroupCoding
    let sealing: any Sealing
    let targetBytes: Int
    /// What was found damaged, by log number.
    private(set) var damage: [Int64: Damage.Reason] = [:]
    /// Damaged groups and those that build on them.
    private var blocked: Set<GroupHash> = []
    /// Groups known to carry a false seal, by log number.
    private var falselySealed: Set<Int64>
    /// The groups of the page that have no successor in it, and those that have.
    private var ends: [Tip] = []
    private var succeeded: Set<GroupHash> = []

    init(
        log: GroupLog, codec: any GroupCoding, sealing: any Sealing, targetBytes: Int
    ) throws {
        self.log = log
        self.codec = codec
        self.sealing = sealing
        self.targetBytes = targetBytes
        falselySealed = try Set(
            Int64.fetchAll(
                log.db.cachedStatement(sql: "SELECT group_number FROM damaged WHERE reason = ?"),
                arguments: [Damage.Reason.seal.rawValue]))
    }

    /// Leaves room for groups that were asked for again.
    private static let maximumGroups =
        Limits.maximumGroupsPerPage - Limits.maximumWantPerSpace

    private struct Cursor {
        var rows: RowCursor
        var row: Row?
    }

    mutating func build(_ gap: [Int64: UInt64]) throws -> GroupPage {
        while true {
            let known = falselySealed.count
            let page = try pick(gap)
            // A page that came to nothing by false seals is made again without them.
            if !page.groups.isEmpty || falselySealed.count == known { return page }
        }
    }

    private mutating func pick(_ gap: [Int64: UInt64]) throws -> GroupPage {
        var cursors = try gap.map {
            try cursor(ofBranch: $0.key, after: $0.value, isOnly: gap.count == 1)
        }
        var page = GroupPage()
        var picked: [Picked] = []
        var open: Set<GroupHash> = []
        var covered = 0
        var size = 0
        while let next = try cursors.indices.filter({ cursors[$0].row != nil })
            .min(by: { try number(cursors[$0]) < number(cursors[$1]) }), let row = cursors[next].row
        {
            if targetBytes <= 0 {
                page.more = true
                break
            }
            var group = try Picked(row)
            if falselySealed.contains(group.number) { group.seal = nil }
            guard maySend(group) else {
                cursors[next].row = try cursors[next].rows.next()
                continue
            }
            size += group.bytes.count
            // A stretch that its last seal covers goes whole or not at all. Only a page that would
            // be empty without it may grow over its target for it, so no stretch grows from hop to
            // hop.
            let isFull = size > targetBytes || picked.count == Self.maximumGroups
            if isFull && covered > 0 {
                page.more = true
                break
            }
            if let predecessor = group.predecessor { open.remove(predecessor) }
            if group.seal == nil { open.insert(group.hash) }
            picked.append(group)
            if open.isEmpty { covered = picked.count }
            cursors[next].row = try cursors[next].rows.next()
        }
        covered = withoutFalseSeals(&picked, covered)
        page.more = page.more || covered < picked.count
        page.bytes = picked[..<covered].reduce(0) { $0 + $1.bytes.count }
        succeeded = Set(picked[..<covered].compactMap(\.predecessor))
        ends = picked[..<covered].filter { !succeeded.contains($0.hash) }.compactMap { group in
            log.stream(ofBranch: group.branch).map {
                Tip(stream: $0, seq: group.seq, hash: group.hash)
            }
        }
        page.groups = picked[..<covered].map { group in
            // A later group's seal covers this one as well.
            GroupPage.sealed(group.bytes, succeeded.contains(group.hash) ? nil : group.seal)
        }
        return page
    }

    /// What a peer holds that held these tips and has logged the page.
    func clock(after peer: VectorClock) -> VectorClock {
        VectorClock(peer.tips.filter { !succeeded.contains($0.hash) } + ends)
    }

    /// - Parameter isOnly: whether no other cursor stands open; then its statement is kept.
    private func cursor(
        ofBranch branch: Int64, after seq: UInt64, isOnly: Bool
    ) throws -> Cursor {
        let sql = """
            SELECT number, branch, seq, hash, seal, \(try PackedGroup.columns(log.db)),
              (SELECT hash FROM log p WHERE p.branch = l.branch AND p.seq = l.seq - 1) AS before
            FROM log l WHERE branch = ? AND seq > ? ORDER BY seq
            """
        let statement =
            try isOnly ? log.db.cachedStatement(sql: sql) : log.db.makeStatement(sql: sql)
        let rows = try Row.fetchCursor(statement, arguments: [branch, Int64(seq)])
        return Cursor(rows: rows, row: try rows.next())
    }

    private func number(_ cursor: Cursor) throws -> Int64 { try cursor.row?.read(0) ?? .max }

    /// Whether a group is what was logged and builds on nothing that is damaged.
    private mutating func maySend(_ group: Picked) -> Bool {
        guard (try? codec.hash(of: group.bytes)) == group.hash else {
            damage[group.number] = .bytes
            blocked.insert(group.hash)
            return false
        }
        if blocked.isEmpty { return true }
        // Only while something is damaged: what a group builds on stands in its header.
        guard let past = try? codec.decode(group.bytes).past, blocked.isDisjoint(with: past) else {
            blocked.insert(group.hash)
            return false
        }
        return true
    }

    /// Takes out seals that would go out and are not their author's; a page cut at one would be
    /// refused as a whole.
    ///
    /// - Returns: how many of the groups are covered without them.
    private mutating func withoutFalseSeals(_ picked: inout [Picked], _ covered: Int) -> Int {
        var covered = covered
        var checked: Set<GroupHash> = []
        while true {
            let succeeded = Set(picked[..<covered].compactMap(\.predecessor))
            var isTrue = true
            for at in picked[..<covered].indices
            where !succeeded.contains(picked[at].hash) && !checked.contains(picked[at].hash) {
                if verifies(picked[at]) {
                    checked.insert(picked[at].hash)
                } else {
                    damage[picked[at].number] = .seal
                    falselySealed.insert(picked[at].number)
                    picked[at].seal = nil
                    isTrue = false
                }
            }
            if isTrue { return covered }
            covered = Self.covered(picked[..<covered])
        }
    }

    private func verifies(_ group: Picked) -> Bool {
        guard let seal = group.seal, let stream = log.stream(ofBranch: group.branch),
            let key = log.key(of: stream)
        else { return false }
        let place = Place(space: log.space, stream: stream, seq: group.seq)
        return sealing.verifies(seal, place, group.hash, by: key)
    }

    /// The longest beginning in which every group without a successor carries its seal.
    private static func covered(_ picked: ArraySlice<Picked>) -> Int {
        var open: Set<GroupHash> = []
        var covered = 0
        for (position, group) in picked.enumerated() {
            if let predecessor = group.predecessor { open.remove(predecessor) }
            if group.seal == nil { open.insert(group.hash) }
            if open.isEmpty { covered = position + 1 }
        }
        return covered
    }

    private struct Picked {
        let number: Int64
        let branch: Int64
        let seq: UInt64
        let hash: GroupHash
        let predecessor: GroupHash?
        /// None when they cannot be unpacked: no group has the hash of nothing.
        let bytes: [UInt8]
        var seal: [UInt8]?

        init(_ row: Row) throws {
            number = try row.read(0)
            branch = try row.read(1)
            seq = UInt64(bitPattern: try row.read(2))
            hash = try GroupHash(row.bytes(3)).held("a hash")
            seal = try row.bytesIfAny(4)
            let packed = try PackedGroup(row, at: 5)
            bytes = (try? packed.plain()) ?? []
            predecessor = try row.bytesIfAny(7).flatMap(GroupHash.init)
        }
    }
}
