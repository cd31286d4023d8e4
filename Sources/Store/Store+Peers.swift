import GRDB
import Records
import SyncCore

/// What a peer last said it holds committed of a space.
public struct Receipt: Hashable, Sendable {
    public var state: SpaceState
    /// Milliseconds since 1970 UTC, by this node's clock.
    public var at: UInt64
}

/// The one peer of an office.
public struct Headquarters: Sendable {
    public var url: String
    public var key: NodeKey
    /// 32 bytes; the bearer token.
    public var credential: [UInt8]
    /// The exchange token last received; empty before the first exchange.
    public var token: [UInt8]

    public init(url: String, key: NodeKey, credential: [UInt8], token: [UInt8]) {
        self.url = url
        self.key = key
        self.credential = credential
        self.token = token
    }
}

/// A node that joined headquarters.
public struct Member: Sendable {
    public var key: NodeKey
    public var space: SpaceID
    public var officeCode: String
    public var currentToken: [UInt8]
    public var pendingToken: [UInt8]
    public var schema: UInt32
    /// Its wall clock minus ours at last contact, in milliseconds.
    public var clockDifference: Int64
    /// Milliseconds since 1970 UTC; 0 before the first contact.
    public var lastContact: UInt64
    /// When this side last held all the node said to have.
    public var completeAt: UInt64
    /// Whether it stands in the directory: it has used its credential.
    public var isEnrolled: Bool
    /// Headquarters took its credential away.
    public var isSwitchedOff: Bool
}

/// One exchange as the history shows it.
public struct ExchangeRecord: Sendable {
    public var peer: NodeKey
    public var began: UInt64
    public var ended: UInt64
    /// A word of ux.md §5.3, or `done`.
    public var state: String
    public var code: String?
    public var sent: Int
    public var received: Int
    public var rounds: Int
    public var sentBytes: Int
    public var receivedBytes: Int

    public init(
        peer: NodeKey, began: UInt64, ended: UInt64, state: String, code: String?, sent: Int,
        received: Int, rounds: Int, sentBytes: Int, receivedBytes: Int
    ) {
        self.peer = peer
        self.began = began
        self.ended = ended
        self.state = state
        self.code = code
        self.sent = sent
        self.received = received
        self.rounds = rounds
        self.sentBytes = sentBytes
        self.receivedBytes = receivedBytes
    }
}

extension Store {
    // MARK: Receipts

    public func receipts(of peer: NodeKey) async throws -> [SpaceID: Receipt] {
        try await queue.read { db in try Self.receipts(of: peer, db) }
    }

    static func receipts(of peer: NodeKey, _ db: Database) throws -> [SpaceID: Receipt] {
        var receipts: [SpaceID: Receipt] = [:]
        for row in try Row.fetchAll(
            db.cachedStatement(
                sql: "SELECT space, tips, digest, at FROM receipts WHERE peer = ?"),
            arguments: [Blob(peer.bytes)])
        {
            let space = try SpaceID(row.bytes(0)).held("a receipt's space")
            let digest = try Digest(row.bytes(2)).held("a receipt's digest")
            receipts[space] = Receipt(
                state: SpaceState(clock: try TipBytes.clock(row.bytes(1)), digest: digest),
                at: try row.read(3))
        }
        return receipts
    }

    /// What an exchange taught an office: what headquarters is now believed to hold, also less than
    /// before, for a restored peer has forgotten, and the exchange token it drew.
    public func note(
        receipts: [SpaceID: SpaceState], of peer: NodeKey, token: [UInt8], at now: UInt64
    ) async throws {
        try await queue.write { db in
            try Self.note(receipts, of: peer, at: now, db)
            try db.cachedStatement(sql: "UPDATE headquarters SET token = ?")
                .execute(arguments: [Blob(token)])
        }
    }

    private static func note(
        _ receipts: [SpaceID: SpaceState], of peer: NodeKey, at now: UInt64, _ db: Database
    ) throws {
        for (space, state) in receipts {
            try db.cachedStatement(
                sql: """
                    INSERT OR REPLACE INTO receipts (peer, space, tips, digest, at)
                    VALUES (?, ?, ?, ?, ?)
                    """
            ).execute(arguments: [
                Blob(peer.bytes), Blob(space.bytes), Blob(TipBytes.bytes(state.clock)),
                Blob(state.digest.bytes), Int64(now),
            ])
        }
    }

    // MARK: Headquarters, as an office knows it

    public func headquarters() async throws -> Headquarters? {
        try await queue.read { db in
            try Row.fetchOne(
                db.cachedStatement(sql: "SELECT url, key, credential, token FROM headquarters")
            ).map {
                Headquarters(
                    url: try $0.read(0), key: try NodeKey($0.bytes(1)).held("headquarters' key"),
                    credential: try $0.bytes(2), token: try $0.bytes(3))
            }
        }
    }

    public func set(headquarters: Headquarters) async throws {
        try await queue.write { db in
            try db.cachedStatement(
                sql: """
                    INSERT OR REPLACE INTO headquarters (only, url, key, credential, token)
                    VALUES (1, ?, ?, ?, ?)
                    """
            ).execute(arguments: [
                headquarters.url, Blob(headquarters.key.bytes),
                Blob(headquarters.credential), Blob(headquarters.token),
            ])
        }
    }

    // MARK: Members, as headquarters knows them

    public func member(credentialHash: GroupHash) async throws -> Member? {
        try await queue.read { db in
            try Row.fetchOne(
                db.cachedStatement(sql: Self.memberColumns + " WHERE credential_hash = ?"),
                arguments: [Blob(credentialHash.bytes)]
            ).map(Self.member)
        }
    }

    public func members() async throws -> [Member] {
        try await queue.read { db in
            try Row.fetchAll(db, sql: Self.memberColumns + " ORDER BY office_code, key").map(
                Self.member)
        }
    }

    private static let memberColumns = """
        SELECT key, space, office_code, current_token, pending_token, schema, clock_difference,
          last_contact, complete_at, EXISTS (SELECT 1 FROM authors a WHERE a.key = members.key),
          \(isSwitchedOff("members.key"))
        FROM members
        """

    /// Whether headquarters took a node's credential away (exchange.md §2, `active`).
    public func isSwitchedOff(_ key: NodeKey) async throws -> Bool {
        try await queue.read { db in
            try Bool.fetchOne(
                db.cachedStatement(sql: "SELECT \(Self.isSwitchedOff("?"))"),
                arguments: [Blob(key.bytes)]) ?? false
        }
    }

    private static func isSwitchedOff(_ key: String) -> String {
        """
        EXISTS (SELECT 1 FROM lookup l JOIN "nodes" n ON n.row = l.row
          WHERE l.kind = \(LookupKeys.Kind.number.rawValue) AND l.key = lower(hex(\(key)))
          AND l.type = \(RecordType.node.number) AND n.active = 0)
        """
    }

    private static func member(_ row: Row) throws -> Member {
        Member(
            key: try NodeKey(row.bytes(0)).held("a member's key"),
            space: try SpaceID(row.bytes(1)).held("a member's space"),
            officeCode: try row.read(2), currentToken: try row.bytes(3),
            pendingToken: try row.bytes(4), schema: try row.read(5),
            clockDifference: try row.read(6), lastContact: try row.read(7),
            completeAt: try row.read(8), isEnrolled: try row.read(9),
            isSwitchedOff: try row.read(10))
    }

    /// What an exchange taught headquarters about a member; `receipts` as far as they changed.
    public func note(
        _ member: Member, receipts: [SpaceID: SpaceState] = [:], at now: UInt64
    ) async throws {
        try await queue.write { db in
            try Self.note(receipts, of: member.key, at: now, db)
            try db.cachedStatement(
                sql: """
                    UPDATE members SET current_token = ?, pending_token = ?, schema = ?,
                      clock_difference = ?, last_contact = ?, complete_at = ? WHERE key = ?
                    """
            ).execute(arguments: [
                Blob(member.currentToken), Blob(member.pendingToken), Int64(member.schema),
                member.clockDifference, Int64(member.lastContact), Int64(member.completeAt),
                Blob(member.key.bytes),
            ])
        }
    }

    /// Keeps a join code's hash until it expires.
    ///
    /// - Parameter expires: milliseconds since 1970 UTC.
    public func invite(codeHash: GroupHash, officeCode: String, expires: UInt64) async throws {
        try await queue.write { db in
            try db.cachedStatement(
                sql: "INSERT INTO invitations (code_hash, office_code, expires) VALUES (?, ?, ?)"
            ).execute(arguments: [Blob(codeHash.bytes), officeCode, Int64(expires)])
        }
    }

    // MARK: History of exchanges and refusals

    /// Keeps the last thousand.
    public func note(_ exchange: ExchangeRecord) async throws {
        try await queue.write { db in
            try db.cachedStatement(
                sql: """
                    INSERT INTO exchanges (peer, began, ended, state, code, sent, received, rounds,
                      sent_bytes, received_bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """
            ).execute(arguments: [
                Blob(exchange.peer.bytes), Int64(exchange.began), Int64(exchange.ended),
                exchange.state, exchange.code, exchange.sent, exchange.received,
                exchange.rounds, exchange.sentBytes, exchange.receivedBytes,
            ])
            try db.cachedStatement(sql: "DELETE FROM exchanges WHERE number <= ?").execute(
                arguments: [db.lastInsertedRowID - 1_000])
        }
    }

    public func exchanges(limit: Int) async throws -> [ExchangeRecord] {
        try await queue.read { db in
            try Row.fetchAll(
                db.cachedStatement(
                    sql: """
                        SELECT peer, began, ended, state, code, sent, received, rounds, sent_bytes,
                          received_bytes FROM exchanges ORDER BY number DESC LIMIT ?
                        """), arguments: [limit]
            ).map { row in
                try ExchangeRecord(
                    peer: NodeKey(row.bytes(0)).held("a peer"),
                    began: row.read(1), ended: row.read(2), state: row.read(3),
                    code: row.readIfAny(4), sent: row.read(5), received: row.read(6),
                    rounds: row.read(7), sentBytes: row.read(8), receivedBytes: row.read(9))
            }
        }
    }

    /// Counts a refusal of a peer, by code.
    public func note(refusal code: String, of peer: NodeKey?, at now: UInt64) async throws {
        try await queue.write { db in
            try db.cachedStatement(
                sql: """
                    INSERT INTO refusals (code, peer, count, last) VALUES (?, ?, 1, ?)
                    ON CONFLICT (code, peer) DO UPDATE SET count = count + 1, last = excluded.last
                    """
            ).execute(arguments: [code, Blob(peer?.bytes ?? []), Int64(now)])
        }
    }

    public func refusals() async throws -> [(code: String, peer: NodeKey?, count: Int)] {
        try await queue.read { db in
            try Row.fetchAll(
                db.cachedStatement(
                    sql: "SELECT code, peer, count FROM refusals ORDER BY code, peer")
            )
            .map { (try $0.read(0), NodeKey(try $0.bytes(1)), try $0.read(2)) }
        }
    }
}

/// Tips as one blob: stream, seq and hash, 56 bytes each.
enum TipBytes {
    static func bytes(_ clock: VectorClock) -> [UInt8] {
        var bytes: [UInt8] = []
        for tip in clock.tips {
            bytes += tip.stream.bytes
            bytes.append(word: tip.seq)
            tip.hash.append(to: &bytes)
        }
        return bytes
    }

    static func clock(_ bytes: [UInt8]) throws -> VectorClock {
        guard bytes.count.isMultiple(of: 56) else {
            throw StoreError(.damaged, "A receipt cannot be read. Run gatehouse verify.")
        }
        var tips: [Tip] = []
        for at in stride(from: 0, to: bytes.count, by: 56) {
            let stream = try StreamID(bytes[at..<at + 16]).held("a stream")
            var seq: UInt64 = 0
            for byte in bytes[at + 16..<at + 24] { seq = seq << 8 | UInt64(byte) }
            let hash = try GroupHash(bytes[at + 24..<at + 56]).held("a hash")
            tips.append(Tip(stream: stream, seq: seq, hash: hash))
        }
        return VectorClock(tips)
    }
}
