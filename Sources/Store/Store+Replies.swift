import GRDB
import Records
import SyncCore

/// What makes a request a repeat of an earlier one.
public struct RequestKey: Hashable, Sendable {
    /// As the program chose it.
    public var key: String
    /// Of everything else in the request: the same key with another one is a mistake of the
    /// program.
    public var fingerprint: String

    public init(key: String, fingerprint: String) {
        self.key = key
        self.fingerprint = fingerprint
    }
}

/// An answer as it was given, and as it is given again to a repeat.
public struct StoredReply: Hashable, Sendable {
    /// Of HTTP.
    public var status: Int
    public var body: [UInt8]

    public init(status: Int, body: [UInt8]) {
        self.status = status
        self.body = body
    }
}

/// The key of a request came with another request before.
public struct RequestKeyReused: Error, Sendable {}

/// What came of a save that is answered with the record.
public struct AnsweredSave: Sendable {
    public var reply: StoredReply
    /// Log numbers of the groups written; empty for a repeat.
    public var groups: [Int64]
}

extension Store {
    /// For how long a repeat gets the first answer.
    public static let replyLifetime: Duration = .seconds(7 * 24 * 60 * 60)

    /// Saves one edit and makes its answer from the record as it is then, in one transaction; keeps
    /// the answer under the key.
    ///
    /// A program whose line was cut sends the request again with the same key: it gets the first
    /// answer and nothing is saved twice, also when the node stopped in between.
    /// - Parameters:
    ///   - key: nil for requests that cannot be repeated safely anyway.
    ///   - reply: makes the answer; called in the transaction, so it only computes.
    /// - Throws: `RequestKeyReused`, and as `save`.
    public func save(
        _ edit: RecordEdit, once key: RequestKey?, _ context: SaveContext,
        checksVersions: Bool = false, reply: @escaping @Sendable (StoredRecord) -> StoredReply
    ) async throws -> AnsweredSave {
        try await queue.write { db in
            if let key, let earlier = try Self.reply(to: key, db) {
                return AnsweredSave(reply: earlier, groups: [])
            }
            let groups = try self.save([edit], context, checksVersions: checksVersions, db)
            let record = try self.record(edit.type, edit.target.id, db).held("a record just saved")
            let answer = reply(record)
            if let key { try Self.keep(answer, for: key, at: context.wallClock, db) }
            return AnsweredSave(reply: answer, groups: groups)
        }
    }

    private static func reply(to key: RequestKey, _ db: Database) throws -> StoredReply? {
        guard
            let row = try Row.fetchOne(
                db.cachedStatement(
                    sql: "SELECT fingerprint, status, body FROM replies WHERE key = ?"),
                arguments: [key.key])
        else { return nil }
        guard try row.read(0) == key.fingerprint else { throw RequestKeyReused() }
        return StoredReply(status: try row.read(1), body: try row.bytes(2))
    }

    private static func keep(
        _ reply: StoredReply, for key: RequestKey, at now: UInt64, _ db: Database
    ) throws {
        let oldest = Int64(now) - replyLifetime.components.seconds * 1_000
        try db.cachedStatement(sql: "DELETE FROM replies WHERE at < ?").execute(arguments: [oldest])
        try db.cachedStatement(
            sql: "INSERT INTO replies (key, fingerprint, status, body, at) VALUES (?, ?, ?, ?, ?)"
        ).execute(arguments: [key.key, key.fingerprint, reply.status, Blob(reply.body), Int64(now)])
    }
}
