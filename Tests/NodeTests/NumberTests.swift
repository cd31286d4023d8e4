import Records
import Store
import SyncCore
import Testing

@testable import Node

/// The numbers a series gives out (design.md §4); two that met all the same: `SharedNumberTests`.
@Suite struct NumberTests {
    @Test func `copies made before a new life wrote anything give out numbers of their own`()
        async throws
    {
        let company = try await TestCompany()
        let office = try await company.office("MH01")
        try await company.exchange(office)
        let backup = try await office.backup()
        _ = try await office.ticket()
        try await office.restore(backup, .database)
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
