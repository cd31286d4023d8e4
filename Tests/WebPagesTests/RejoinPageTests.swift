import HTTPTypes
import Node
import Records
import Store
import Testing
import Wire

@testable import Web

/// Headquarters that forgot this office, as restored ones may.
@Suite struct RejoinPageTests {
    @Test func `the page says in plain words what to do, and offers the join form filled in`()
        async throws
    {
        let company = try await TestCompany()
        try await company.exchange()
        let office = company.office
        let known = try #require(try await office.node.store.headquarters())
        try await office.node.store.set(
            headquarters: Headquarters(
                url: "http://127.0.0.1", key: known.key,
                credential: [UInt8](repeating: 1, count: 32), token: []))
        try await company.exchange()
        let page = try await office.browser.get(Site.Pattern.sync)
        #expect(page.text.contains("已停止：总部不认识本机，请用新的加入码重新加入；本处照常办公"))
        #expect(page.text.contains("总部不认识本机。请用新的加入码重新加入。"))
        #expect(page.input("url") == "http://127.0.0.1" && page.input("office") == "MH01")
        let (code, _) = try await company.headquarters.node.invite(officeCode: "MH01")
        let joined = try await office.browser.post(
            Site.Pattern.join,
            [("url", "http://127.0.0.1"), ("code", code.description), ("office", "MH01")])
        #expect(joined.status == .seeOther, "\(joined.text)")
        try await company.exchange()
        #expect(try await office.services.syncJob?.status().state == .delivered)
    }
}
