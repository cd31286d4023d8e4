import GRDB
import SyncCore

/// Where an exchange with a peer begins: what is here, and what the peer said and was told before.
public struct ExchangeOutset: Sendable {
    /// Clock and digest of each space that was asked for.
    public var states: [SpaceID: SpaceState]
    /// What the peer last said it holds.
    public var receipts: [SpaceID: Receipt]
    /// What every backup that is kept here covers.
    public var backedUp: [SpaceID: VectorClock]
    /// Whether the peer was told just this of our backups.
    public var isTold: Bool
}

extension Store {
    /// All of one moment. Cost: one turn on the connection, which is most of what an idle exchange
    /// asks of a database.
    public func outset(with peer: NodeKey, in spaces: [SpaceID]) async throws -> ExchangeOutset {
        try await queue.read { db in
            let backedUp = try self.backedUpClocks(of: spaces, db)
            return ExchangeOutset(
                states: try self.states(of: spaces, db), receipts: try Self.receipts(of: peer, db),
                backedUp: backedUp, isTold: try Self.wasTold(backedUp: backedUp, peer, db))
        }
    }
}
