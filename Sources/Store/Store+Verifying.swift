import Foundation
import GRDB
import Records
import SyncCore

/// What `gatehouse verify` found.
public struct VerifyReport: Sendable {
    public var groups = 0
    public var writes = 0
    /// Groups whose bytes or seal are not those that were logged.
    public var damaged = 0
    /// Groups with values that are current and not here. No fault: this replica holds all it was
    /// sent, and asks for them at the next exchange.
    public var missing = 0
    /// Of both, those that no peer holds.
    public var onlyInBackups = 0
    /// Each names a group or table, what is wrong with it, and the next step.
    public var faults: [String] = []
    /// What was mended, as sentences; by `repair` only.
    public var repairs: [String] = []

    public var isSound: Bool { faults.isEmpty }
}

extension Store {
    /// Recomputes hashes, chain, seals, digests and the projection from the log and compares each
    /// with what is stored.
    ///
    /// Changes nothing but the list of what is damaged, and seals that can be done without or made
    /// anew. The projection is rebuilt inside a transaction that is rolled back.
    public func verify(
        progress: (@Sendable (Int, Int) -> Void)? = nil
    ) async throws -> VerifyReport {
        try await queue.writeWithoutTransaction { db in try self.verify(db, progress) }
    }

    /// Verifies, and mends what can be mended here: a projection or a sum that differs from the log
    /// is made anew, a seal of one's own as well. What is damaged or missing is asked for again at
    /// the next exchange, also if a peer was asked before.
    ///
    /// - Returns: what is left, and what was mended.
    public func repair(
        progress: (@Sendable (Int, Int) -> Void)? = nil
    ) async throws -> VerifyReport {
        try await queue.writeWithoutTransaction { db in
            let found = try self.verify(db, progress)
            try db.inTransaction {
                try db.execute(sql: "DELETE FROM asked")
                return .commit
            }
            if found.isSound { return found }
            var repairs: [String] = []
            if found.damaged == 0 {
                try db.inTransaction {
                    try LogSums(store: self, db: db).rewrite()
                    try self.rebuildProjection(db, progress: nil)
                    return .commit
                }
                repairs.append("The digests and the projection were made anew from the log.")
            }
            var left = try self.verify(db, nil)
            if left.damaged < found.damaged {
                repairs.append("\(found.damaged - left.damaged) seals were mended.")
            }
            left.repairs = repairs
            return left
        }
    }

    private func verify(
        _ db: Database, _ progress: (@Sendable (Int, Int) -> Void)?
    ) throws -> VerifyReport {
        var report = VerifyReport()
        do {
            try verify(&report, progress, db)
        } catch {
            // What cannot be read is a fault like any other; only a disk that fails is not.
            guard let damage = StoreError.damage(behind: error) else { throw error }
            report.faults.append(damage.description)
        }
        return report
    }

    private func verify(
        _ report: inout VerifyReport, _ progress: (@Sendable (Int, Int) -> Void)?, _ db: Database
    ) throws {
        for line in try IntegrityCheck.faults(db, limit: 20) {
            report.faults.append("SQLite integrity check: \(line)")
        }
        var verifier = LogVerifier(store: self, db: db)
        try verifier.verify(&report, progress)
        try list(verifier.damage, db)
        report.onlyInBackups = try Damage.onlyInBackups(db)
        guard report.isSound else { return }
        try compareProjection(&report, db)
        report.missing =
            try Int.fetchOne(db, sql: "SELECT count(DISTINCT group_number) FROM missing") ?? 0
    }

    /// The list of what is damaged says from now on what was found.
    private func list(_ damage: [Int64: Damage.Reason], _ db: Database) throws {
        let isListed = try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM damaged)") ?? false
        guard isListed || !damage.isEmpty else { return }
        try db.inTransaction {
            try db.execute(sql: "DELETE FROM damaged")
            try note(damage, db)
            return .commit
        }
    }

    private func compareProjection(_ report: inout VerifyReport, _ db: Database) throws {
        let before = try projectionFingerprints(db)
        if try !tables.all.allSatisfy({ try TextFilters.areSound(db, $0) }) {
            report.faults.append(Self.difference(ProjectionSchema.textFilters))
        }
        try db.inTransaction {
            try ProjectionSchema.drop(db)
            try ProjectionSchema.create(db, types)
            try project(from: db, progress: nil)
            for (table, fingerprint) in try projectionFingerprints(db)
            where before[table] != fingerprint {
                report.faults.append(Self.difference(table))
            }
            return .rollback
        }
    }

    private static func difference(_ table: String) -> String {
        "The table \(table) differs from the log. Run gatehouse verify --repair."
    }

    /// One digest a projection table, over all rows and columns. A rebuild numbers rows as the log
    /// came in, so the numbers agree.
    private func projectionFingerprints(_ db: Database) throws -> [String: Digest] {
        var fingerprints: [String: Digest] = [:]
        for table in tables.all.map(\.name) + ProjectionSchema.sharedTables
        where table != ProjectionSchema.textFilters {
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
