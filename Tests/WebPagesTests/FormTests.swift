import HTTPTypes
import Node
import Records
import Store
import SyncCore
import Testing

@testable import Web

@Suite struct FormTests {
    /// Fields of a form with some texts in place of others.
    private func typed(
        _ page: Answer, _ changes: [String: String]
    ) -> [(String, String)] {
        page.fields().map { ($0.0, changes[$0.0] ?? $0.1) }
    }

    @Test func `a record is entered, and a second click makes no second one`() async throws {
        let site = try await TestSite(.office, code: "MH01")
        let form = try await site.browser.get(Site.new(.household))
        let sent = typed(
            form,
            [
                "f.estate.0": "幸福花园", "f.building.0": "三栋", "f.room.0": "501室",
                "f.area.0": "88.5㎡",
            ])
        let first = try await site.browser.post(Site.new(.household), sent)
        #expect(first.status == .seeOther, "\(first.text)")
        let second = try await site.browser.post(Site.new(.household), sent)
        #expect(second.status == .seeOther)
        let found = try await site.node.store.list(RecordQuery(.household)).records
        #expect(found.count == 1)
        #expect(found.first?.value("building") == .text("3"))
        #expect(found.first?.value("area") == .integer(8_850))
    }

    @Test func `what cannot be saved comes back as it was typed, with the reason beside it`()
        async throws
    {
        let site = try await TestSite(.office, code: "MH01")
        let form = try await site.browser.get(Site.new(.household))
        let sent = typed(
            form,
            [
                "f.estate.0": "没有的小区", "f.building.0": "3", "f.room.0": "501",
                "f.area.0": "很大", "f.service_needs.0": "要<b>早上</b>来\r\n轻一点",
            ])
        let answer = try await site.browser.post(Site.new(.household), sent)
        #expect(answer.status == .unprocessableContent)
        #expect(answer.input("f.area.0") == "很大")
        #expect(answer.input("f.estate.0") == "没有的小区")
        #expect(answer.input("id") == form.input("id"))
        #expect(answer.text.contains("要&lt;b&gt;早上&lt;/b&gt;来\n轻一点"))
        #expect(answer.text.contains("id=\"p.area\""))
        #expect(answer.text.contains("href=\"#f.area.0\""))
        #expect(answer.text.contains("aria-describedby=\"p.area\""))
    }

    @Test(arguments: [
        String(repeating: "a=1&", count: 5_000),
        "f.building.0=3" + String(repeating: "%CC%80%CC%96", count: 16),
        "id=\u{300}+"
            + String(repeating: "\u{300}\u{316}", count: 50_000) + "=1",
    ])
    func `a form that no browser of ours sends is refused whole`(body: String) async throws {
        let site = try await TestSite(.office, code: "MH01")
        let type: HTTPFields = [.contentType: "application/x-www-form-urlencoded"]
        let answer = try await site.browser.send(.post, Site.new(.household), body, type)
        #expect(answer.status == .badRequest)
        #expect(answer.text.contains("表单内容看不懂"))
    }

    @Test func `a date that is none stays as it was typed`() async throws {
        let site = try await TestSite(.office, code: "MH01")
        let form = try await site.browser.get(Site.new(.occupancy))
        let answer = try await site.browser.post(
            Site.new(.occupancy), typed(form, ["f.from.0": "2025-02-30"]))
        #expect(answer.status == .unprocessableContent)
        #expect(
            answer.text.contains(
                "<input type=\"text\" id=\"f.from.0\" name=\"f.from.0\" value=\"2025-02-30\""))
    }

    @Test func `only what was changed is written`() async throws {
        let site = try await TestSite(.office, code: "MH01")
        let id = try await site.household()
        let before = try await site.node.store.history(.household, id).count
        let form = try await site.browser.get(Site.edit(.household, id))
        let answer = try await site.browser.post(
            Site.edit(.household, id), typed(form, ["f.area.0": "90"]))
        #expect(answer.status == .seeOther, "\(answer.text)")
        #expect(try await site.node.store.history(.household, id).count == before + 1)
        let same = try await site.browser.get(Site.edit(.household, id))
        _ = try await site.browser.post(Site.edit(.household, id), same.fields())
        #expect(try await site.node.store.history(.household, id).count == before + 1)
    }

    @Test func `every form that is sent back untouched writes nothing`() async throws {
        let site = try await TestSite(.office, code: "MH01")
        let ids = try await Samples.fill(site)
        let progress = try await site.node.store.ownProgress()
        for (name, id) in ids {
            guard let type = Catalogue.type(named: name) else { continue }
            let form = try await site.browser.get(Site.edit(type, id))
            #expect(form.status == .ok, "\(name)")
            let answer = try await site.browser.post(Site.edit(type, id), form.fields())
            #expect(answer.status == .seeOther, "\(name) \(answer.text)")
        }
        #expect(try await site.node.store.ownProgress() == progress)
    }

    @Test func `a form opened before a sync and saved after it overwrites nothing it did not show`()
        async throws
    {
        let company = try await TestCompany()
        let office = company.office
        let id = try await office.household()
        try await company.exchange()
        let form = try await office.browser.get(Site.edit(.household, id))
        try await company.headquarters.change(
            .household, id, ["area": .integer(9_900), "status": .text("vacant")])
        try await company.exchange()
        // Another field: it is saved, and what came meanwhile stays.
        let other = try await office.browser.post(
            Site.edit(.household, id), typed(form, ["f.key_customer.0": "1"]))
        #expect(other.status == .seeOther)
        var record = try #require(try await office.node.store.record(.household, id))
        #expect(record.value("area") == .integer(9_900))
        #expect(record.value("status") == .text("vacant"))
        #expect(record.value("key_customer") == .integer(1))
        // The same field: nothing is saved, and both values are in front of the person.
        let stale = try await office.browser.post(
            Site.edit(.household, id), typed(form, ["f.area.0": "70", "reason": "量过"]))
        #expect(stale.status == .conflict)
        #expect(stale.input("f.area.0") == "70")
        #expect(stale.input("reason") == "量过")
        #expect(stale.text.contains("99.00"))
        #expect(stale.text.contains("<option value=\"vacant\" selected>"))
        record = try #require(try await office.node.store.record(.household, id))
        #expect(record.value("area") == .integer(9_900))
        // Shown and saved again, it holds, and it is no conflict.
        let saved = try await office.browser.post(Site.edit(.household, id), stale.fields())
        #expect(saved.status == .seeOther, "\(saved.text)")
        record = try #require(try await office.node.store.record(.household, id))
        #expect(record.value("area") == .integer(7_000))
        #expect(record.value("status") == .text("vacant"))
        #expect(record.conflicts.isEmpty)
    }

    @Test func `sets take elements away and bring new ones, with structures`() async throws {
        let site = try await TestSite(.office, code: "MH01")
        let id = try await site.make(
            .person,
            ["name": .text("张伟"), "phones": .text(#"{"no":"13800138000","label":"本人"}"#)])
        let form = try await site.browser.get(Site.edit(.person, id))
        let answer = try await site.browser.post(
            Site.edit(.person, id),
            typed(form, ["f.phones.1.no": "139 0013 9000", "f.phones.1.label": "妻子"]))
        #expect(answer.status == .seeOther, "\(answer.text)")
        let record = try #require(try await site.node.store.record(.person, id))
        let field = try #require(RecordType.person.field(named: "phones"))
        #expect(record.values(of: field).count == 2)
        let again = try await site.browser.get(Site.edit(.person, id))
        let emptied = again.fields().map { name, value in
            (name, name.hasPrefix("f.phones.0.") ? "" : value)
        }
        _ = try await site.browser.post(Site.edit(.person, id), emptied)
        let left = try #require(try await site.node.store.record(.person, id)).values(of: field)
        #expect(left.count == 1)
        let more = try await site.browser.post(
            Site.edit(.person, id), again.fields() + [("more", "vehicles")])
        #expect(more.status == .ok)
        #expect(more.text.contains("f.vehicles.2"))
    }

    @Test func `a person of whom there are two is offered by id`() async throws {
        let site = try await TestSite(.office, code: "MH01")
        let first = try await site.make(.person, ["name": .text("张伟")])
        _ = try await site.make(.person, ["name": .text("张伟")])
        let household = try await site.household()
        let form = try await site.browser.get(
            Site.new(.occupancy, [("household", household.description)]))
        #expect(form.input("f.household.0") == "3-2-501")
        let texts = ["f.person.0": "张伟", "f.role.0": "owner", "f.from.0": "2025-01-01"]
        let unclear = try await site.browser.post(Site.new(.occupancy), typed(form, texts))
        #expect(unclear.status == .unprocessableContent)
        #expect(unclear.text.contains("张伟 #\(first)"))
        let clear = try await site.browser.post(
            Site.new(.occupancy), typed(unclear, ["f.person.0": "张伟 #\(first)"]))
        #expect(clear.status == .seeOther, "\(clear.text)")
        let made = try await site.node.store.list(RecordQuery(.occupancy)).records
        #expect(made.first?.value("person") == .record(first))
        #expect(made.first?.value("household") == .record(household))
    }

    @Test func `a deletion needs a reason and is taken back`() async throws {
        let site = try await TestSite(.office, code: "MH01")
        let id = try await site.household()
        let page = try await site.browser.get(Site.delete(.household, id))
        let refused = try await site.browser.post(Site.delete(.household, id), page.fields())
        #expect(refused.status == .unprocessableContent)
        let done = try await site.browser.post(
            Site.delete(.household, id),
            page.fields().map { ($0.0, $0.0 == "reason" ? "重复" : $0.1) })
        #expect(done.status == .seeOther)
        #expect(try await site.node.store.record(.household, id)?.state == .hidden)
        let shown = try await site.browser.get(Site.record(.household, id))
        #expect(shown.text.contains("重复"))
        _ = try await site.browser.post(Site.restore(.household, id), [])
        #expect(try await site.node.store.record(.household, id)?.state == .shown)
    }

    @Test func `a form from another site changes nothing`() async throws {
        let site = try await TestSite(.office, code: "MH01")
        let id = try await site.household()
        let answer = try await site.browser.post(
            Site.restore(.household, id), [], headers: [.origin: "http://elsewhere.example"])
        #expect(answer.status == .forbidden)
    }
}
