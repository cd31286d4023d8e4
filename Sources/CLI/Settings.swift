import ArgumentParser
import Foundation
import Node
import Records

/// What can be set about a serving node. The first of flag, environment, file and default that says
/// something counts.
enum Setting: String, CaseIterable, Sendable {
    case listen
    case interval
    case certificateAuthorityFile = "ca-file"
    case keepSupersededDays = "keep-superseded-days"
    case backupFolder = "backup-folder"
    case backupEveryHours = "backup-every-hours"
    case backupKeep = "backup-keep"

    var defaultValue: String {
        switch self {
        case .listen: "127.0.0.1:8080"
        case .interval: "60"
        case .certificateAuthorityFile: ""
        case .keepSupersededDays: "1095"
        case .backupFolder: ""
        case .backupEveryHours: "24"
        case .backupKeep: "7"
        }
    }

    /// Empty for a text.
    var unit: String {
        switch self {
        case .interval: "seconds"
        case .keepSupersededDays: "days"
        case .backupEveryHours: "hours"
        case .backupKeep: "backups"
        case .listen, .certificateAuthorityFile, .backupFolder: ""
        }
    }

    var meaning: String {
        switch self {
        case .listen: "Loopback address and port of the page, the API and the exchange."
        case .interval: "Time between two exchanges when nothing happens, up to 86400."
        case .certificateAuthorityFile:
            "PEM file to trust instead of the system's authorities when headquarters is called."
        case .keepSupersededDays:
            "How long values stay in the history after they were replaced and backed up; 0 keeps them for ever."
        case .backupFolder:
            "Where backups go, best on another disk; empty for backups in the data folder."
        case .backupEveryHours: "Time between two backups, up to 8760; 0 makes none by itself."
        case .backupKeep:
            "How many of the newest are kept; also, of as many days, the last one of each."
        }
    }

    var environmentName: String {
        "GATEHOUSE_" + rawValue.uppercased().replacingOccurrences(of: "-", with: "_")
    }
}

/// The settings in force, each with where it came from.
struct SettingsInForce: Sendable {
    enum Source: String, Sendable {
        case flag, environment, file
        case defaultValue = "default"
    }

    private let values: [Setting: (value: String, source: Source)]

    /// - Parameters:
    ///   - flags: given on the command line.
    ///   - data: the data folder, in which `settings.json` may stand.
    /// - Throws: `CommandFailure` for a file that cannot be read or has an unknown key.
    init(flags: [Setting: String] = [:], data: URL) throws {
        let environment = ProcessInfo.processInfo.environment
        let file = try Self.file(data.appending(path: "settings.json"))
        values = Setting.allCases.reduce(into: [:]) { values, setting in
            if let value = flags[setting] {
                values[setting] = (value, .flag)
            } else if let value = environment[setting.environmentName] {
                values[setting] = (value, .environment)
            } else if let value = file[setting] {
                values[setting] = (value, .file)
            } else {
                values[setting] = (setting.defaultValue, .defaultValue)
            }
        }
    }

    subscript(setting: Setting) -> String { values[setting]?.value ?? setting.defaultValue }

    func source(of setting: Setting) -> Source { values[setting]?.source ?? .defaultValue }

    private static func file(_ url: URL) throws -> [Setting: String] {
        let data: Data
        do {
            data = try Data(contentsOf: url)
        } catch CocoaError.fileReadNoSuchFile {
            return [:]
        } catch {
            throw CommandFailure(
                "The settings in \(url.path) cannot be read (\(error.reason)). Let this user read the file, or remove it."
            )
        }
        guard case .object(let members)? = try? JSONValue(parsing: Array(data)) else {
            throw CommandFailure(
                "The settings in \(url.path) are not a JSON object in UTF-8. Correct or remove the file."
            )
        }
        var settings: [Setting: String] = [:]
        for member in members {
            guard let setting = Setting(rawValue: member.name) else {
                throw CommandFailure(
                    "\(url.path) sets “\(member.name)”, which is no setting. See gatehouse settings."
                )
            }
            switch member.value {
            case .string(let text): settings[setting] = text
            case .number(let digits): settings[setting] = digits
            default:
                throw CommandFailure("\(url.path): \(member.name) is a text or a number.")
            }
        }
        return settings
    }
}

/// `gatehouse settings`: what is in force, and where it came from.
struct Settings: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print each setting with its unit, source and meaning.",
        discussion: """
            Flags come before the environment, that before settings.json in the data folder, that \
            before the default.

            Example: gatehouse settings --data office
            """)

    @OptionGroup var data: DataOption
    @OptionGroup var output: OutputOption

    func run() async throws {
        let settings = try SettingsInForce(data: data.url)
        let rows = Setting.allCases.map { setting in
            JSONValue.object([
                .init("name", .string(setting.rawValue)),
                .init("value", .string(settings[setting])), .init("unit", .string(setting.unit)),
                .init("source", .string(settings.source(of: setting).rawValue)),
                .init("environment", .string(setting.environmentName)),
                .init("meaning", .string(setting.meaning)),
            ])
        }
        print(output.json ? JSONValue.array(rows).text : JSONLines.text(.array(rows)))
    }
}
