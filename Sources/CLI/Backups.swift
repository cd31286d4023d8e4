import ArgumentParser
import Foundation
import Node
import Records
import Store
import SyncCore

/// `gatehouse backup`: copies of a node that are known to be good, and putting one back.
struct Backups: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Make, list and check backups, and put one back.",
        discussion: """
            A running node makes backups by itself (settings backup-every-hours, backup-keep, \
            backup-folder). Kept are the newest backup-keep, and the last one of each of the newest \
            backup-keep days that have one. A backup is a folder with the database, the node's key \
            and a manifest; who has it can be this node, so keep it as safe as the data folder.
            """,
        subcommands: [Create.self, List.self, Verify.self, Restore.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a backup now, also while the node is running, and check it.",
            discussion: """
                Example: gatehouse backup create --data office
                With --to it goes to another place, such as a USB stick; then it is yours to look \
                after: it is neither counted among those that are kept nor ever removed.
                """)

        @OptionGroup var data: DataOption
        @Option(help: "The folder in which the backup gets a folder of its own.")
        var to: String?
        @OptionGroup var output: OutputOption

        func run() async throws {
            let to = to.map { URL(filePath: $0).standardizedFileURL.path }
            let result = try await NodeAccess.use(data.url) { node in
                let body = JSONValue.object(to.map { [.init("to", .string($0))] } ?? [])
                let job = try await node.post("/api/v1/backups", body).json
                return try await node.finish(job: job["id"]?.string ?? "", "备份 Backing up")
            }
            if output.json {
                print(result.text)
            } else {
                let groups = result["groups"]?.integer ?? 0
                print("备份已完成并检查 A backup was made and checked: \(groups) 次保存 saves")
                print(result["folder"]?.string ?? "")
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The backups this node keeps, the newest first.",
            discussion: "Example: gatehouse backup list --data office")

        @OptionGroup var data: DataOption
        @OptionGroup var output: OutputOption

        func run() async throws {
            let reply = try await NodeAccess.use(data.url) { try await $0.get("/api/v1/backups") }
            if output.json { return print(reply.text) }
            let backups = reply.json["items"]?.elements ?? []
            print(reply.json["folder"]?.string ?? "")
            let failure = reply.json["failure"]?["message"]?.string
            if backups.isEmpty, failure == nil { print("还没有备份 There is no backup yet.") }
            for backup in backups {
                let restored = backup["restored"]?.string ?? "从未 never"
                print(
                    "\(backup["name"]?.string ?? "")  \(backup["groups"]?.integer ?? 0) 次保存 saves  "
                        + "检查 checked \(backup["verified"]?.string ?? "–")  恢复 restored \(restored)"
                )
            }
            for name in reply.json["broken"]?.elements ?? [] {
                print("! \(name.string ?? "")  已损坏，不能恢复 damaged, cannot be put back")
            }
            if let failure { print("! \(failure)") }
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check a backup again: sum, SQLite's check, chain, hashes, seals, digests.",
            discussion: """
                Example: gatehouse backup verify 2025-11-22T01-02-03Z --data office
                The node may be running. Without a name the newest one is checked.
                """)

        @Argument(
            help:
                "The backup's folder, or its name among those of the node; or a folder replaced-….")
        var backup: String?
        @OptionGroup var data: DataOption
        @OptionGroup var output: OutputOption

        func run() async throws {
            let bar = ProgressReport("核对 Verifying")
            let backup: Backup
            let found: BackupFinding
            do {
                backup = try await BackupSettings.find(self.backup, data.url)
                found = try await backup.check { bar.show(done: $0, total: $1) }
            } catch let error as StoreError {
                bar.finish()
                throw CommandFailure(error.description)
            }
            bar.finish()
            if found.isSound { backup.note(verifiedAt: Surroundings.system.now()) }
            if output.json {
                print(found.document.text)
            } else if found.isSound {
                print("备份完好 The backup is sound: \(backup.folder.path)")
                if found.isOfEarlierVersion {
                    print(
                        "由较早版本制作，恢复时再核对内容 Made by an earlier version; its log is checked when it is put back."
                    )
                }
            } else {
                for fault in found.faults { print("! \(fault)") }
            }
            guard found.isSound else {
                throw CommandFailure(
                    "备份已损坏 The backup \(backup.folder.path) is damaged. Make a new one: gatehouse backup create --data \(data.path)"
                )
            }
        }
    }

    struct Restore: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put a backup back, with the node stopped. Nothing is deleted.",
            discussion: """
                The backup is checked first. What stands in the data folder is put aside into \
                replaced-…, and what it holds beyond the backup is brought over. The node goes on \
                as a new life: no number is given out twice. On an empty machine the folder is made.

                Example: gatehouse backup restore office/backups/2025-11-22T01-02-03Z --data office
                The way back is the same with the folder replaced-… in the place of the backup.
                A folder that holds another node is refused without --replace-another-node.

                A record that somebody spoiled is not mended this way: headquarters would send it \
                again. Correct the record instead; its history shows what it was.
                """)

        @Argument(
            help:
                "The backup's folder, or its name among those of the node; or a folder replaced-….")
        var backup: String
        @OptionGroup var data: DataOption
        @Flag(help: "Do not bring over what the present data holds beyond the backup.")
        var withoutLater = false
        @Flag(help: "Put another node aside that stands in the data folder.")
        var replaceAnotherNode = false
        @OptionGroup var output: OutputOption

        func run() async throws {
            let bar = ProgressReport("恢复 Restoring")
            let report: RestoreReport
            do {
                // Taken first: a running node is named before anything is read.
                let folder = try DataFolder(data.url)
                report = try await BackupRestore(
                    BackupSettings.find(backup, data.url), into: folder, bringsLater: !withoutLater,
                    replacesAnotherNode: replaceAnotherNode,
                    backups: BackupSettings(SettingsInForce(data: data.url), data: data.url).folder,
                    log: ProgramLog.quiet
                ).run { bar.show(done: $0, total: $1) }
            } catch let error as StoreError {
                bar.finish()
                throw CommandFailure(error.description)
            }
            bar.finish()
            if output.json { return print(report.document.text) }
            print("数据目录 Data folder: \(data.url.path)")
            for sentence in report.sentences {
                print(sentence.zh)
                print("  \(sentence.en)")
            }
            print("下一步 next: gatehouse serve --data \(data.path)")
        }
    }
}

/// Where backups go and how many are kept, by the settings in force.
struct BackupSettings {
    let folder: URL
    let schedule: BackupSchedule

    /// - Throws: `CommandFailure` with exit code 2 for a setting that is no proper number.
    init(_ settings: SettingsInForce, data: URL) throws {
        let place = settings[.backupFolder]
        folder =
            place.isEmpty
            ? data.appending(path: "backups", directoryHint: .isDirectory)
            : URL(filePath: place, directoryHint: .isDirectory, relativeTo: data).absoluteURL
        let hours = try Self.number(.backupEveryHours, 0...8_760, settings)
        let keep = try Self.number(.backupKeep, 1...1_000, settings)
        schedule = BackupSchedule(
            interval: hours == 0 ? nil : .seconds(hours * 60 * 60), keep: keep)
    }

    private static func number(
        _ setting: Setting, _ range: ClosedRange<Int>, _ settings: SettingsInForce
    ) throws -> Int {
        guard let number = Int(settings[setting]), range.contains(number) else {
            throw CommandFailure(
                "\(setting.rawValue) is a whole number from \(range.lowerBound) to \(range.upperBound).",
                exit: .usage)
        }
        return number
    }

    /// What a person named (`Backup.find`); without a name the node's newest backup.
    static func find(_ name: String?, _ data: URL) async throws -> Backup {
        let folder = try BackupSettings(SettingsInForce(data: data), data: data).folder
        if let name { return try await Backup.find(name, in: folder) }
        guard let node = DataFolder.nodeKey(in: data),
            let newest = try Backup.shelf(in: folder, of: node).newest
        else {
            throw CommandFailure(
                "There is no backup in \(folder.path). Make one: gatehouse backup create --data \(data.path)"
            )
        }
        return newest
    }
}

extension BackupFinding {
    fileprivate var document: JSONValue {
        .object([
            .init("folder", .string(backup.folder.path)), .init("sound", .bool(isSound)),
            .init("groups", .integer(groups)), .init("earlierVersion", .bool(isOfEarlierVersion)),
            .init("faults", .array(faults.map(JSONValue.string))),
        ])
    }
}

extension RestoreReport {
    fileprivate var document: JSONValue {
        var members: [JSONValue.Member] = [
            .init("backup", .string(backup.folder.path)),
            .init(
                "created",
                .string(
                    LocalTime(milliseconds: Int64(backup.manifest.created)).description)),
            .init("groups", .integer(backup.manifest.groups)),
            .init("before", .string(before.rawValue)),
            .init("replaced", replaced.map { .string($0.path) } ?? .null),
            .init("onlyThere", onlyThere.map(JSONValue.integer) ?? .null),
            .init("atMost", atMost.map { .integer(Int($0)) } ?? .null),
        ]
        let later: JSONValue? = later.map { later in
            .object([
                .init("groups", later.isCounted ? .integer(later.groups) : .null),
                .init("atPeers", .integer(later.atPeers)),
                .init("brought", .integer(later.brought)),
                .init("nowhereElse", .integer(later.nowhereElse)),
                .init("problem", later.problem.map(JSONValue.string) ?? .null),
            ])
        }
        members.append(.init("later", later ?? .null))
        members.append(
            .init("words", .array(sentences.flatMap { [.string($0.zh), .string($0.en)] })))
        return .object(members)
    }
}
