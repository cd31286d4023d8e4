import SyncCore
import Testing
import Wire

@testable import Store

/// What every kept backup covers.
@Suite struct BackedUpClockTests {
    private let file = TestFile()
    private let space = SpaceID.office(7)

    private func backup(_ store: Store, _ name: String) async throws -> KeptBackup {
        KeptBackup(
            name: name, madeAt: 1,
            clocks: try await store.states(of: [space]).mapValues(\.clock))
    }

    @Test func `without a backup nothing is covered, and with one what it holds`() async throws {
        let store = try await file.founded()
        _ = try await file.household(store)
        #expect(try await store.backedUpClocks() == [:])
        let first = try await backup(store, "first")
        try await store.keep(backups: [first])
        _ = try await file.household(store)
        #expect(try await store.backedUpClocks() == first.clocks)
        #expect(try await store.backedUpClocks(of: [.company]) == [:])
        #expect(try await store.keptBackups() == [first])
        try await store.keep(backups: [])
        #expect(try await store.backedUpClocks() == [:])
        #expect(try await store.keptBackups() == [])
    }

    @Test func `of several backups what the poorest holds is covered, not what the newest does`()
        async throws
    {
        let store = try await file.founded()
        _ = try await file.household(store)
        let first = try await backup(store, "first")
        _ = try await file.household(store)
        let second = try await backup(store, "second")
        try await store.keep(backups: [second, first])
        #expect(try await store.backedUpClocks() == first.clocks)
        try await store.keep(backups: [second])
        #expect(try await store.backedUpClocks() == second.clocks)
        let blank = KeptBackup(name: "blank", madeAt: 0, clocks: [:])
        try await store.keep(backups: [second, blank])
        #expect(try await store.backedUpClocks() == [:])
    }

    @Test func `a tip that is not logged here covers nothing`() async throws {
        let store = try await file.founded()
        _ = try await file.household(store)
        let known = try await backup(store, "known")
        let tip = try #require(known.clocks[space]?.tips.first)
        let unknown = Tip(stream: tip.stream, seq: tip.seq + 5, hash: GroupHash(1, 2, 3, 4))
        try await store.keep(backups: [
            KeptBackup(name: "later", madeAt: 2, clocks: [space: VectorClock([unknown])])
        ])
        #expect(try await store.backedUpClocks() == [:])
        try await store.keep(backups: [
            KeptBackup(name: "both", madeAt: 2, clocks: [space: VectorClock([unknown, tip])])
        ])
        #expect(try await store.backedUpClocks() == known.clocks)
    }

    @Test func `a peer's word is replaced by the next one, also by less`() async throws {
        let store = try await file.founded()
        _ = try await file.household(store)
        let clock = try #require(try await backup(store, "x").clocks[space])
        let peer = file.key.publicKey
        #expect(try await store.wasTold(backedUp: [:], peer))
        try await store.note(backedUp: [space: clock, .company: .empty], of: peer)
        #expect(try await store.peerBackups(of: peer) == [space: clock])
        try await store.note(backedUp: [.company: clock], of: peer)
        #expect(try await store.peerBackups(of: peer) == [space: clock, .company: clock])
        try await store.note(backedUp: [space: .empty], of: peer)
        #expect(try await store.peerBackups(of: peer) == [.company: clock])
        #expect(try await !store.wasTold(backedUp: [space: clock], peer))
        try await store.note(toldBackedUp: [space: clock], peer)
        #expect(try await store.wasTold(backedUp: [space: clock], peer))
        #expect(try await store.wasTold(backedUp: [space: clock, .company: .empty], peer))
    }
}
