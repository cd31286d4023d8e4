import Records
import Store
import SyncCore
import Testing
import Wire

@testable import Node

/// Deletion beside everything else, on both sides of an exchange (Protocol/merge.md §6).
@Suite struct DeletionTests {
    private let company: TestCompany
    private let office: TestNode
    private let id: RecordID

    init() async throws {
        company = try await TestCompany()
        office = try await company.office("MH01")
        id = try await office.node.household("3", "2", "501")
        try await company.settle([office])
    }

    private var head: LocalNode { company.headquarters.node }

    private func expect(
        _ state: RecordState, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await company.settle([office])
        for node in [office.node, head] {
            let record = try await node.shown(.household, id)
            #expect(record.state == state, sourceLocation: sourceLocation)
            let listed = try await node.store.list(RecordQuery(.household)).records.contains {
                $0.id == id
            }
            #expect(listed == (state != .hidden), sourceLocation: sourceLocation)
            try await node.isSound(sourceLocation: sourceLocation)
        }
    }

    @Test func `a deletion hides the record on both sides, and taking it back shows it`()
        async throws
    {
        try await office.node.delete(.household, id)
        try await expect(.hidden)
        try await head.bringBack(.household, id)
        try await expect(.shown)
        try await head.delete(.household, id)
        try await expect(.hidden)
        #expect(try await office.node.everSaid(.household, id, "area") == [.integer(8_850)])
    }

    @Test(arguments: ["area", "property_type", "key_customer"])
    func `an edit in parallel to a deletion shows the record again, flagged`(
        field: String
    ) async throws {
        let value: Value = field == "property_type" ? .text("商铺") : .integer(1)
        try await office.node.delete(.household, id)
        try await head.set(.household, id, field, value)
        try await expect(.disputed)
        #expect(try await office.node.shown(.household, id).value(field) == value)
        // Deleting it again, having seen the change, holds.
        try await office.node.delete(.household, id)
        try await expect(.hidden)
    }

    @Test func `a flagged record whose deletion is taken back is shown without a flag`()
        async throws
    {
        try await office.node.delete(.household, id)
        try await head.set(.household, id, "area", .integer(1))
        try await expect(.disputed)
        try await office.node.bringBack(.household, id)
        try await expect(.shown)
    }

    @Test func `two deletions in parallel hide once, and a write after one stands against both`()
        async throws
    {
        try await office.node.delete(.household, id)
        try await head.delete(.household, id)
        try await expect(.hidden)
        try await office.node.bringBack(.household, id)
        try await expect(.shown)
    }

    @Test func `a deletion taken back beside a parallel deletion shows the record, flagged`()
        async throws
    {
        try await office.node.delete(.household, id)
        try await company.settle([office])
        try await office.node.bringBack(.household, id)
        try await head.bringBack(.household, id)
        try await head.delete(.household, id)
        try await expect(.disputed)
    }

    @Test func `a deletion and a resolution in parallel leave the record flagged`() async throws {
        try await office.node.set(.household, id, "status", .text("sold"))
        try await head.set(.household, id, "status", .text("vacant"))
        try await company.settle([office])
        try await office.node.resolve(.household, id, "status", .text("sold"))
        try await head.delete(.household, id)
        try await expect(.disputed)
    }

    @Test func `a private edit neither revives a deleted record nor disputes the deletion`()
        async throws
    {
        try await head.delete(.household, id)
        try await office.node.set(.household, id, "special_needs", .text("轮椅"))
        try await expect(.hidden)
    }

    @Test func `a deletion from a form that did not show a change does not hold against it`()
        async throws
    {
        let form = try await office.node.shown(.household, id).version
        try await head.set(.household, id, "area", .integer(1))
        try await company.settle([office])
        try await office.node.delete(.household, id, shown: .version(form))
        try await expect(.disputed)
    }

    @Test func `an element added in parallel to a deletion shows the record again`() async throws {
        let person = try await office.person(["name": .text("王芳")])
        try await company.settle([office])
        try await office.node.delete(.person, person)
        try await head.setElements(.person, person, "tags", [.text("{\"value\":\"老人\"}")])
        try await company.settle([office])
        for node in [office.node, head] {
            #expect(try await node.shown(.person, person).state == .disputed)
        }
    }
}
