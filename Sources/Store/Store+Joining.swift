import GRDB
import Records
import SyncCore

/// What a node that wants to join says, after its signature was checked.
public struct JoinAttempt: Sendable {
    public var codeHash: GroupHash
    public var key: NodeKey
    public var space: SpaceID
    public var officeCode: String
    public var isEmpty: Bool
    /// Of the credential it will get.
    public var credentialHash: GroupHash

    public init(
        codeHash: GroupHash, key: NodeKey, space: SpaceID, officeCode: String, isEmpty: Bool,
        credentialHash: GroupHash
    ) {
        self.codeHash = codeHash
        self.key = key
        self.space = space
        self.officeCode = officeCode
        self.isEmpty = isEmpty
        self.credentialHash = credentialHash
    }
}

/// Why a join is refused (Protocol/exchange.md §2).
public enum JoinRefusal: Error, Sendable {
    case codeUnknown
    case officeKnown
}

extension Store {
    /// Spends the code and keeps the credential's hash, in one transaction. The node is entered into
    /// the directory when it first uses the credential (`enroll`): until then its answer may have
    /// been lost, and it may ask again as something else.
    ///
    /// - Returns: the office space the node belongs to.
    /// - Throws: `JoinRefusal`.
    public func admit(_ attempt: JoinAttempt, at now: UInt64) async throws -> SpaceID {
        try await queue.write { db in
            let space = try Self.space(for: attempt, at: now, db)
            try db.cachedStatement(sql: "UPDATE invitations SET spent_by = ? WHERE code_hash = ?")
                .execute(arguments: [Blob(attempt.key.bytes), Blob(attempt.codeHash.bytes)])
            try db.cachedStatement(
                sql: """
                    INSERT INTO members (key, space, office_code, credential_hash, current_token, pending_token)
                    VALUES (?, ?, ?, ?, x'', x'')
                    ON CONFLICT (key) DO UPDATE SET space = excluded.space,
                      office_code = CASE WHEN space = excluded.space
                        AND EXISTS (SELECT 1 FROM authors a WHERE a.key = excluded.key)
                        THEN office_code ELSE excluded.office_code END,
                      credential_hash = excluded.credential_hash,
                      current_token = x'', pending_token = x''
                    """
            ).execute(arguments: [
                Blob(attempt.key.bytes), Blob(space.bytes), attempt.officeCode,
                Blob(attempt.credentialHash.bytes),
            ])
            return space
        }
    }

    /// Enters a node that has its credential into the directory; its key, role and office stand
    /// from then on.
    public func enroll(
        _ member: Member, nodeRecord: RecordID, _ context: SaveContext
    ) async throws {
        try await queue.write { db in
            guard try Self.enrolledSpace(of: member.key, db) == nil else { return }
            try Directory.trust(member.key, role: .office, space: member.space, db)
            let entry = RecordType.node.entry(key: member.key, role: .office, space: member.space)
            _ = try self.save(
                [RecordEdit(.node, .create(nodeRecord), contents: entry)], context, db)
        }
    }

    private static func space(
        for attempt: JoinAttempt, at now: UInt64, _ db: Database
    ) throws -> SpaceID {
        guard
            let row = try Row.fetchOne(
                db.cachedStatement(
                    sql:
                        "SELECT office_code, expires, spent_by FROM invitations WHERE code_hash = ?"
                ),
                arguments: [Blob(attempt.codeHash.bytes)]),
            try row.read(0) == attempt.officeCode, try row.read(1) > now,
            // The same node asks again when the first answer was lost.
            try row.bytesIfAny(2).map({ $0 == attempt.key.bytes }) ?? true
        else { throw JoinRefusal.codeUnknown }
        if let own = try enrolledSpace(of: attempt.key, db) { return own }
        // What this key asked for before counts no more: it never used it.
        let known = try Blob.fetchOne(
            db.cachedStatement(
                sql: "SELECT space FROM members WHERE office_code = ? AND key <> ? LIMIT 1"),
            arguments: [attempt.officeCode, Blob(attempt.key.bytes)]
        ).flatMap { SpaceID($0.bytes) }
        let isTaken =
            try Bool.fetchOne(
                db.cachedStatement(
                    sql: """
                        SELECT EXISTS (SELECT 1 FROM members
                        WHERE space = ? AND office_code <> ? AND key <> ?)
                        """),
                arguments: [
                    Blob(attempt.space.bytes), attempt.officeCode, Blob(attempt.key.bytes),
                ]) ?? false
        if isTaken { throw JoinRefusal.officeKnown }
        guard let known, known != attempt.space else { return attempt.space }
        guard attempt.isEmpty else { throw JoinRefusal.officeKnown }
        return known
    }

    /// The office a key stands for in the directory, by an entry of this headquarters or one that
    /// came back to it after it was restored.
    private static func enrolledSpace(of key: NodeKey, _ db: Database) throws -> SpaceID? {
        try Blob.fetchOne(
            db.cachedStatement(sql: "SELECT space FROM authors WHERE key = ? AND role = ?"),
            arguments: [Blob(key.bytes), Role.office.rawValue]
        ).flatMap { SpaceID($0.bytes) }
    }
}

/// The company's directory of nodes, carried over into what groups are judged by
/// (Protocol/exchange.md §2).
enum Directory {
    /// Trusts every key that was ever entered, hidden entries included: what a node wrote stays
    /// logged everywhere.
    static func trustAll(_ db: Database) throws {
        let entries = try Row.fetchAll(
            db,
            sql: """
                SELECT key, role, office FROM "\(ProjectionSchema.table(.node))"
                WHERE _state <> \(RecordState.absent.rawValue) ORDER BY id
                """)
        for entry in entries {
            guard let key = (entry[0] as String?).flatMap({ Hexadecimal.bytes($0) }),
                let key = NodeKey(key), let role = (entry[1] as String?).flatMap(Role.init)
            else { continue }
            let space = (entry[2] as String?).map { SpaceID($0) } ?? .company
            guard let space else { continue }
            try trust(key, role: role, space: space, db)
        }
    }

    /// Role and space of a key never change.
    static func trust(_ key: NodeKey, role: Role, space: SpaceID, _ db: Database) throws {
        try db.cachedStatement(
            sql: "INSERT OR IGNORE INTO authors (key, role, space) VALUES (?, ?, ?)"
        ).execute(arguments: [Blob(key.bytes), role.rawValue, Blob(space.bytes)])
    }
}

extension RecordType {
    /// The contents of a directory entry.
    public func entry(
        key: NodeKey, role: Role, space: SpaceID
    ) -> [UInt32: RecordEdit.Content] {
        let values: [String: Value] = [
            "key": .text(key.description),
            "office": space == .company ? .empty : .text(space.description),
            "role": .text(role.rawValue), "active": .integer(1),
        ]
        return values.reduce(into: [:]) { contents, entry in
            if let field = field(named: entry.key) { contents[field.number] = .value(entry.value) }
        }
    }
}
