import Records
import SyncCore
import Testing

@testable import Node
@testable import Store

/// Values that are current and not here.
@Suite struct MissingValueTests {
    private let company: TestCompany
    private let office: TestNode
    private let household: RecordID
    private let person: RecordID

    init() async throws {
        (company, office) = try await TestCompany.withOffice()
        household = try await office.node.household("3", "2", "501")
        person = try await office.person([
            "name": .text("王伟"), "phones": .empty,
        ])
        let node = office.node
        try await node.save(
            [
                RecordEdit(
                    .person, .change(person),
                    contents: [
                        try #require(RecordType.person.field(named: "tags")).number:
                            .elements([.text("{\"value\":\"a\"}"), .text("{\"value\":\"b\"}")])
                    ])
            ], actor: nil)
        try await company.settle([office])
        // A conflict of both sides.
        try await office.node.set(.household, household, "area", .integer(1))
        try await company.headquarters.node.set(.household, household, "area", .integer(2))
        try await company.settle([office])
    }

    @Test func `a current value without its bytes reads as not here, is fetched, and shows again`()
        async throws
    {
        let store = office.node.store
        let dump = try await ReplicaDump(store)
        let version = try await office.node.shown(.household, household).version
        try await office.loseEverything()
        let record = try await office.node.shown(.household, household)
        #expect(record.missing == ["area", "building", "estate", "room", "status", "unit"])
        #expect(record.value("room") == .empty)
        #expect(try await office.node.shown(.person, person).missing.contains("tags"))
        let conflict = try #require(try await store.conflicts(.household, household).first)
        #expect(conflict.candidates.allSatisfy { $0.value == nil })
        let live = try await store.history(.household, household).filter {
            $0.isLive && $0.field != nil
        }
        #expect(live.allSatisfy { $0.isStripped && $0.value == nil })
        #expect(try await store.verify().missing > 0)

        let report = try await company.exchange(office)
        #expect(report.isComplete && report.mended > 0, "\(report)")
        #expect(try await ReplicaDump(store).differences(from: dump) == [])
        #expect(try await office.node.shown(.household, household).version == version)
        #expect(try await office.node.shown(.household, household).missing == [])
        try await office.node.isSound()
    }

    @Test func `what is not here is not saved as empty, and a new value takes its place`()
        async throws
    {
        try await office.loseEverything()
        let node = office.node
        let before = try await node.store.states(of: [node.identity.space])
        // A form that holds nothing for a field writes nothing.
        try await node.set(.household, household, "room", .empty)
        #expect(try await node.store.states(of: [node.identity.space]) == before)
        try await node.set(.household, household, "room", .text("502"))
        let record = try await node.shown(.household, household)
        #expect(record.value("room") == .text("502"))
        #expect(!record.missing.contains("room"))
        try await company.settle([office])
        for node in [node, company.headquarters.node] {
            #expect(try await node.shown(.household, household).value("room") == .text("502"))
            #expect(try await node.shown(.household, household).value("building") == .text("3"))
            try await node.isSound()
        }
    }

    @Test func `values that came for nothing anybody asked are passed over`() async throws {
        // Headquarters never forgot; the office did. A group that comes again brings nothing back.
        try await office.change(household, 3, from: 10)
        try await company.settleAndBackUp(office)
        #expect(try await office.forgetAll().bodies > 0)
        let stripped = try await office.strippedBodies()
        let space = office.node.identity.space
        let page = try await company.headquarters.node.store.page(
            of: space, toPeer: .empty, past: [], targetBytes: Limits.pageTargetBytes)
        let result = try await office.node.store.ingest(
            page.groups, into: space, isDirectoryCurrent: true, nextLife: "")
        #expect(result.logged == 0 && result.mended == 0)
        #expect(try await office.strippedBodies() == stripped)
    }
}
