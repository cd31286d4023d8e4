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

    // MARK: Numbers that several records bear

    @Test(arguments: [
        (
            Language.zh, "另一条服务单的编号也是 FW-7。两条都保留着，按编号都查得到。", "把它删除",
            "别的记录也是这个编号。都保留着。"
        ),
        (
            .en, "Another ticket bears the number FW-7 too. Both are kept and are found by it.",
            "delete it", "another record bears the same number. Both are kept."
        ),
    ])
    func `the page of a number that another ticket bears links to it and says what to do`(
        language: Language, sentence: String, advice: String, mark: String
    ) async throws {
        let site = try await TestSite(.office, code: "MH01")
        site.browser.set(PageRequest.languageCookie, language.rawValue)
        let ids = try await site.twoTickets(numbered: "FW-7")
        for (id, other, caller) in [(ids[0], ids[1], "李四"), (ids[1], ids[0], "张三")] {
            let page = try await site.browser.get(Site.conflict(.ticket, id))
            #expect(page.text.contains("<a href=\"\(Site.record(.ticket, other))\">"))
            #expect(page.text.contains(sentence) && page.text.contains(advice))
            #expect(page.text.contains(caller) && page.text.contains("2025-11-1"))
            #expect(!page.text.contains("type=\"radio\""))
            let record = try await site.browser.get(Site.record(.ticket, id))
            #expect(record.text.contains(mark))
            #expect(record.text.contains("<a href=\"\(Site.conflict(.ticket, id))\">"))
            #expect(record.text.contains("<span class=\"flag\">"))
        }
        let list = try await site.browser.get(Site.list(.ticket, [("conflicts", "1")]))
        #expect(ids.allSatisfy { list.text.contains(Site.conflict(.ticket, $0)) })
        let all = try await site.browser.get(Site.conflicts([]))
        #expect(ids.allSatisfy { all.text.contains(Site.conflict(.ticket, $0)) })
    }

    @Test func `nothing can be chosen for a shared number, and deleting one record ends it`()
        async throws
    {
        let site = try await TestSite(.office, code: "MH01")
        let ids = try await site.twoTickets(numbered: "FW-7")
        let version = try #require(try await site.node.store.record(.ticket, ids[0])).version
        let refused = try await site.browser.post(
            Site.conflict(.ticket, ids[0]),
            [
                ("field", "no"), ("version", version.description), ("shown", ""),
                ("choice", "other"), ("f.no.0", "FW-8"),
            ])
        #expect(refused.status == .conflict)
        #expect(refused.text.contains("编号相同的记录都保留着，没有要选的值。"))
        let record = try #require(try await site.node.store.record(.ticket, ids[0]))
        #expect(record.value("no") == .text("FW-7") && record.version == version)
        try await site.node.save([RecordEdit(.ticket, .delete(ids[1]))], actor: nil)
        let page = try await site.browser.get(Site.conflict(.ticket, ids[0]))
        #expect(page.text.contains("这条记录现在没有冲突。"))
    }
}
