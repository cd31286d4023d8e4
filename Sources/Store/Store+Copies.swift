import GRDB
import SyncCore

extension Store {
    /// Begins a new life when a peer states tips, of the stream this life writes, that are not held
    /// here: only another copy of this replica can have written them.
    ///
    /// A lost response, a repeated request or two exchanges at once never look like that: what a
    /// peer holds of this life was committed here before it was sent. What other lives wrote proves
    /// nothing, or two live clones would chase each other for ever.
    /// - Parameter stated: the tips a peer that is to be believed stated of the space.
    /// - Returns: whether a new life began.
    public func beginLifeIfCopied(
        _ stated: VectorClock, in space: SpaceID, nextLife: String
    ) async throws -> Bool {
        let isCopied: @Sendable (Database) throws -> Bool = { [logs] db in
            guard let log = try logs.known(space, db), let own = try Life.ownStream(log)
            else { return false }
            return try stated.tips(of: own).contains { try !Self.holds($0.hash, db) }
        }
        // Looked at in passing first: nearly always there is nothing to write.
        guard try await queue.read(isCopied) else { return false }
        return try await queue.write { db in
            guard try isCopied(db) else { return false }
            try Life.begin(nextLife, db)
            return true
        }
    }

    static func holds(_ hash: GroupHash, _ db: Database) throws -> Bool {
        try Bool.fetchOne(
            db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM log WHERE hash = ?)"),
            arguments: [Blob(hash.bytes)]) ?? false
    }
}
