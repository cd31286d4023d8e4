import Store
import SyncCore
import Wire

/// What a database that is being replaced holds beyond the backup, and bringing it over by the same
/// way as groups from a peer: each is checked, none is believed.
struct LaterChanges {
    private let later: Store
    private let restored: Store
    private let surroundings: Surroundings

    init(_ later: Store, _ restored: Store, _ surroundings: Surroundings) {
        self.later = later
        self.restored = restored
        self.surroundings = surroundings
    }

    /// - Parameter progress: groups brought over and in all.
    func find(
        bringing: Bool, _ progress: (UInt64, UInt64) -> Void
    ) async -> RestoreReport.Later {
        var found = RestoreReport.Later()
        do {
            let spaces = try await later.spaces().map(\.space).sorted()
            var (groups, atPeers) = (0, 0)
            for space in spaces {
                let (all, elsewhere) = try await count(space)
                groups += all
                atPeers += elsewhere
            }
            (found.groups, found.atPeers, found.isCounted) = (groups, atPeers, true)
            guard bringing, found.groups > 0 else { return found }
            guard try await restored.takeOver(from: later, life: surroundings.lifeName()) else {
                found.problem = "it worked in another office since"
                return found
            }
            let total = UInt64(found.groups)
            for space in spaces {
                try await bring(space, &found) { progress(UInt64($0), total) }
            }
        } catch {
            found.problem = "\(error)"
        }
        return found
    }

    /// Groups beyond the backup, and how many of them others have confirmed to hold.
    private func count(_ space: SpaceID) async throws -> (all: Int, atPeers: Int) {
        let all = try await later.lacking(in: space, at: restored)
        let nowhere = try await later.lacking(
            in: space, at: restored, besides: VectorClock(later.confirmed(space)))
        return (all, all - nowhere)
    }

    private func clock(_ space: SpaceID) async throws -> VectorClock {
        try await restored.states(of: [space])[space]?.clock ?? .empty
    }

    private func bring(
        _ space: SpaceID, _ found: inout RestoreReport.Later, _ progress: (Int) -> Void
    ) async throws {
        let theirs = try await later.states(of: [space])[space]?.clock ?? .empty
        var repeated: [Tip] = []
        while true {
            let page = try await later.page(
                of: space, toPeer: clock(space),
                past: restored.landmarks(of: space, for: theirs, repeated: repeated),
                targetBytes: Limits.pageTargetBytes)
            if page.groups.isEmpty { return }
            let result = try await restored.ingest(
                page.groups, into: space, isDirectoryCurrent: false,
                nextLife: surroundings.lifeName())
            found.brought += result.logged
            progress(found.brought)
            // A page of what is here already only moves the points from which it goes on.
            if result.logged == 0, result.need || result.repeated == repeated {
                found.problem = "some of it is by nodes that the backup does not know"
                return
            }
            repeated = result.repeated
        }
    }
}

extension Store {
    /// How many groups are in none of these backups, and confirmed by nobody.
    func nowhereElse(besides backups: [KeptBackup]) async throws -> Int {
        var count = 0
        for space in try await spaces().map(\.space) {
            let held =
                try await backups.flatMap { $0.clocks[space]?.tips ?? [] } + confirmed(space)
            count += try await waiting(in: space, forPeer: VectorClock(held)).groups
        }
        return count
    }

    /// What others have confirmed to hold of a space.
    fileprivate func confirmed(_ space: SpaceID) async throws -> [Tip] {
        var peers = try await members().map(\.key)
        if let headquarters = try await headquarters() { peers.append(headquarters.key) }
        var confirmed: [Tip] = []
        for peer in peers {
            confirmed += try await receipts(of: peer)[space]?.state.clock.tips ?? []
        }
        return confirmed
    }
}
