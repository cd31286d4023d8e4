import Foundation
import Logging
import Node
import Records
import Store
import SyncCore
import Testing

@testable import Web

/// Changes that this version stored and cannot show.
@Suite struct UnshownChangesTests {
    @Test func `S36 the page about exchange counts the changes that cannot be shown`() async throws
    {
        let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let site = try await TestSite(.office, code: "MH01")
        #expect(!(try await site.browser.get(Site.Pattern.sync)).text.contains("才能显示"))
        for content in ["水管漏水", "电梯停运"] {
            try await site.make(.ticket, ["content": .text(content)])
        }
        try site.node.close()

        /// The page as another version shows it. A copy, because the folder's lock goes with the node.
        func page(_ types: [RecordType]) async throws -> String {
            let folder = site.folder.appendingPathExtension("\(types.count)")
            try FileManager.default.copyItem(at: site.folder, to: folder)
            defer { try? FileManager.default.removeItem(at: folder) }  // A leftover harms nobody.
            let node = try await LocalNode(DataFolder(folder), types: types, log: log)
            defer { #expect(throws: Never.self) { try node.close() } }
            let services = Services(
                node: node, dataFolder: folder, version: "test",
                syncJob: SyncJob(node: node) { _ in NoLine() }
            ) { _ in NoLine() }
            return try await Browser(services).get(Site.Pattern.sync).text
        }
        let older = Catalogue.types.filter { $0.number != RecordType.ticket.number }
        #expect(
            try await page(older).contains("有 2 批改动要等程序升级后才能显示；它们已经存好，也会照常转发。"))
        #expect(try await !page(Catalogue.types).contains("才能显示"))
    }
}
