import Records
import Store
import SyncCore
import Testing
import Wire

@testable import Node

/// Two households with one key show as one (design.md §5); nothing is written for it.
@Suite struct AliasTests {
    private let company: TestCompany
    private let office: TestNode

    init() async throws {
        company = try await TestCompany()
        office = try await company.office("MH01")
        try await company.settle([office])
    }

    private var head: LocalNode { company.headquarters.node }

    /// One room entered on both sides of an outage: first the one that stands for both.
    private func pair() async throws -> (RecordID, RecordID) {
        let one = try await office.node.household("3", "2", "501")
        let other = try await head.household("3", "2", "501")
        try await company.settle([office])
        return (min(one, other), max(one, other))
    }

    private func ids(_ node: LocalNode) async throws -> [RecordID] {
        try await node.store.list(RecordQuery(.household)).records.map(\.id)
    }

    @Test func `two households with one key show as one on both sides`() async throws {
        let (first, second) = try await pair()
        for node in [office.node, head] {
            #expect(try await ids(node) == [first])
            #expect(try await node.shown(.household, second).id == first)
            #expect(try await node.store.count(RecordQuery(.household)) == 1)
            try await node.isSound()
        }
    }

    @Test func `filters by reference find what refers to either`() async throws {
        let (first, second) = try await pair()
        for household in [first, second] {
            try await office.node.save(
                [
                    RecordEdit(
                        .ticket, .create(office.node.newID(for: .ticket)),
                        contents: RecordType.ticket.contents([
                            "kind": .text("repair"), "content": .text("漏水"),
                            "household": .record(household),
                            "occurred_at": .text("2025-11-13T09:30:00+08:00"),
                        ]))
                ], actor: nil)
        }
        try await company.settle([office])
        for node in [office.node, head] {
            for household in [first, second] {
                var query = RecordQuery(.ticket)
                query.filters = [("household", .record(household))]
                #expect(try await node.store.count(query) == 2)
            }
        }
    }

    @Test
    func `deleting the one that stands for both ends the alias, and taking it back makes it again`()
        async throws
    {
        let (first, second) = try await pair()
        try await office.node.delete(.household, first)
        try await company.settle([office])
        for node in [office.node, head] { #expect(try await ids(node) == [second]) }
        try await head.bringBack(.household, first)
        try await company.settle([office])
        for node in [office.node, head] {
            #expect(try await ids(node) == [first])
            try await node.isSound()
        }
    }

    @Test func `changing the key parts them, and changing it back joins them`() async throws {
        let (first, second) = try await pair()
        try await head.set(.household, first, "room", .text("502"))
        try await company.settle([office])
        for node in [office.node, head] { #expect(try await Set(ids(node)) == [first, second]) }
        try await head.set(.household, first, "room", .text("501"))
        try await company.settle([office])
        for node in [office.node, head] {
            #expect(try await ids(node) == [first])
            try await node.isSound()
        }
    }

    @Test func `of three with one key one stands for all, also when it leaves`() async throws {
        let (first, second) = try await pair()
        let third = try await office.node.household("3", "2", "501")
        try await company.settle([office])
        for node in [office.node, head] { #expect(try await ids(node) == [first]) }
        try await office.node.delete(.household, first)
        try await company.settle([office])
        let next = min(second, third)
        for node in [office.node, head] {
            #expect(try await ids(node) == [next])
            #expect(try await node.shown(.household, max(second, third)).id == next)
            try await node.isSound()
        }
    }

    @Test func `a room is found by its address once, whichever record was meant`() async throws {
        let (first, _) = try await pair()
        var query = RecordQuery(.household)
        query.search = "3栋2单元501"
        #expect(try await head.store.list(query).records.map(\.id) == [first])
    }
}
