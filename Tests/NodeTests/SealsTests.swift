import Records
import SyncCore
import Testing
import Wire

@testable import Node
@testable import Store

/// How pages end and what seals they carry (Protocol/exchange.md §4, merge.md §4.3).
@Suite struct SealsTests {
    private let company: TestCompany
    private let office: TestNode

    init() async throws {
        company = try await TestCompany()
        office = try await company.office("MH01")
        try await company.settle([office])
        for number in 0..<20 { _ = try await office.node.household("1", "1", "\(number)") }
    }

    private var space: SpaceID { office.node.identity.space }
    private var head: Store { company.headquarters.node.store }

    private func page(_ store: Store, from clock: VectorClock = .empty, target: Int) async throws
        -> GroupPage
    {
        try await store.page(of: space, toPeer: clock, past: [], targetBytes: target)
    }

    private func clock(_ store: Store) async throws -> VectorClock {
        try #require(try await store.states(of: [space])[space]).clock
    }

    private func ingest(_ groups: [[UInt8]]) async throws -> IngestResult {
        try await head.ingest(groups, into: space, isDirectoryCurrent: true, nextLife: "abcdefgh")
    }

    /// The stored group without its seal, or with another.
    private func group(_ bytes: [UInt8], seal: [UInt8]?) throws -> [UInt8] {
        GroupPage.sealed(try GroupCodec().decode(bytes).bytes, seal)
    }

    @Test func `an author's pages stay within their target and end on a seal`() async throws {
        var held = try await clock(head)
        var count = 0
        var more = true
        while more {
            let page = try await page(office.node.store, from: held, target: 1_500)
            #expect(page.bytes <= 1_500)
            let last = try GroupCodec().decode(try #require(page.groups.last))
            #expect(last.seal != nil)
            for inner in page.groups.dropLast() {
                #expect(try GroupCodec().decode(inner).seal == nil)
            }
            let result = try await ingest(page.groups)
            #expect(result.logged == page.groups.count)
            held = try await clock(head)
            #expect(page.reached == held)
            count += page.groups.count
            more = page.more
        }
        #expect(count == 20)
        #expect(try await clock(office.node.store) == held)
    }

    @Test func `a stretch with one seal is relayed whole and never grows`() async throws {
        try await company.settle([office])
        // Headquarters holds the twenty under one seal.
        let whole = try await page(head, target: 100)
        let first = try await page(office.node.store, target: 100)
        #expect(first.groups.count == 1)
        #expect(whole.groups.count < first.groups.count + 22)
        for number in 20..<40 { _ = try await office.node.household("1", "1", "\(number)") }
        try await company.settle([office])
        let second = try await company.office("MH01")
        company.pageTargetBytes = 100
        try await company.settle([second])
        try await second.node.isSound()
        #expect(try await clock(second.node.store) == clock(office.node.store))
        var held = VectorClock.empty
        var pages = 0
        repeat {
            let page = try await page(head, from: held, target: 100)
            pages += 1
            held = VectorClock(
                try page.groups.suffix(1).map {
                    let group = try GroupCodec().decode($0)
                    return Tip(stream: group.place.stream, seq: group.place.seq, hash: group.hash)
                })
            if !page.more { break }
        } while pages < 10
        #expect(pages >= 2)
    }

    @Test func `a page without a seal at its end is refused`() async throws {
        let page = try await page(office.node.store, from: clock(head), target: 10_000)
        let before = try await clock(head)
        let bare = try page.groups.map { try group($0, seal: nil) }
        await #expect(throws: IngestRefusal.self) { try await ingest(bare) }
        #expect(try await clock(head) == before)
    }

    @Test func `a seal by another key or over another group is refused, and nothing is stored`()
        async throws
    {
        let page = try await page(office.node.store, from: clock(head), target: 10_000)
        let before = try await clock(head)
        let last = try GroupCodec().decode(try #require(page.groups.last))
        let other = try GroupCodec().decode(try #require(page.groups.first))
        for seal in [
            SigningKey().seal(last.place, last.hash), office.node.key.seal(other.place, other.hash),
            [UInt8](repeating: 0, count: 64),
        ] {
            let forged = page.groups.dropLast() + [GroupPage.sealed(last.bytes, seal)]
            await #expect(throws: IngestRefusal.badSeal(last.hash)) {
                try await ingest(Array(forged))
            }
        }
        #expect(try await clock(head) == before)
    }

    @Test func `an inner seal that is not its author's is left out and does no harm further on`()
        async throws
    {
        var groups = try await page(office.node.store, from: clock(head), target: 100_000).groups
        groups[3] = try group(groups[3], seal: [UInt8](repeating: 1, count: 64))
        let valid = try GroupCodec().decode(groups[5])
        groups[5] = try group(groups[5], seal: office.node.key.seal(valid.place, valid.hash))
        #expect(try await ingest(groups).logged == 20)
        try await company.headquarters.node.isSound()
        let second = try await company.office("MH01")
        company.pageTargetBytes = 100
        try await company.settle([second, office])
        try await second.node.isSound()
    }

    @Test func `a page whose middle is missing logs what comes before it and asks for the rest`()
        async throws
    {
        let sealed = try await page(office.node.store, from: clock(head), target: 100_000).groups
            .map {
                let group = try GroupCodec().decode($0)
                return GroupPage.sealed(group.bytes, office.node.key.seal(group.place, group.hash))
            }
        var gapped = sealed
        gapped.remove(at: 7)
        let result = try await ingest(gapped)
        #expect(result.logged == 7)
        #expect(result.need)
        let again = try await ingest(sealed + sealed)
        #expect(again.logged == 13)
        #expect(again.known >= 7)
        #expect(!again.need)
        try await company.settle([office])
    }

    @Test func `a page in any wrong order stores only what stands after its past`() async throws {
        let sealed = try await page(office.node.store, from: clock(head), target: 100_000).groups
            .map {
                let group = try GroupCodec().decode($0)
                return GroupPage.sealed(group.bytes, office.node.key.seal(group.place, group.hash))
            }
        let result = try await ingest(sealed.reversed())
        #expect(result.logged == 0)
        #expect(result.need)
        try await company.settle([office])
    }
}
