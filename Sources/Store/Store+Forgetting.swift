import GRDB
import Records
import SyncCore

/// What one batch of forgetting did.
public struct ForgetReport: Hashable, Sendable {
    /// Groups whose names were looked at.
    public var groups = 0
    /// Bodies reduced to their commitments.
    public var bodies = 0
    /// Bytes by which the log became smaller. Less than nothing when the values were shorter than
    /// their commitments.
    public var bytes: Int64 = 0
    /// Whether nothing is left to look at until time passes or a peer backs up.
    public var isFinished = true

    public init() {}

    public static func + (a: Self, b: Self) -> Self {
        var sum = Self()
        sum.groups = a.groups + b.groups
        sum.bodies = a.bodies + b.bodies
        sum.bytes = a.bytes + b.bytes
        sum.isFinished = b.isFinished
        return sum
    }
}

extension Store {
    /// Forgets superseded values, in one transaction of limited length: strips bodies all of whose
    /// values are named by admissible writes that a peer's backups hold as well (design.md §4).
    ///
    /// Local: no group is written, and neither clock, digest nor projection change. To be called
    /// until it is finished; what was looked at is remembered, so that a later call, also after a
    /// crash, goes on from there. See the note `Sources/Store/3-what-may-be-forgotten.md`.
    ///
    /// - Parameters:
    ///   - moment: milliseconds since 1970 UTC. Only writes superseded before it go. A clock that
    ///     is wrong decides when something goes, never whether it may.
    ///   - limit: groups to look at.
    public func forget(before moment: UInt64, limit: Int = 500) async throws -> ForgetReport {
        try await queue.write { db in
            var forgetting = try Forgetting(store: self, db: db, moment: moment)
            try forgetting.run(limit: max(1, limit))
            return forgetting.report
        }
    }
}

/// One batch of forgetting. It goes through the groups that supersede, branch by branch, and looks
/// from each at the bodies its names point into.
private struct Forgetting {
    let store: Store
    let db: Database
    let reader: LogReader
    let moment: UInt64
    /// How far into each branch a peer's backups reach.
    let coverage: [Int64: UInt64]
    private(set) var report = ForgetReport()
    /// How far into each branch groups supersede for good: backed up by a peer, and old enough.
    private var ends: [Int64: UInt64] = [:]
    /// Groups that were read in this batch, with what counts in them.
    private var read: [Int64: Reading] = [:]
    private static let maximumRead = 32

    private struct Reading {
        var group: Group
        var records: [Projector.Admitted]
    }

    init(store: Store, db: Database, moment: UInt64) throws {
        self.store = store
        self.db = db
        self.moment = moment
        reader = LogReader(db: db, codec: store.codec)
        coverage = try store.peerCoverage(db)
    }

    mutating func run(limit: Int) throws {
        for branch in coverage.keys.sorted() {
            let end = try end(of: branch)
            let known = try UInt64(
                bitPattern: Int64.fetchOne(
                    db.cachedStatement(sql: "SELECT seq FROM forgotten_up_to WHERE branch = ?"),
                    arguments: [branch]) ?? 0)
            // A peer's backups may come to cover less, and the moment may be set back: what was
            // looked at beyond is looked at again when its time has come.
            let from = min(known, end)
            let rows = try Row.fetchAll(
                db.cachedStatement(
                    sql: """
                        SELECT number, seq FROM log WHERE branch = ? AND seq > ? AND seq <= ?
                        ORDER BY seq LIMIT ?
                        """),
                arguments: [branch, Int64(from), Int64(end), limit - report.groups])
            for row in rows { try look(at: row.read(0), of: branch) }
            report.groups += rows.count
            let last = try rows.last.map { UInt64(bitPattern: try $0.read(1)) } ?? from
            if last != known {
                try db.cachedStatement(
                    sql: "INSERT OR REPLACE INTO forgotten_up_to (branch, seq) VALUES (?, ?)"
                ).execute(arguments: [branch, Int64(last)])
            }
            if last < end {
                report.isFinished = false
                return
            }
        }
    }

    /// The last group of a branch that a peer's backups hold and that is older than the moment.
    /// Time never falls along a branch.
    private mutating func end(of branch: Int64) throws -> UInt64 {
        if let known = ends[branch] { return known }
        func isOld(_ seq: UInt64) throws -> Bool {
            let time = try Int64.fetchOne(
                db.cachedStatement(sql: "SELECT time FROM log WHERE branch = ? AND seq = ?"),
                arguments: [branch, Int64(seq)]
            ).held("a group of a branch")
            return HybridTime(stored: time).milliseconds < moment
        }
        let covered = coverage[branch] ?? 0
        var end = covered
        if covered > 0, try !isOld(covered) {
            let first = try Int64.fetchOne(
                db.cachedStatement(sql: "SELECT min(seq) FROM log WHERE branch = ?"),
                arguments: [branch]
            ).held("a branch's first group")
            // The last old one is looked for by halves: at `low` or before, and before `high`.
            var (low, high) = (UInt64(bitPattern: first) &- 1, covered)
            while high - low > 1 {
                let middle = low + (high - low) / 2
                if try isOld(middle) { low = middle } else { high = middle }
            }
            end = low
        }
        ends[branch] = end
        return end
    }

    // MARK: What supersedes

    /// Notes what a group's admissible writes supersede, and strips what thereby may go.
    private mutating func look(at number: Int64, of branch: Int64) throws {
        guard let reading = try reading(number) else { return }
        var named: Set<Int64> = []
        for record in reading.records {
            for write in record.writes {
                for target in write.named where try supersedes(write, in: record, target) {
                    try db.cachedStatement(
                        sql: """
                            INSERT OR IGNORE INTO superseded (group_number, write_index, by_group)
                            VALUES (?, ?, ?)
                            """
                    ).execute(arguments: [target.group, Int64(target.index), number])
                    named.insert(target.group)
                }
            }
        }
        for target in named.sorted() { try forget(target) }
    }

    /// Whether a name counts: the earlier write is of the same field of the same record, is itself
    /// admissible, and stands in a group that still has something to forget.
    private mutating func supersedes(
        _ write: Projector.Write, in record: Projector.Admitted, _ target: LocalWrite
    ) throws -> Bool {
        guard let earlier = try reading(target.group), Self.hasBodies(earlier.group) else {
            return false
        }
        return earlier.records.contains {
            $0.id == record.id && $0.table.type.number == record.table.type.number
                && $0.writes.contains { $0.name == target && $0.field == write.field }
        }
    }

    /// A group and what counts in it; nil when its bytes are not those that were logged, which is
    /// noted.
    private mutating func reading(_ number: Int64) throws -> Reading? {
        if let known = read[number] { return known }
        guard let group = try reader.whole(number) else {
            try Damage.note(number, .bytes, db)
            return nil
        }
        let logged = Projector.Logged(
            group: group, number: number, role: try reader.role(ofGroup: number),
            references: try reader.numbers(of: group.referenced))
        let projector = Projector(
            reader: reader, tables: store.tables, space: group.place.space)
        // What is not in the projection replaced nothing there.
        let isParked = try Projector.isParked(number, db)
        let reading = Reading(
            group: group, records: isParked ? [] : projector.admitted(logged).records)
        if read.count >= Self.maximumRead { read = [:] }
        read[number] = reading
        return reading
    }

    private static func hasBodies(_ group: Group) -> Bool {
        group.changes.contains { change in
            !change.isStripped && change.fields.indices.contains(where: change.hasValue)
        }
    }

    // MARK: What is forgotten

    private mutating func forget(_ number: Int64) throws {
        guard let group = try reading(number)?.group else { return }
        let gone = try superseded(number)
        let bodies = Set(group.changes.indices.filter { mayGo($0, of: group, gone) })
        guard !bodies.isEmpty else { return }
        // Too short values in too many changes: the group would outgrow what a peer may take.
        guard let stripped = try? store.codec.strip(group.bytes, changes: bodies) else { return }
        guard try store.codec.hash(of: stripped) == group.hash else {
            throw StoreError(.damaged, "Group \(number) of the log changed while it was read.")
        }
        try PackedGroup(packing: stripped).replace(number, db)
        read[number] = nil
        report.bodies += bodies.count
        report.bytes += Int64(group.bytes.count) - Int64(stripped.count)
        let isDone = group.changes.indices.allSatisfy { position in
            let change = group.changes[position]
            return bodies.contains(position) || change.isStripped
                || !change.fields.indices.contains(where: change.hasValue)
        }
        if isDone {
            try db.cachedStatement(sql: "DELETE FROM superseded WHERE group_number = ?")
                .execute(arguments: [number])
        }
    }

    /// Whether every value in a body is superseded. A note explains what its group wrote of the
    /// record, so it goes with the last of that, and stays when nothing of it can be superseded.
    private func mayGo(_ position: Int, of group: Group, _ gone: Set<UInt32>) -> Bool {
        let change = group.changes[position]
        guard !change.isStripped else { return false }
        let valued = change.fields.indices.filter(change.hasValue)
        let notes = valued.filter { change.fields[$0] == ReservedField.note }
        guard !valued.isEmpty else { return false }
        if PlantedBug.forgetWhatCounts.isPlanted { return true }
        var needed = Set(valued).subtracting(notes).map { change.firstIndex + UInt32($0) }
        if !notes.isEmpty {
            for other in group.changes
            where other.record == change.record && other.type == change.type {
                needed += other.fields.indices.filter { other.fields[$0] > ReservedField.note }
                    .map { other.firstIndex + UInt32($0) }
            }
        }
        return !needed.isEmpty && needed.allSatisfy(gone.contains)
    }

    /// The writes of a group that are superseded for good.
    private mutating func superseded(_ number: Int64) throws -> Set<UInt32> {
        let rows = try Row.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT s.write_index, l.branch, l.seq FROM superseded s
                    JOIN log l ON l.number = s.by_group WHERE s.group_number = ?
                    """),
            arguments: [number])
        var gone: Set<UInt32> = []
        for row in rows where try UInt64(bitPattern: row.read(2)) <= end(of: row.read(1)) {
            gone.insert(UInt32(truncatingIfNeeded: try row.read(0) as Int64))
        }
        return gone
    }
}
