import Foundation
import GRDB
import SyncCore

/// How closely a replica is looked at before anything is written to it.
public enum StartCheck: Sendable {
    /// The last group of every branch, and the number of groups. Cost: a walk through one index.
    case ends
    /// SQLite's own check, then hashes, chain, seals and digests of the whole log; the projection is
    /// made anew. For files that may not belong together. Cost: about as long as a first sync.
    case everything
}

extension Store {
    /// Looks at what is stored before anything is written.
    ///
    /// - Throws: `StoreError.damaged`; the files are as they were.
    func check(_ check: StartCheck, progress: (@Sendable (Int, Int) -> Void)?) throws {
        try queue.read { db in
            guard try db.tableExists("log"), try db.tableExists("branches") else { return }
            if case .everything = check, let line = try IntegrityCheck.faults(db, limit: 1).first {
                throw Self.damaged(line)
            }
            try self.checkEnds(db)
            // A log of an earlier version is checked after the migration, from the start as well.
            guard case .everything = check, try Migrations.migrator.hasCompletedMigrations(db)
            else { return }
            var report = VerifyReport()
            var verifier = LogVerifier(store: self, db: db)
            try verifier.verify(&report, progress)
            if let fault = report.faults.first { throw Self.damaged(fault) }
        }
    }

    /// That the last group of each branch is there, whole, and the number of groups fits.
    private func checkEnds(_ db: Database) throws {
        var expected: Int64 = 0
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT b.number, b.root_seq, b.last_seq, b.last_hash, l.branch, l.seq, l.hash,
                  \(PackedGroup.columns(db))
                FROM branches b LEFT JOIN log l ON l.number = b.last_group
                """)
        while let row = try rows.next() {
            guard let number = row.integer(0), let last = row.integer(2), let hash = row.blob(3),
                row.integer(4) == number, row.integer(5) == last, row.blob(6) == hash
            else { throw Self.damaged("The last group of a branch is not the one it should be.") }
            guard let group = try? codec.decode(PackedGroup(row, at: 7).plain()),
                group.hash.bytes == hash,
                group.place.seq == UInt64(bitPattern: last)
            else { throw Self.damaged("The last group of branch \(number) is not whole.") }
            expected += last - (row.integer(1) ?? 0)
        }
        let count = try Int64.fetchOne(db.cachedStatement(sql: "SELECT count(*) FROM log")) ?? 0
        guard count == expected else {
            throw Self.damaged("The log has \(count) groups and should have \(expected).")
        }
    }

    static func damaged(_ cause: String) -> StoreError {
        StoreError(
            .damaged,
            "The database is damaged. It was left as it is, and nothing of it is sent to anyone. Restore a backup with gatehouse backup restore.",
            cause: cause)
    }
}

/// Columns of a file that may be damaged: GRDB's own reading traps on a value of another type.
extension Row {
    fileprivate func integer(_ column: Int) -> Int64? {
        guard case .int64(let value) = (self[column] as DatabaseValue).storage else { return nil }
        return value
    }

    fileprivate func blob(_ column: Int) -> [UInt8]? {
        guard case .blob(let data) = (self[column] as DatabaseValue).storage else { return nil }
        return Array(data)
    }
}
