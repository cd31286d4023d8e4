import Foundation
import GRDB
import Records
import SyncCore

/// What `gatehouse verify` found.
public struct VerifyReport: Sendable {
    public var groups = 0
    public var writes = 0
    /// Each names a group or table and what is wrong with it.
    public var faults: [String] = []

    public var isSound: Bool { faults.isEmpty }
}

extension Store {
    /// Drops the projection and fills it again from the log, in one transaction.
    ///
    /// Cost: about as long as a first sync of the same groups.
    func rebuildProjection(progress: (@Sendable (Int, Int) -> Void)?) throws {
        try queue.write { db in
            try ProjectionSchema.drop(db)
            try ProjectionSchema.create(db, types)
            try db.execute(sql: "DELETE FROM unprojected")
            try self.project(from: db, progress: progress) { number in
                try LogReader(db: db, codec: self.codec).group(number)
            }
            try Meta.set("projection", ProjectionSchema.fingerprint(types), db)
        }
    }

    /// Rebuilds on request, such as after damage to the projection or news in the directory of
    /// nodes.
    public func reproject(progress: (@Sendable (Int, Int) -> Void)? = nil) async throws {
        try rebuildProjection(progress: progress)
    }

    private func project(
        from db: Database, progress: (@Sendable (Int, Int) -> Void)?,
        group: (Int64) throws -> Group
    ) throws {
        let reader = LogReader(db: db, codec: codec)
        let total = try Int.fetchOne(db, sql: "SELECT count(*) FROM log") ?? 0
        var done = 0
        var number: Int64 = 0
        while let next = try Int64.fetchOne(
            db.cachedStatement(sql: "SELECT min(number) FROM log WHERE number > ?"),
            arguments: [number])
        {
            number = next
            let group = try group(number)
            let remark = try Projector(reader: reader, tables: tables, space: group.place.space)
                .project(
                    Projector.Logged(
                        group: group, number: number, role: reader.role(ofGroup: number),
                        references: reader.numbers(of: group.referenced)))
            if let remark {
                try db.execute(
                    sql: "INSERT OR REPLACE INTO unprojected (group_number, reason) VALUES (?, ?)",
                    arguments: [number, remark])
            }
            done += 1
            if done.isMultiple(of: 100) || done == total { progress?(done, total) }
        }
    }

    /// Recomputes hashes, chain, seals, digests and the projection from the log and compares each
    /// with what is stored.
    ///
    /// Changes nothing. The projection is rebuilt inside a transaction that is rolled back.
    public func verify(
        progress: (@Sendable (Int, Int) -> Void)? = nil
    ) async throws -> VerifyReport {
        try await queue.writeWithoutTransaction { db in
            var report = VerifyReport()
            do {
                try self.verify(&report, progress, db)
            } catch {
                // What cannot be read is a fault like any other; only a disk that fails is not.
                guard let damage = StoreError.damage(behind: error) else { throw error }
                report.faults.append(damage.description)
            }
            return report
        }
    }

    private func verify(
        _ report: inout VerifyReport, _ progress: (@Sendable (Int, Int) -> Void)?, _ db: Database
    ) throws {
        for line in try String.fetchAll(db, sql: "PRAGMA integrity_check(20)") where line != "ok" {
            report.faults.append("SQLite integrity check: \(line)")
        }
        try LogVerifier(store: self, db: db).verify(&report, progress)
        guard report.isSound else { return }
        let before = try projectionFingerprints(db)
        try db.inTransaction {
            try ProjectionSchema.drop(db)
            try ProjectionSchema.create(db, types)
            try project(from: db, progress: nil) { number in
                try LogReader(db: db, codec: codec).group(number)
            }
            for (table, fingerprint) in try projectionFingerprints(db)
            where before[table] != fingerprint {
                report.faults.append(
                    "The table \(table) differs from the log. Run gatehouse verify --repair.")
            }
            return .rollback
        }
    }

    /// One digest a projection table, over all rows and columns. A rebuild numbers rows as the log
    /// came in, so the numbers agree.
    private func projectionFingerprints(_ db: Database) throws -> [String: Digest] {
        var fingerprints: [String: Digest] = [:]
        for table in tables.all.map(\.name) + ProjectionSchema.sharedTables {
            var digest = Digest.zero
            let rows = try Row.fetchCursor(db, sql: "SELECT * FROM \"\(table)\"")
            while let row = try rows.next() {
                var first = FNV()
                for (_, value) in row { first.add(value) }
                digest.add(WriteID(group: GroupHash(first.value, ~first.value, 0, 0), index: 0))
            }
            fingerprints[table] = digest
        }
        return fingerprints
    }
}

/// A quick sum of one row for comparing two projections made by this program; not for anything from
/// outside. Source: Fowler, Noll, Vo, FNV-1a.
private struct FNV {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func add(_ value: DatabaseValue) {
        switch value.storage {
        case .null: add([0])
        case .int64(let integer): add([1] + withUnsafeBytes(of: integer, Array.init))
        case .double(let double): add([2] + withUnsafeBytes(of: double, Array.init))
        case .string(let text): add([3] + Array(text.utf8))
        case .blob(let data): add([4] + Array(data))
        }
    }

    private mutating func add(_ bytes: [UInt8]) {
        for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
    }
}

/// Goes through the log once and checks everything a group says against its bytes and its
/// neighbours.
private struct LogVerifier {
    let store: Store
    let db: Database

    func verify(_ report: inout VerifyReport, _ progress: (@Sendable (Int, Int) -> Void)?) throws {
        var digests: [SpaceID: Digest] = [:]
        var named: Set<WriteID> = []
        let total = try Int.fetchOne(db, sql: "SELECT count(*) FROM log") ?? 0
        var checked: [SpaceID: GroupLog] = [:]
        var unsealed: [StreamID: GroupHash] = [:]
        var ends: [Int64: (number: Int64, tip: Tip)] = [:]
        let rows = try Row.fetchCursor(
            db,
            sql:
                "SELECT number, hash, seal, bytes, seq, branch, time, writes FROM log ORDER BY number"
        )
        while let row = try rows.next() {
            let number: Int64 = try row.read(0)
            report.groups += 1
            if report.groups.isMultiple(of: 100) { progress?(report.groups, total) }
            let bytes = try row.bytes(3)
            let group: Group
            do {
                group = try store.codec.decode(bytes)
            } catch {
                report.faults.append("Group \(number) is damaged: \(error.reason)")
                continue
            }
            guard try GroupHash(row.bytes(1)) == group.hash,
                group.place.seq == UInt64(bitPattern: try row.read(4))
            else {
                report.faults.append("Group \(number) does not have the hash it was stored under.")
                continue
            }
            if try HybridTime(stored: row.read(6)) != group.time || row.read(7) != group.writeCount
            {
                report.faults.append(
                    "The time or count of writes beside group \(number) is not its own.")
            }
            ends[try row.read(5)] = (
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
        for stream in unsealed.keys.sorted() {
            report.faults.append("The last groups of stream \(stream) carry no seal.")
        }
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

    private func check(
        seal: [UInt8]?, of group: Group, _ number: Int64, _ log: GroupLog,
        _ unsealed: inout [StreamID: GroupHash], _ report: inout VerifyReport
    ) {
        let stream = group.place.stream
        guard let seal else {
            unsealed[stream] = group.hash
            return
        }
        unsealed[stream] = nil
        guard let key = log.key(of: stream),
            store.sealing.verifies(seal, group.place, group.hash, by: key)
        else {
            report.faults.append("Group \(number) carries a seal that is not its author's.")
            return
        }
    }
}
