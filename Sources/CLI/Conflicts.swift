import ArgumentParser
import Foundation
import Records

/// `gatehouse conflicts`: fields that two people wrote without seeing each other, and numbers that
/// several records bear.
struct Conflicts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Fields that were changed on both sides, and numbers that several records bear.",
        subcommands: [List.self, Show.self, Resolve.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "All records with such fields.")

        @OptionGroup var data: DataOption
        @OptionGroup var output: OutputOption

        func run() async throws {
            let reply = try await NodeAccess.use(data.url) {
                try await $0.get("/api/v1/conflicts")
            }
            print(output.json ? reply.text : JSONLines.text(reply.json))
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The values of one record's fields, with who, where and when.",
            discussion: "Example: gatehouse conflicts show households ID --data office")

        @Argument(help: "The type of the record.")
        var type: String
        @Argument(help: "The record's id.")
        var id: String
        @OptionGroup var data: DataOption
        @OptionGroup var output: OutputOption

        func run() async throws {
            let path = "/api/v1/conflicts/\(type)/\(id)"
            let reply = try await NodeAccess.use(data.url) { try await $0.get(path) }
            print(output.json ? reply.text : JSONLines.text(reply.json))
        }
    }

    struct Resolve: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Decide a field.",
            discussion: """
                Example: gatehouse conflicts resolve households ID --field area --value 88.50 \
                --reason 量过 --data office
                """)

        @Argument(help: "The type of the record.")
        var type: String
        @Argument(help: "The record's id.")
        var id: String
        @Option(help: "The field's name.")
        var field: String
        @Option(help: "The value that is to stand, as in the API.")
        var value: String
        @Option(help: "Why.")
        var reason: String
        @OptionGroup var data: DataOption

        func run() async throws {
            let (type, id, field, value, reason) = (type, id, field, value, reason)
            try await NodeAccess.use(data.url) { node in
                let shown = try await node.get("/api/v1/conflicts/\(type)/\(id)").json
                let json = (try? JSONValue(parsing: value)) ?? .string(value)
                _ = try await node.post(
                    "/api/v1/conflicts/\(id)/resolution",
                    .object([
                        .init("type", .string(type)), .init("field", .string(field)),
                        .init("value", json), .init("reason", .string(reason)),
                        .init("version", shown["_version"] ?? .null),
                    ]))
            }
            print("已决定 decided: \(field)")
        }
    }
}
