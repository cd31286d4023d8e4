import Foundation
import HTTPTypes
import Logging
import Node
import Records
import SimulatedDisk
import Store
import SyncCore
import Testing
import Wire

@testable import Web

/// A node's home on a disk that can be full.
private final class SmallHome: NodeHome {
    let disk = Disk()

    var name: String { "the small disk" }
    var databasePath: String { disk.path(of: "gatehouse.db") }
    var holdsKey: Bool { disk.size(of: "node.key") != nil }

    func signingKey(random: (Int) -> [UInt8]) throws -> SigningKey {
        let seed = try disk.read("node.key") ?? random(32)
        try disk.replace("node.key", with: seed, isSynced: true)
        return try #require(SigningKey(seed: seed))
    }

    func guardedProgress() -> OwnProgress? {
        (try? disk.read("guard.json")).flatMap(\.self).flatMap {
            try? JSONDecoder().decode(OwnProgress.self, from: Data($0))
        }
    }

    func write(_ progress: OwnProgress) throws {
        try disk.replace(
            "guard.json", with: Array(JSONEncoder().encode(progress)), isSynced: false)
    }
}

@Suite struct StorageTests {
    private let home = SmallHome()
    private let node: LocalNode
    private let browser: Browser

    init() async throws {
        let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        try await LocalNode.found(home, role: .office, code: "MH01", name: "幸福花园", log: log)
        node = try await LocalNode(home, log: log)
        browser = Browser(
            Services(
                node: node, dataFolder: URL(filePath: "/nowhere"), version: "test",
                syncJob: SyncJob(node: node) { _ in NoLine() }
            ) { _ in NoLine() })
    }

    private static let fields = [
        "f.estate.0": "幸福花园", "f.building.0": "3", "f.room.0": "501", "f.area.0": "88.5",
    ]

    private func filled(_ form: Answer) -> [(String, String)] {
        form.fields().map { ($0.0, Self.fields[$0.0] ?? $0.1) }
    }

    @Test
    func `on a full disk the form comes back filled in, every page says so, and room ends it`()
        async throws
    {
        let form = try await browser.get(Site.new(.household))
        let sent = filled(form)
        home.disk.setCapacity(home.disk.used)
        let answer = try await browser.post(Site.new(.household), sent)
        #expect(answer.status.code == 507)
        #expect(answer.text.contains("磁盘已满，这次没有保存。请腾出空间后再保存一次，不用重新启动。"))
        #expect(answer.input("f.room.0") == "501" && answer.input("f.area.0") == "88.5")
        #expect(answer.input("id") == form.input("id"))
        // Reading goes on, and nobody is left in doubt.
        for address in [Site.Pattern.front, Site.Pattern.sync, Site.list(.household)] {
            let page = try await browser.get(address)
            #expect(page.status == .ok)
            #expect(page.text.contains("磁盘已满：现在不能保存；已保存的都在"), "\(address)")
        }
        home.disk.setCapacity(nil)
        let after = try await browser.get(Site.Pattern.front)
        #expect(!after.text.contains("磁盘已满"))
        #expect(try await browser.post(Site.new(.household), sent).status == .seeOther)
        #expect(try await node.store.count(RecordQuery(.household)) == 1)
    }

    @Test func `a change that finds no room keeps what was typed, and other forms say why`()
        async throws
    {
        _ = try await browser.post(
            Site.new(.household), filled(try await browser.get(Site.new(.household))))
        let id = try #require(try await node.store.list(RecordQuery(.household)).records.first).id
        let form = try await browser.get(Site.edit(.household, id))
        let deletion = try await browser.get(Site.delete(.household, id))
        home.disk.setCapacity(home.disk.used)
        let answer = try await browser.post(
            Site.edit(.household, id),
            form.fields().map { ($0.0, $0.0 == "f.area.0" ? "91.5" : $0.1) })
        #expect(answer.status.code == 507)
        #expect(answer.input("f.area.0") == "91.5")
        #expect(answer.input("version") == form.input("version"))
        let deleted = try await browser.post(
            Site.delete(.household, id),
            deletion.fields().map { ($0.0, $0.0 == "reason" ? "重复" : $0.1) })
        #expect(deleted.status.code == 507)
        #expect(deleted.text.contains("磁盘已满，这次没有保存"))
        home.disk.setCapacity(nil)
        #expect(try await node.store.record(.household, id)?.state == .shown)
    }

    @Test
    func `an office says that the disk at headquarters is full, and goes on when it has room`()
        async throws
    {
        let home = SmallHome()
        let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        try await LocalNode.found(home, role: .headquarters, code: "HQ", name: "总部", log: log)
        let headquarters = try await LocalNode(home, log: log)
        let line = DirectLine(responder: ExchangeResponder(node: headquarters))
        let office = try await TestSite(.office, code: "MH01") { line }
        let job = try #require(office.services.syncJob)
        let (code, _) = try await headquarters.invite(officeCode: "MH01")
        _ = try await office.node.join(code, url: "http://127.0.0.1", through: line)
        _ = try await job.now()
        home.disk.setCapacity(home.disk.used)
        let id = try await office.household()
        let report = try #require(try await job.now())
        #expect(report.failure?.code == "server-full")
        #expect(
            report.failure?.message
                == "The disk at headquarters is full. Make room there; what the office saved is safe at the office."
        )
        #expect(try await job.status().state == .blocked)
        let page = try await office.browser.get(Site.Pattern.sync)
        #expect(page.text.contains("已停止：总部磁盘已满，请告诉总部腾出空间；本处照常办公，数据已存本机"))
        #expect(page.text.contains("总部磁盘已满，暂时收不下；请告诉总部腾出空间。本机保存的都在。稍后自动重试。"))
        let front = try await office.browser.get(Site.Pattern.front)
        #expect(front.text.contains("已停止：总部磁盘已满"))
        home.disk.setCapacity(nil)
        _ = try await job.now()
        #expect(try await job.status().state == .delivered)
        #expect(try await headquarters.store.record(.household, id)?.state == .shown)
    }

    @Test func `what a check found and nobody mended stands on the front page`() async throws {
        let front = try await browser.get(Site.Pattern.front)
        #expect(!front.text.contains("本机磁盘上有数据损坏"))
        try await node.store.note(
            #"{"at":1,"faults":2,"damaged":0,"isRepair":false}"#, named: "last-verify")
        for address in [Site.Pattern.front, Site.Pattern.sync] {
            let page = try await browser.get(address)
            #expect(page.text.contains("请运行 gatehouse verify --repair"), "\(address)")
        }
        _ = try await node.verify(repairs: false)
        let after = try await browser.get(Site.Pattern.front)
        #expect(!after.text.contains("本机磁盘上有数据损坏"))
    }

    @Test func `after the disk failed every page and form says that the program stops`()
        async throws
    {
        let form = try await browser.get(Site.new(.household))
        home.disk.arm(.error, of: [.sync])
        let answer = try await browser.post(Site.new(.household), filled(form))
        #expect(answer.status == .internalServerError)
        for await failure in node.store.failures { #expect(failure.code == .storageFailed) }
        #expect(node.store.hasFailed)
    }
}
