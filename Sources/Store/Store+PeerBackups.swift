import GRDB
import SyncCore

/// What peers say their backups cover, and what they were told of ours (Protocol/exchange.md §4.1).
/// A hint: it decides about forgetting only.
extension Store {
    /// Replaces a peer's word for what every backup it would restore covers, also by less.
    ///
    /// - Parameter clocks: of the spaces it spoke of; an empty clock says that nothing is covered.
    public func note(
        backedUp clocks: [SpaceID: VectorClock], of peer: NodeKey
    ) async throws {
        if clocks.isEmpty { return }
        let known = try await peerBackups(of: peer)
        guard
            known.merging(clocks, uniquingKeysWith: { $1 }).filter({ $0.value != .empty }) != known
        else { return }
        try await queue.write { db in
            for (space, clock) in clocks {
                try db.cachedStatement(sql: "DELETE FROM peer_backups WHERE peer = ? AND space = ?")
                    .execute(arguments: [Blob(peer.bytes), Blob(space.bytes)])
                guard clock != .empty else { continue }
                try db.cachedStatement(
                    sql: "INSERT INTO peer_backups (peer, space, tips) VALUES (?, ?, ?)"
                ).execute(arguments: [
                    Blob(peer.bytes), Blob(space.bytes), Blob(TipBytes.bytes(clock)),
                ])
            }
        }
    }

    /// What a peer last said its backups cover; spaces of which they cover nothing are absent.
    public func peerBackups(of peer: NodeKey) async throws -> [SpaceID: VectorClock] {
        try await queue.read { db in
            try Row.fetchAll(
                db.cachedStatement(sql: "SELECT space, tips FROM peer_backups WHERE peer = ?"),
                arguments: [Blob(peer.bytes)]
            ).reduce(into: [:]) { clocks, row in
                clocks[try SpaceID(row.bytes(0)).held("a space")] = try TipBytes.clock(row.bytes(1))
            }
        }
    }

    /// Whether a peer was told just this of our backups.
    public func wasTold(
        backedUp clocks: [SpaceID: VectorClock], _ peer: NodeKey
    ) async throws -> Bool {
        try await queue.read { db in try Self.wasTold(backedUp: clocks, peer, db) }
    }

    static func wasTold(
        backedUp clocks: [SpaceID: VectorClock], _ peer: NodeKey, _ db: Database
    ) throws -> Bool {
        let told = try Blob.fetchOne(
            db.cachedStatement(sql: "SELECT statement FROM told_backups WHERE peer = ?"),
            arguments: [Blob(peer.bytes)])
        return (told?.bytes ?? []) == statement(clocks)
    }

    /// Keeps what a peer was told.
    public func note(
        toldBackedUp clocks: [SpaceID: VectorClock], _ peer: NodeKey
    ) async throws {
        guard try await !wasTold(backedUp: clocks, peer) else { return }
        try await queue.write { db in
            try db.cachedStatement(
                sql: "INSERT OR REPLACE INTO told_backups (peer, statement) VALUES (?, ?)"
            ).execute(arguments: [Blob(peer.bytes), Blob(Self.statement(clocks))])
        }
    }

    private static func statement(_ clocks: [SpaceID: VectorClock]) -> [UInt8] {
        clocks.filter { $0.value != .empty }.sorted { $0.key < $1.key }.flatMap {
            $0.key.bytes + TipBytes.bytes($0.value)
        }
    }

    /// How far into each branch of each space some peer's backups reach: at an office those of its
    /// headquarters, at headquarters those of any one node that shares the space.
    func peerCoverage(_ db: Database) throws -> [Int64: UInt64] {
        var coverage: [Int64: UInt64] = [:]
        let rows = try Row.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT space, tips FROM peer_backups WHERE peer IN
                      (SELECT key FROM headquarters UNION SELECT key FROM members)
                    ORDER BY space
                    """))
        for (space, rows) in try Dictionary(grouping: rows, by: { try $0.bytes(0) }) {
            let space = try SpaceID(space).held("a space")
            guard let log = try logs.known(space, db) else { continue }
            let tree = log.tree
            for row in rows {
                let clock = try TipBytes.clock(row.bytes(1))
                coverage.merge(try log.coverage(of: clock, in: tree), uniquingKeysWith: max)
            }
        }
        return coverage
    }
}
