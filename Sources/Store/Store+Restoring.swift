import GRDB
import Records
import SyncCore

extension Store {
    /// Opens a database only to look at it: nothing is written, not even when it is closed.
    ///
    /// - Parameter isAlone: nobody else has the file. Without a log beside it, it may then lie on a
    ///   medium that cannot be written, and no file is made beside it.
    /// - Throws: `StoreError` `newer-database` or `damaged`.
    public convenience init(
        lookingAt path: String, isAlone: Bool, codec: any GroupCoding, sealing: any Sealing
    ) throws {
        let isImmutable = isAlone && !OpenFile.hasLog(path)
        try self.init(
            looking: Connection(path: path, isImmutable: isImmutable), codec: codec,
            sealing: sealing)
    }

    /// Whether it is the replica of the node whose key it was opened with: the directory knows that
    /// key under this replica's role and space, and no other key writes in the present life.
    public func isOwn() async throws -> Bool {
        try await queue.read { db in
            guard let identity = try Self.identity(db) else { return false }
            return try Bool.fetchOne(
                db,
                sql: """
                    SELECT EXISTS (SELECT 1 FROM authors WHERE key = ?1 AND role = ?2 AND space = ?3)
                      AND NOT EXISTS (SELECT 1 FROM own_streams o JOIN streams s
                        ON s.number = o.stream WHERE s.key <> ?1)
                    """,
                arguments: [
                    Blob(self.sealing.key.bytes), identity.role.rawValue,
                    Blob(identity.space.bytes),
                ]) ?? false
        }
    }

    /// Whether its tables are those of this program, so that the log in it can be checked.
    public func isOfThisVersion() async throws -> Bool {
        try await queue.read(Migrations.migrator.hasCompletedMigrations)
    }

    /// SQLite's own check, then hashes, chain, seals and digests of the log, without the projection
    /// and without writing.
    public func verifyLog(
        progress: (@Sendable (Int, Int) -> Void)? = nil
    ) async throws -> VerifyReport {
        try await queue.read { db in
            var report = VerifyReport()
            for line in try IntegrityCheck.faults(db, limit: 20) {
                report.faults.append("SQLite integrity check: \(line)")
            }
            var verifier = LogVerifier(store: self, db: db)
            try verifier.verify(&report, progress)
            return report
        }
    }

    /// Begins a new life after the database was put back from a backup, and drops what only the
    /// present could know: the exchange tokens, and codes that may have been spent since.
    public func beginAfterRestore(life: String) async throws {
        try await queue.write { db in
            try Life.begin(life, db)
            try db.execute(
                sql: """
                    UPDATE headquarters SET token = x'';
                    UPDATE members SET current_token = x'', pending_token = x'';
                    DELETE FROM invitations;
                    """)
        }
    }

    /// Which groups of a space it holds that a copy restored in its place does not, one by one: the
    /// copy may be ahead of it in its own streams. Takes 32 bytes of memory for each.
    ///
    /// - Parameter clock: of others; what it covers does not count.
    public func lacking(
        in space: SpaceID, at restored: Store, besides clock: VectorClock = .empty
    ) async throws -> Int {
        let stated = try await restored.states(of: [space])[space]?.clock ?? .empty
        var hashes = try await hashesWaiting(in: space, forPeer: stated)
        try await hashes.formIntersection(hashesWaiting(in: space, forPeer: clock))
        return try await restored.queue.read { [logs = restored.logs, hashes] db in
            guard let log = try logs.known(space, db) else { return hashes.count }
            return try hashes.count { try log.locate($0) == nil }
        }
    }

    /// Takes over from the database this one replaces what is no group: whose keys are known, how
    /// headquarters is reached, and who joined since.
    ///
    /// - Returns: false when the other one worked in another office meanwhile and this one holds
    ///   data of its own; then nothing was taken.
    public func takeOver(from later: Store, life: String) async throws -> Bool {
        guard let theirs = try await later.identity(), let ours = try await identity(),
            theirs.role == ours.role
        else { return false }
        if theirs.space != ours.space {
            guard try await isEmpty() else { return false }
            try await adopt(space: theirs.space, life: life)
        }
        if theirs.code != ours.code { try await rename(code: theirs.code) }
        let kept = try await later.queue.read(Membership.init)
        try await queue.write { db in try kept.enter(db) }
        return true
    }

    /// A note of this node for itself; nil when there is none.
    public func note(named name: String) async throws -> String? {
        try await queue.read { db in try Meta.text("note.\(name)", db) }
    }

    public func note(_ text: String, named name: String) async throws {
        try await queue.write { db in try Meta.set("note.\(name)", text, db) }
    }
}

/// Rows about other nodes that no group carries.
private struct Membership: Sendable {
    private let authors: [[DatabaseValue]]
    private let headquarters: [[DatabaseValue]]
    private let members: [[DatabaseValue]]

    init(_ db: Database) throws {
        func rows(_ sql: String) throws -> [[DatabaseValue]] {
            try Row.fetchAll(db, sql: sql).map { Array($0.databaseValues) }
        }
        authors = try rows("SELECT key, role, space FROM authors")
        headquarters = try rows("SELECT only, url, key, credential, x'' FROM headquarters")
        members = try rows(
            """
            SELECT key, space, office_code, credential_hash, x'', x'', schema, clock_difference,
              last_contact, complete_at FROM members
            """)
    }

    func enter(_ db: Database) throws {
        func insert(_ verb: String, _ table: String, _ rows: [[DatabaseValue]]) throws {
            for row in rows {
                let places = row.map { _ in "?" }.joined(separator: ", ")
                try db.execute(
                    sql: "\(verb) INTO \(table) VALUES (\(places))",
                    arguments: StatementArguments(row))
            }
        }
        try insert("INSERT OR IGNORE", "authors", authors)
        try insert("INSERT OR REPLACE", "headquarters", headquarters)
        try insert("INSERT OR REPLACE", "members", members)
    }
}
