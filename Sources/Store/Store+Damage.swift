import GRDB
import SyncCore

/// What is wrong with the bytes this replica holds, in groups.
public struct DamageSummary: Hashable, Sendable {
    /// Groups whose bytes or seal are not those that were logged. Nothing of them is sent.
    public var damaged = 0
    /// Groups whole in themselves, with values that are current and not here.
    public var missing = 0
    /// Of both, those in spaces that no peer has ever said it holds: no exchange brings them back.
    public var onlyInBackups = 0

    public init() {}
}

/// Groups that cannot be trusted as they stand on this disk.
enum Damage {
    enum Reason: String {
        /// The bytes do not have the hash they were logged under.
        case bytes
        /// The seal is not the author's.
        case seal
    }

    static func note(_ group: Int64, _ reason: Reason, _ db: Database) throws {
        try db.cachedStatement(
            sql: "INSERT OR IGNORE INTO damaged (group_number, reason) VALUES (?, ?)"
        ).execute(arguments: [group, reason.rawValue])
    }

    /// Groups that are damaged or lack values, in spaces of which there is no receipt.
    static func onlyInBackups(_ db: Database) throws -> Int {
        try Int.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT count(*) FROM
                      (SELECT group_number FROM damaged UNION SELECT group_number FROM missing) w
                    JOIN log l ON l.number = w.group_number
                    JOIN branches b ON b.number = l.branch
                    JOIN spaces s ON s.number = b.space
                    WHERE s.id NOT IN (SELECT space FROM receipts)
                    """)) ?? 0
    }

    /// Whether a peer has said that it holds something of a branch's space.
    static func isShared(branch: Int64, _ db: Database) throws -> Bool {
        try Bool.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT EXISTS (SELECT 1 FROM branches b JOIN spaces s ON s.number = b.space
                    JOIN receipts r ON r.space = s.id WHERE b.number = ?)
                    """), arguments: [branch]) ?? false
    }
}

extension Store {
    /// How much is damaged or missing, as far as it was noticed: by `verify`, by sending, by
    /// forgetting.
    public func damage() async throws -> DamageSummary {
        try await queue.read { db in
            // Nearly always nothing is, and every page asks.
            guard try !Mending.isEverythingWhole(db) else { return DamageSummary() }
            var summary = DamageSummary()
            summary.damaged =
                try Int.fetchOne(db.cachedStatement(sql: "SELECT count(*) FROM damaged")) ?? 0
            summary.missing =
                try Int.fetchOne(
                    db.cachedStatement(sql: "SELECT count(DISTINCT group_number) FROM missing"))
                ?? 0
            summary.onlyInBackups = try Damage.onlyInBackups(db)
            return summary
        }
    }

    func note(_ damage: [Int64: Damage.Reason]) async throws {
        guard !damage.isEmpty else { return }
        try await queue.write { db in try self.note(damage, db) }
    }

    /// Seals that can be done without or made anew are mended at once; everything else is kept for
    /// the next exchange.
    func note(_ damage: [Int64: Damage.Reason], _ db: Database) throws {
        for (number, reason) in damage.sorted(by: { $0.key < $1.key }) {
            if try reason == .seal && mendSeal(number, db) { continue }
            try Damage.note(number, reason, db)
        }
    }

    /// Leaves a seal out where a later one of its branch covers the group, and makes one's own anew.
    private func mendSeal(_ number: Int64, _ db: Database) throws -> Bool {
        let isCovered =
            try Bool.fetchOne(
                db.cachedStatement(
                    sql: """
                        SELECT EXISTS (SELECT 1 FROM log l JOIN log n ON n.branch = l.branch
                        AND n.seq = l.seq + 1 WHERE l.number = ?)
                        """), arguments: [number]) ?? false
        guard let group = try LogReader(db: db, codec: codec).whole(number) else { return false }
        let log = try logs.open(group.place.space, db)
        let isOwn = log.key(of: group.place.stream) == sealing.key
        guard isCovered || isOwn else { return false }
        let seal = isOwn ? sealing.seal(group.place, group.hash) : nil
        try db.cachedStatement(sql: "UPDATE log SET seal = ? WHERE number = ?").execute(arguments: [
            seal.map(Blob.init), number,
        ])
        return true
    }

    /// How long a peer is left alone after it could not help, in milliseconds.
    private static let patience: UInt64 = 3_600_000

    /// Groups to ask a peer for, by space: damaged ones and those with missing values, in log order,
    /// except what it was asked for within the last hour. Spaces without any are absent.
    ///
    /// - Parameter now: milliseconds since 1970 UTC.
    public func wants(
        in spaces: [SpaceID], from peer: NodeKey, at now: UInt64
    ) async throws -> [SpaceID: [GroupHash]] {
        try await queue.read { db in
            // Nearly always nothing is.
            guard try !Mending.isEverythingWhole(db) else { return [:] }
            return try spaces.reduce(into: [:]) { wants, space in
                let hashes = try Self.wants(in: space, from: peer, at: now, db)
                if !hashes.isEmpty { wants[space] = hashes }
            }
        }
    }

    private static func wants(
        in space: SpaceID, from peer: NodeKey, at now: UInt64, _ db: Database
    ) throws -> [GroupHash] {
        try Blob.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT l.hash FROM
                      (SELECT group_number FROM damaged UNION SELECT group_number FROM missing) w
                    JOIN log l ON l.number = w.group_number
                    JOIN branches b ON b.number = l.branch
                    JOIN spaces s ON s.number = b.space
                    LEFT JOIN asked a ON a.peer = ? AND a.group_number = w.group_number
                    WHERE s.id = ? AND (a.at IS NULL OR a.at > ? OR a.at <= ?)
                    ORDER BY w.group_number LIMIT ?
                    """),
            arguments: [
                Blob(peer.bytes), Blob(space.bytes), Int64(clamping: now),
                Int64(clamping: now) - Int64(patience), Limits.maximumWantPerSpace,
            ]
        ).map { try GroupHash($0.bytes).held("a hash") }
    }

    /// Keeps which groups a peer was asked for, so that it is not asked at every exchange.
    public func note(asked hashes: [GroupHash], of peer: NodeKey, at now: UInt64) async throws {
        guard !hashes.isEmpty else { return }
        try await queue.write { db in
            for hash in hashes {
                try db.cachedStatement(
                    sql: """
                        INSERT OR REPLACE INTO asked (peer, group_number, at)
                        SELECT ?, number, ? FROM log WHERE hash = ?
                        """
                ).execute(arguments: [Blob(peer.bytes), Int64(clamping: now), Blob(hash.bytes)])
            }
        }
    }

    /// The groups a peer wants, in the order it named them and without regard to what follows what;
    /// what is not held here whole is left out.
    ///
    /// - Parameter targetBytes: no further group follows once these are exceeded.
    public func answers(
        to wants: [GroupHash], in space: SpaceID, targetBytes: Int
    ) async throws -> GroupPage {
        guard !wants.isEmpty, targetBytes > 0 else { return GroupPage() }
        let (page, damage) = try await queue.read {
            [codec, logs] db -> (GroupPage, [Int64: Damage.Reason]) in
            guard let log = try logs.known(space, db) else { return (GroupPage(), [:]) }
            var page = GroupPage()
            var damage: [Int64: Damage.Reason] = [:]
            for hash in wants where page.bytes < targetBytes {
                guard let number = try log.locate(hash)?.number,
                    let row = try Row.fetchOne(
                        db.cachedStatement(
                            sql: "SELECT bytes, plain_length, seal FROM log WHERE number = ?"),
                        arguments: [number])
                else { continue }
                guard let bytes = try? PackedGroup(row, at: 0).plain(),
                    (try? codec.hash(of: bytes)) == hash
                else {
                    damage[number] = .bytes
                    continue
                }
                page.groups.append(try GroupPage.sealed(bytes, row.bytesIfAny(2)))
                page.bytes += bytes.count
            }
            return (page, damage)
        }
        try await note(damage)
        return page
    }
}
