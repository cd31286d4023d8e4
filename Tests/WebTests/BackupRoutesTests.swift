import Foundation
import HTTPTypes
import Records
import Store
import SyncCore
import Testing

@testable import Web

@Suite struct BackupRoutesTests {
    @Test func `a backup is made, listed with what was tried of it, and counted`() async throws {
        let site = try await TestSite(.office, code: "MH01")
        let none = try await site.ask(.get, "/api/v1/backups").json
        #expect(none.items.isEmpty && none["last"] == .null && none["failure"] == .null)
        let made = try await site.ask(.post, "/api/v1/backups?wait=1")
        #expect(made.status == 200, "\(made.json)")
        let list = try await site.ask(.get, "/api/v1/backups").json
        #expect(list.items == [made.json])
        #expect(list["last"] == made.json["created"] && list["lastRestored"] == .null)
        #expect(list["keep"] == .integer(7) && list["everyHours"] == .integer(24))
        let metrics = try await site.ask(.get, "/metrics").text
        #expect(metrics.contains("gatehouse_backups_kept 1"))
        #expect(metrics.contains("gatehouse_backup_age_seconds "))
    }

    @Test func `another folder is named by this machine's command line only`() async throws {
        let site = try await TestSite(.office, code: "MH01")
        let other = site.folder.appending(path: "stick").path
        let refused = try await site.ask(.post, "/api/v1/backups?wait=1", ["to": .string(other)])
        #expect(refused.status == 403 && refused.code == "not-allowed")
        let odd = try await site.ask(
            .post, "/api/v1/backups?wait=1", ["to": "stick"], isLocalSocket: true)
        #expect(odd.status == 400)
        let made = try await site.ask(
            .post, "/api/v1/backups?wait=1", ["to": .string(other)], isLocalSocket: true)
        #expect(made.status == 200)
        #expect(made.json.string("folder")?.hasPrefix(other) == true)
        #expect(try await site.ask(.get, "/api/v1/backups").json.items.isEmpty)
    }

    @Test func `a folder that cannot be read is said to be that, and not to be empty`() async throws
    {
        let site = try await TestSite(.office, code: "MH01")
        let folder = site.folder.appending(path: "backups").path
        try Data().write(to: URL(filePath: folder))
        let list = try await site.ask(.get, "/api/v1/backups")
        #expect(list.status == 200 && list.json.items.isEmpty)
        #expect(
            list.json["failure"]?.string("message")
                == "The folder of backups \(folder) cannot be read. Look at its disk and its permissions, or name another with the setting backup-folder."
        )
        #expect(try await !site.ask(.get, "/metrics").text.contains("gatehouse_backups_kept"))
    }
}
