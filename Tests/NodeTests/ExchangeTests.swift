import Records
import Store
import SyncCore
import Testing
import Wire

@testable import Node

@Suite struct ExchangeTests {
    @Test func `an office that worked before joining has everything at headquarters afterwards`()
        async throws
    {
        let company = try await TestCompany()
        let office = try await TestNode(.office, code: "MH01")
        let id = try await office.node.household("3", "2", "501")
        try await company.join(office)
        let report = try await company.exchange(office)
        #expect(report.isComplete, "\(report)")
        let there = try await company.headquarters.node.store.record(.household, id)
        #expect(there?.value("room") == .text("501"))
        let again = try await company.exchange(office)
        #expect(again.isComplete)
        #expect(again.rounds == 1)
        #expect(again.sent.values.reduce(0, +) == 0)
    }

    @Test func `what was not answered was not sent`() async throws {
        let company = try await TestCompany()
        let office = try await TestNode(.office, code: "MH01")
        _ = try await office.node.household("3", "2", "501")
        try await company.join(office)
        var line = ScriptedChannel(company.channel)
        line.request = { _, _ throws(PeerFailure) in throw .cut }
        let report = try await company.exchange(office, through: line)
        #expect(report.failure != nil && report.rounds == 0)
        #expect(report.sent.isEmpty && report.sentBytes == 0)
        #expect(try await company.exchange(office).sent.values.reduce(0, +) == 2)
    }

    @Test func `parallel edits of different fields merge, and of one field stay side by side`()
        async throws
    {
        let company = try await TestCompany()
        let office = try await TestNode(.office, code: "MH01")
        let id = try await office.node.household("3", "2", "501")
        try await company.join(office)
        try await company.exchange(office)
        let head = company.headquarters.node
        try await office.node.set(.household, id, "area", .integer(9_000))
        try await head.set(.household, id, "status", .text("vacant"))
        try await company.exchange(office)
        for node in [office.node, head] {
            let record = try #require(try await node.store.record(.household, id))
            #expect(record.conflicts.isEmpty)
            #expect(record.value("area") == .integer(9_000))
            #expect(record.value("status") == .text("vacant"))
        }
        try await office.node.set(.household, id, "area", .integer(9_100))
        try await head.set(.household, id, "area", .integer(9_200))
        let report = try await company.exchange(office)
        #expect(report.isComplete)
        for node in [office.node, head] {
            let record = try #require(try await node.store.record(.household, id))
            #expect(record.conflicts == ["area"])
            #expect(record.value("area") == .integer(9_200))
            let conflict = try #require(try await node.store.conflicts(.household, id).first)
            #expect(Set(conflict.candidates.map(\.value)) == [.integer(9_100), .integer(9_200)])
            #expect(Set(conflict.candidates.map(\.author.role)) == [.office, .headquarters])
        }
        let field = try #require(RecordType.household.field(named: "area"))
        try await office.node.save(
            [
                RecordEdit(
                    .household, .change(id),
                    contents: [field.number: .resolution(.integer(9_100))], note: "量过了")
            ], actor: nil)
        try await company.exchange(office)
        for node in [office.node, head] {
            let record = try #require(try await node.store.record(.household, id))
            #expect(record.conflicts.isEmpty)
            #expect(record.value("area") == .integer(9_100))
            let report = try await node.store.verify()
            #expect(report.isSound, "\(report.faults)")
        }
    }
}
