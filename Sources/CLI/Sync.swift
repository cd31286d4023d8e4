import ArgumentParser
import Foundation
import Records

/// `gatehouse sync`: the exchange with headquarters.
struct Sync: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Exchange with headquarters, or look at how that stands.",
        subcommands: [Now.self, SyncStatusCommand.self, Pause.self, Resume.self, History.self])

    struct Now: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Exchange now and wait for the end; for cron as well.",
            discussion: "Example: gatehouse sync now --data office --json")

        @OptionGroup var data: DataOption
        @OptionGroup var output: OutputOption

        func run() async throws {
            let result = try await NodeAccess.use(data.url) { node in
                let job = try await node.post("/api/v1/sync").json
                return try await node.finish(job: job["id"]?.string ?? "", "同步 Syncing")
            }
            if output.json {
                print(result.text)
            } else {
                for space in result.elements { print(Self.line(space)) }
            }
            let isComplete = result.elements.allSatisfy { $0["digestEqual"]?.boolean == true }
            if !isComplete {
                throw CommandFailure(
                    "Not everything is the same on both sides yet. See gatehouse sync status.",
                    exit: .needsAttention)
            }
        }

        static func line(_ space: JSONValue) -> String {
            let equal = space["digestEqual"]?.boolean.map { $0 ? "=" : "≠" } ?? "?"
            return "\(space["space"]?.string ?? ""): \(space["state"]?.string ?? "")"
                + " ↑\(space["sent"]?.integer ?? 0) ↓\(space["received"]?.integer ?? 0) \(equal)"
        }
    }

    struct SyncStatusCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "status", abstract: "Where the exchange with headquarters stands.")

        @OptionGroup var data: DataOption
        @OptionGroup var output: OutputOption

        func run() async throws {
            let reply = try await NodeAccess.use(data.url) { try await $0.get("/api/v1/sync") }
            print(output.json ? reply.text : JSONLines.text(reply.json))
        }
    }

    struct Pause: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Pause the periodic exchange; a pause ends by itself.")

        @OptionGroup var data: DataOption
        @Option(help: "For how many minutes.")
        var minutes: Int = 60
        @Option(help: "Who pauses.")
        var by: String = "command line"

        func run() async throws {
            let body = JSONValue.object([
                .init("minutes", .integer(minutes)), .init("by", .string(by)),
            ])
            _ = try await NodeAccess.use(data.url) {
                try await $0.post("/api/v1/sync/pause", body)
            }
            print("已暂停 paused: \(minutes) min")
        }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "End a pause.")

        @OptionGroup var data: DataOption

        func run() async throws {
            _ = try await NodeAccess.use(data.url) { try await $0.post("/api/v1/sync/resume") }
            print("已恢复 resumed")
        }
    }

    struct History: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The last exchanges.")

        @OptionGroup var data: DataOption
        @OptionGroup var output: OutputOption

        func run() async throws {
            let reply = try await NodeAccess.use(data.url) {
                try await $0.get("/api/v1/sync/history")
            }
            print(output.json ? reply.text : JSONLines.text(reply.json))
        }
    }
}

/// A JSON document as lines for people: one `name: value` a line, deeper levels indented.
enum JSONLines {
    static func text(_ json: JSONValue, indent: Int = 0) -> String {
        let margin = String(repeating: "  ", count: indent)
        switch json {
        case .object(let members):
            return members.map { member in
                isNested(member.value)
                    ? "\(margin)\(member.name):\n" + text(member.value, indent: indent + 1)
                    : "\(margin)\(member.name): \(plain(member.value))"
            }.joined(separator: "\n")
        case .array(let elements):
            return elements.map {
                isNested($0)
                    ? "\(margin)-\n" + text($0, indent: indent + 1) : "\(margin)- \(plain($0))"
            }.joined(separator: "\n")
        default:
            return margin + plain(json)
        }
    }

    private static func isNested(_ json: JSONValue) -> Bool {
        switch json {
        case .object(let members): !members.isEmpty
        case .array(let elements): !elements.isEmpty
        default: false
        }
    }

    private static func plain(_ json: JSONValue) -> String {
        if case .string(let text) = json { return text }
        if case .null = json { return "–" }
        return json.text
    }
}
