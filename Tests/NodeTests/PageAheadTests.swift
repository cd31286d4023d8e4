import Records
import Store
import SyncCore
import Testing
import Wire

@testable import Node

/// A page is made while headquarters works on the one before it.
@Suite struct PageAheadTests {
    private let company: TestCompany
    private let office: TestNode

    init() async throws {
        company = try await TestCompany()
        company.pageTargetBytes = 1_500
        office = try await company.office("MH01")
        try await company.settle([office])
        for number in 0..<30 { _ = try await office.node.household("1", "1", "\(number)") }
    }

    private var space: SpaceID { office.node.identity.space }

    private func gap(_ peer: VectorClock, mine: SpaceState) -> PageAhead {
        PageAhead(space: space, mine: mine, peer: peer, targetBytes: 1_500)
    }

    @Test func `it is the page that is asked for next, until this side saves something`()
        async throws
    {
        let store = office.node.store
        let mine = try #require(try await store.states(of: [space])[space])
        let first = gap(.empty, mine: mine)
        let sent = try #require(await first.page(from: store))
        #expect(sent.more)
        let ahead = first.after(sent)
        let head = company.headquarters.node.store
        _ = try await head.ingest(
            sent.groups, into: space, isDirectoryCurrent: true, nextLife: "abcdefgh")
        let peer = try #require(try await head.states(of: [space])[space]).clock
        #expect(ahead.isFor(gap(peer, mine: mine)))
        #expect(
            await ahead.page(from: store)?.groups
                == (try await store.page(of: space, toPeer: peer, past: [], targetBytes: 1_500))
                .groups)
        _ = try await office.node.household("1", "1", "later")
        let grown = try #require(try await store.states(of: [space])[space])
        #expect(!ahead.isFor(gap(peer, mine: grown)))
        #expect(!ahead.isFor(gap(.empty, mine: mine)))
    }

    @Test func `what is saved while pages are on their way arrives with them`() async throws {
        let node = office.node
        var channel = ScriptedChannel(company.channel)
        channel.request = { round, _ in
            guard round.isMultiple(of: 2) else { return }
            do {
                _ = try await node.household("2", "1", "\(round)")
            } catch {
                Issue.record(error)
            }
        }
        let report = try await company.exchange(office, through: channel)
        #expect(report.isComplete)
        #expect(report.rounds > 4)
        try await company.settle([office])
        let store = company.headquarters.node.store
        #expect(
            try await store.count(RecordQuery(.household))
                == office.node.store.count(RecordQuery(.household)))
    }
}
