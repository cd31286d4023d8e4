import Foundation
import HTTPTypes
import Node
import SyncCore
import Testing

@testable import Web

/// The backups on the page about the exchange.
@Suite struct BackupSectionTests {
    @Test func `a folder that cannot be read is said to be that, and not to be empty`() async throws
    {
        let site = try await TestSite(.office, code: "MH01")
        let empty = try await site.browser.get(Site.Pattern.sync)
        #expect(empty.text.contains("还没有备份"))
        try Data().write(to: site.folder.appending(path: "backups"))
        let page = try await site.browser.get(Site.Pattern.sync)
        #expect(page.status == .ok)
        #expect(page.text.contains("存放备份的文件夹读不了，不知道有哪些备份。请检查那块盘和它的权限。"))
        #expect(page.text.contains("<dt>最近一次备份</dt><dd>不知道</dd>"))
        #expect(!page.text.contains("还没有备份"))
    }

    @Test func `a backup that cannot be put back is named`() async throws {
        let site = try await TestSite(.office, code: "MH01")
        let backups = try #require(site.services.backups)
        let backup = try await backups.now()
        let whole = try await site.browser.get(Site.Pattern.sync)
        #expect(!whole.text.contains("已损坏"))
        try FileManager.default.removeItem(at: backup.folder.appending(path: "gatehouse.db"))
        let page = try await site.browser.get(Site.Pattern.sync)
        #expect(page.text.contains("这些备份已损坏，不能用来恢复：\(backup.name)。请检查那块盘。"))
        let list = try await site.browser.get("/api/v1/backups")
        #expect(list.text.contains("\"broken\":[\"\(backup.name)\"]"))
    }
}
