import GRDB
import SyncCore

/// A backup this node would still restore from, by what it holds.
public struct KeptBackup: Hashable, Sendable {
    /// What tells it from the others, such as its file's name.
    public var name: String
    /// Milliseconds since 1970 UTC.
    public var madeAt: UInt64
    /// The vector clock of every space in it.
    public var clocks: [SpaceID: VectorClock]

    public init(name: String, madeAt: UInt64, clocks: [SpaceID: VectorClock]) {
        self.name = name
        self.madeAt = madeAt
        self.clocks = clocks
    }
}

extension Store {
    /// Replaces the whole set of kept backups: one that is not named any more will not be restored.
    ///
    /// Must be told of a backup that is given up only after it is gone, and of a new one only after
    /// it was verified.
    public func keep(backups: [KeptBackup]) async throws {
        guard try await Set(keptBackups()) != Set(backups) else { return }
        try await queue.write { db in
            try db.execute(sql: "DELETE FROM kept_backup_clocks; DELETE FROM kept_backups")
            for backup in backups {
                try db.cachedStatement(
                    sql: "INSERT OR REPLACE INTO kept_backups (name, made_at) VALUES (?, ?)"
                ).execute(arguments: [backup.name, Int64(clamping: backup.madeAt)])
                for (space, clock) in backup.clocks {
                    try db.cachedStatement(
                        sql: """
                            INSERT OR REPLACE INTO kept_backup_clocks (backup, space, tips)
                            VALUES (?, ?, ?)
                            """
                    ).execute(arguments: [
                        backup.name, Blob(space.bytes), Blob(TipBytes.bytes(clock)),
                    ])
                }
            }
        }
    }

    /// The kept backups, the newest first.
    public func keptBackups() async throws -> [KeptBackup] {
        try await queue.read(Self.keptBackups)
    }

    /// Of each space that every kept backup holds something of, the clock that every one covers:
    /// what this node would still hold after restoring any of them. Empty without a backup.
    ///
    /// A tip that is not logged here covers nothing. Cost: a look-up for each tip of each backup.
    ///
    /// - Parameter spaces: nil for all.
    public func backedUpClocks(
        of spaces: [SpaceID]? = nil
    ) async throws -> [SpaceID: VectorClock] {
        try await queue.read { db in try self.backedUpClocks(of: spaces, db) }
    }

    private static func keptBackups(_ db: Database) throws -> [KeptBackup] {
        try Row.fetchAll(
            db.cachedStatement(
                sql: "SELECT name, made_at FROM kept_backups ORDER BY made_at DESC, name")
        ).map { row in
            let name: String = try row.read(0)
            var clocks: [SpaceID: VectorClock] = [:]
            for row in try Row.fetchAll(
                db.cachedStatement(
                    sql: "SELECT space, tips FROM kept_backup_clocks WHERE backup = ?"),
                arguments: [name])
            {
                let space = try SpaceID(row.bytes(0)).held("a backup's space")
                clocks[space] = try TipBytes.clock(row.bytes(1))
            }
            return KeptBackup(name: name, madeAt: try row.read(1), clocks: clocks)
        }
    }

    func backedUpClocks(
        of spaces: [SpaceID]?, _ db: Database
    ) throws -> [SpaceID: VectorClock] {
        let backups = try Self.keptBackups(db)
        guard let first = backups.first else { return [:] }
        var clocks: [SpaceID: VectorClock] = [:]
        for space in first.clocks.keys
        where spaces?.contains(space) != false {
            guard let log = try logs.known(space, db) else { continue }
            let tree = log.tree
            let coverages = try backups.map { backup in
                try log.coverage(of: backup.clocks[space] ?? .empty, in: tree)
            }
            let tips = try tree.tips(coveredByAll: coverages).map { try log.tip(at: $0) }
            if !tips.isEmpty { clocks[space] = VectorClock(tips) }
        }
        return clocks
    }
}

extension GroupLog {
    /// How far into each branch the past of a clock reaches; tips that are not logged here cover
    /// nothing.
    func coverage(of clock: VectorClock, in tree: BranchTree) throws -> [Int64: UInt64] {
        tree.coverage(
            of: try clock.tips.compactMap { tip in
                try locate(tip.hash).map { BranchTree.Point(branch: $0.branch, seq: $0.seq) }
            })
    }

    /// The group at a point of a branch.
    func tip(at point: BranchTree.Point) throws -> Tip {
        let hash = try Blob.fetchOne(
            db.cachedStatement(sql: "SELECT hash FROM log WHERE branch = ? AND seq = ?"),
            arguments: [point.branch, Int64(point.seq)]
        ).held("a group")
        return Tip(
            stream: try stream(ofBranch: point.branch).held("a branch's stream"), seq: point.seq,
            hash: try GroupHash(hash.bytes).held("a hash"))
    }
}
