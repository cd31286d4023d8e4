import Foundation
import Hummingbird
import Node
import Records
import Store
import SyncCore

/// The backups on the page about the exchange: whether there is one that was tried, and a button.
struct BackupSection: Sendable {
    let facts: [SyncPage.Fact]
    let rows: [Row]
    let hasRows: Bool
    /// Why they cannot be read, or why the last attempt failed; nil when neither is so.
    let failure: String?
    /// Which ones cannot be put back; nil when all can.
    let broken: String?
    /// What to do about them; nil when all is well.
    let advice: String?
    let place: String
    let action: String
    let texts: Texts

    struct Row: Sendable {
        let name: String
        let saves: String
        let size: String
        let verified: String
        let restored: String
    }

    static let texts: [String: Title] = [
        "title": Title("备份", "Backups"),
        "place": Title("位置", "Place"),
        "now": Title("立即备份", "Back up now"),
        "caption": Title("保留的备份，新的在前", "The backups that are kept, newest first"),
        "name": Title("备份", "Backup"),
        "saves": Title("保存次数", "Saves"),
        "size": Title("字节", "Bytes"),
        "verified": Title("最近检查", "Last checked"),
        "restored": Title("最近恢复", "Last restored"),
    ]

    /// Nil where none are made.
    init?(_ request: PageRequest) async throws {
        guard let status = try await request.services.backups?.status() else { return nil }
        let words = SyncWords(language: request.language, now: request.services.now)
        let texts = Texts(Self.texts, request.language)
        func moment(_ time: UInt64?) -> String {
            time.map(words.minuteAndAge)
                ?? (status.unreadable == nil
                    ? request.text("从未", "never") : request.text("不知道", "unknown"))
        }
        self.texts = texts
        facts = [
            SyncPage.Fact(
                title: request.text("最近一次备份", "Last backup"), text: moment(status.last)),
            SyncPage.Fact(title: texts["verified"], text: moment(status.lastVerified)),
            SyncPage.Fact(title: texts["restored"], text: moment(status.lastRestored)),
            SyncPage.Fact(
                title: request.text("下一次", "Next"),
                text: Self.next(status, words, request)),
        ]
        rows = status.backups.map { backup in
            Row(
                name: backup.name, saves: String(backup.manifest.groups),
                size: String(backup.manifest.databaseBytes),
                verified: moment(backup.manifest.verified), restored: moment(backup.restored))
        }
        hasRows = !rows.isEmpty
        failure =
            status.unreadable == nil
            ? status.failure.map { StorageWords.backup($0.code)[request.language] }
            : StorageWords.unreadableBackups[request.language]
        broken = status.broken.isEmpty ? nil : StorageWords.broken(status.broken)[request.language]
        advice = Self.advice(status, request)
        place = status.folder.path
        action = Site.Pattern.backup
    }

    private static func advice(_ status: BackupStatus, _ request: PageRequest) -> String? {
        guard status.unreadable == nil else { return nil }
        if status.backups.isEmpty {
            return request.text(
                "还没有备份。备份要存到另一块盘上才保险。",
                "There is no backup yet. It is safe only on another disk.")
        }
        if status.lastRestored == nil {
            return request.text(
                "这些备份还没有试过恢复。请在另一台电脑上试一次。",
                "None of these was ever put back. Try one on another machine.")
        }
        return nil
    }

    private static func next(
        _ status: BackupStatus, _ words: SyncWords, _ request: PageRequest
    ) -> String {
        if status.isRunning { return request.text("正在备份", "running now") }
        guard let next = status.next else {
            return request.text("不自动备份", "none by itself")
        }
        return next <= request.services.now
            ? request.text("很快", "soon") : words.minute(next)
    }
}

extension SyncPage {
    /// Starts a backup and shows how it goes.
    static func backUp(_ request: PageRequest) async throws -> Response {
        guard let backups = request.services.backups else { throw PageProblem.notFound }
        let id = Hexadecimal.text(request.services.node.surroundings.random(16))
        _ = await request.services.jobs.start(id: id, name: "backup") { progress in
            try await backups.now(progress: progress).document.text
        }
        return .seeOther(Site.job(id))
    }
}
