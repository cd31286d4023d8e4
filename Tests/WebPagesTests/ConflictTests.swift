import HTTPTypes
import Node
import Records
import Store
import SyncCore
import Testing

@testable import Web

@Suite struct ConflictTests {
    @Test func `both values stand side by side with who and where, and a decision settles them`()
        async throws
    {
        let company = try await TestCompany()
        let id = try await company.conflict()
        for site in [company.office, company.headquarters] {
            let page = try await site.browser.get(Site.conflict(.household, id))
            #expect(page.text.contains("91.00") && page.text.contains("92.00"))
            #expect(page.text.contains("MH01 幸福花园") && page.text.contains("总部"))
        }
        let office = company.office
        let page = try await office.browser.get(Site.conflict(.household, id))
        let unsaid = try await office.browser.post(Site.conflict(.household, id), page.fields())
        #expect(unsaid.status == .unprocessableContent)
        let fields = page.fields().map { ($0.0, $0.0 == "f.area.0" ? "91.5" : $0.1) }
        let decided = try await office.browser.post(
            Site.conflict(.household, id), fields + [("choice", "other")])
        #expect(decided.status == .seeOther, "\(decided.text)")
        try await company.exchange()
        for site in [office, company.headquarters] {
            let record = try #require(try await site.node.store.record(.household, id))
            #expect(record.conflicts.isEmpty)
            #expect(record.value("area") == .integer(9_150))
        }
    }

    @Test func `a page that is no longer true cannot decide`() async throws {
        let company = try await TestCompany()
        let id = try await company.conflict()
        let page = try await company.office.browser.get(Site.conflict(.household, id))
        try await company.headquarters.change(.household, id, ["area": .integer(9_900)])
        try await company.exchange()
        let late = try await company.office.browser.post(
            Site.conflict(.household, id), page.fields() + [("choice", "0")])
        #expect(late.status == .conflict)
        #expect(late.text.contains("99.00"))
        let record = try #require(try await company.office.node.store.record(.household, id))
        #expect(record.conflicts == ["area"])
    }
}
