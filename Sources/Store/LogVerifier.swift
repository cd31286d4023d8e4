import GRDB
import SyncCore

/// Goes through the log once and checks everything a group says against its bytes and its
/// neighbours.
struct LogVerifier {
    let store: Store
    let db: Database
    /// What was found damaged, by log number.
    private(set) var damage: [Int64: Damage.Reason] = [:]

    init(store: Store, db: Database) {
        self.store = store
        self.db = db
    }

    mutating func verify(
        _ report: inout VerifyReport, _ progress: (@Sendable (Int, Int) -> Void)?
    ) throws {
        var digests: [SpaceID: Digest] = [:]
        var named: Set<WriteID> = []
        let total = try Int.fetchOne(db, sql: "SELECT count(*) FROM log") ?? 0
        var checked: [SpaceID: GroupLog] = [:]
        var unsealed: [StreamID: Int64] = [:]
        var ends: [Int64: (number: Int64, tip: Tip)] = [:]
        let rows = try Row.fetchCursor(
            db,
            sql:
                """
                SELECT number, hash, seal, bytes, plain_length, seq, branch, time, writes
                FROM log ORDER BY number
                """
        )
        while let row = try rows.next() {
            let number: Int64 = try row.read(0)
            report.groups += 1
            if report.groups.isMultiple(of: 100) { progress?(report.groups, total) }
            guard let group = try decoded(row, number, &report) else { continue }
            if try HybridTime(stored: row.read(7)) != group.time || row.read(8) != group.writeCount
            {
                report.faults.append(
                    "The time or count of writes beside group \(number) is not its own.")
            }
            ends[try row.read(6)] = (
                number,
                Tip(stream: group.place.stream, seq: group.place.seq, hash: group.hash)
            )
            report.writes += group.writeCount
            let log = try checked[group.place.space] ?? GroupLog(db, group.place.space)
            checked[group.place.space] = log
            for hash in group.past {
                guard let past = try log.locate(hash), past.number < number else {
                    report.faults.append("Group \(number) builds on a group that is not held.")
                    break
                }
            }
            try check(seal: row.bytesIfAny(2), of: group, number, log, &unsealed, &report)
            for index in 0..<UInt32(group.writeCount) {
                digests[group.place.space, default: .zero].add(
                    WriteID(group: group.hash, index: index))
            }
            for change in group.changes {
                for name in change.named {
                    let target = WriteID(
                        group: group.referenced[Int(name.target.group)], index: name.target.index)
                    if named.insert(target).inserted {
                        digests[group.place.space, default: .zero].remove(target)
                    }
                }
            }
        }
        // What follows compares sums over the whole log: they say nothing while a part of it cannot
        // be read.
        if damage.values.contains(.bytes) { return }
        for (space, log) in checked where log.digest != digests[space] {
            report.faults.append("The digest of \(space) does not fit its log.")
        }
        for log in checked.values {
            for (branch, end) in log.ends {
                if ends[branch].map({ $0 == end }) != true {
                    report.faults.append("The end of branch \(branch) does not fit its log.")
                }
            }
        }
        if try self.named() != named {
            report.faults.append("The list of named writes does not fit the log.")
        }
        for (stream, number) in unsealed.sorted(by: { $0.key < $1.key }) {
            damage[number] = .seal
            report.damaged += 1
            report.faults.append(
                "The last groups of stream \(stream) carry no seal. Run gatehouse verify --repair.")
        }
    }

    /// The group in a row of the log; nil, and reported, when the bytes are not those of its hash.
    private mutating func decoded(
        _ row: Row, _ number: Int64, _ report: inout VerifyReport
    ) throws -> Group? {
        let hash = try GroupHash(row.bytes(1))
        let packed = try PackedGroup(row, at: 3)
        let seq = UInt64(bitPattern: try row.read(5))
        var reason = "Its bytes do not have the hash they were stored under."
        do {
            let group = try store.codec.decode(packed.plain())
            if hash == group.hash, group.place.seq == seq { return group }
        } catch {
            reason = error.reason
        }
        damage[number] = .bytes
        report.damaged += 1
        let whole =
            try Damage.isShared(branch: row.read(6), db)
            ? "The next exchange fetches it again." : "No other node has it; only a backup does."
        report.faults.append(
            "Group \(number) (\(hash?.description.prefix(16) ?? "")…) is damaged on this disk. "
                + "\(reason) \(whole)")
        return nil
    }

    /// The writes that the log is said to name.
    private func named() throws -> Set<WriteID> {
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT l.hash, n.write_index FROM named n LEFT JOIN log l ON l.number = n.group_number
                """)
        var named: Set<WriteID> = []
        while let row = try rows.next() {
            let hash = try row.bytesIfAny(0).flatMap(GroupHash.init) ?? GroupHash(0, 0, 0, 0)
            named.insert(
                WriteID(group: hash, index: UInt32(truncatingIfNeeded: try row.read(1) as Int64)))
        }
        return named
    }

    private mutating func check(
        seal: [UInt8]?, of group: Group, _ number: Int64, _ log: GroupLog,
        _ unsealed: inout [StreamID: Int64], _ report: inout VerifyReport
    ) {
        let stream = group.place.stream
        guard let seal else {
            unsealed[stream] = number
            return
        }
        unsealed[stream] = nil
        guard let key = log.key(of: stream),
            store.sealing.verifies(seal, group.place, group.hash, by: key)
        else {
            damage[number] = .seal
            report.damaged += 1
            report.faults.append(
                "Group \(number) carries a seal that is not its author's. "
                    + "Run gatehouse verify --repair.")
            return
        }
    }
}
