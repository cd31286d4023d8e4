import Records
import Store
import SyncCore
import Testing

@testable import Node

/// The numbers a series gives out (design.md §4); two that met all the same: `SharedNumberTests`.
@Suite struct NumberTests {
    @Test(arguments: [false, true])
    func `copies made before a new life wrote anything that peers see count by themselves`(
        writesPrivately: Bool
    ) async throws {
        let company = try await TestCompany()
        let office = try await company.office("MH01")
        let id = try await office.node.household("3", "2", "501")
        try await company.exchange(office)
        let backup = try await office.backup()
        _ = try await office.ticket()
        try await office.restore(backup, .database)
        if writesPrivately {
            try await office.node.set(.household, id, "special_needs", .text("轮椅"))
        }
        let clone = try await office.clone()
        var numbers: [String] = []
        for _ in 0..<3 {
            numbers += [try await office.ticket(), try await clone.ticket()]
            try await company.settle([office, clone])
        }
        #expect(Set(numbers).count == numbers.count, "\(numbers)")
    }

    @Test func `a number that somebody brought with him is never given out again`() async throws {
        let office = try await TestNode(.office, code: "MH01")
        let first = try await office.ticket()
        #expect(first.hasSuffix("-0001"))
        let stem = first.dropLast(4)
        for paper in ["0002", "0003", "0005"] { try await office.ticket(numbered: stem + paper) }
        #expect(try await office.ticket() == stem + "0004")
        #expect(try await office.ticket() == stem + "0006")
    }

    @Test func `a number stays taken when the record that brought it is deleted`() async throws {
        let office = try await TestNode(.office, code: "MH01")
        let first = try await office.ticket()
        let stem = first.dropLast(4)
        for paper in ["0002", "0003"] { try await office.ticket(numbered: stem + paper) }
        let node = office.node
        for record in try await node.store.list(RecordQuery(.ticket)).records {
            try await node.delete(.ticket, record.id)
        }
        #expect(try await office.ticket() == stem + "0004")
    }

    @Test func `a number that another record of the same save brings is passed over`() async throws
    {
        let office = try await TestNode(.office, code: "MH01")
        let ids = [office.node.newID(for: .ticket), office.node.newID(for: .ticket)]
        let stem = "FW-MH01-202511-"
        try await office.node.save(
            ids.enumerated().map { place, id in
                var values: [String: Value] = [
                    "kind": .text("repair"), "content": .text("水管漏水"),
                    "occurred_at": .text("2025-11-13T09:30:00+08:00"),
                ]
                if place == 0 { values["no"] = .text(stem + "0001") }
                return RecordEdit(
                    .ticket, .create(id), contents: RecordType.ticket.contents(values))
            }, actor: nil)
        #expect(try await office.node.shown(.ticket, ids[0]).value("no") == .text(stem + "0001"))
        #expect(try await office.node.shown(.ticket, ids[1]).value("no") == .text(stem + "0002"))
    }

    @Test func `a register's number finds the record that bears it, not one about such a document`()
        async throws
    {
        let office = try await TestNode(.office, code: "MH01")
        let node = office.node
        let number = try await office.ticket()
        let bearer = try #require(try await node.store.list(RecordQuery(.ticket)).records.first).id
        try await node.set(.ticket, bearer, "document_no", .text("15"))
        func find(_ number: String) async throws -> RecordID? {
            try await node.store.records(
                .ticket, numbered: [number], office: node.identity.space)[number]
        }
        func search(_ text: String) async throws -> [RecordID] {
            var query = RecordQuery(.ticket)
            query.search = text
            return try await node.store.list(query).records.map(\.id)
        }
        #expect(try await find("15") == nil)
        #expect(try await find(number) == bearer)
        #expect(try await search("15") == [bearer])
        #expect(try await search(number) == [bearer])
        try await node.delete(.ticket, bearer)
        #expect(try await find(number) == nil)
        #expect(try await search(number).isEmpty)
    }
}

extension TestNode {
    /// Makes a ticket and returns the number it was given.
    ///
    /// - Parameter paper: the number it brings with it.
    @discardableResult
    func ticket(numbered paper: String? = nil) async throws -> String {
        let id = node.newID(for: .ticket)
        var values: [String: Value] = [
            "kind": .text("repair"), "content": .text("水管漏水"),
            "occurred_at": .text("2025-11-13T09:30:00+08:00"),
        ]
        values["no"] = paper.map(Value.text)
        try await node.save(
            [RecordEdit(.ticket, .create(id), contents: RecordType.ticket.contents(values))],
            actor: nil)
        guard case .text(let number) = try await node.shown(.ticket, id).value("no") else {
            Issue.record("a ticket got no number")
            return ""
        }
        return number
    }
}
