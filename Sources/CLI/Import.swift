import ArgumentParser
import Foundation
import Records

/// `gatehouse import`: an office's register goes in; bad rows are reported, good rows go in.
struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Import a register (households, persons, tickets or visits), or take one back.",
        discussion: """
            CSV in UTF-8 or GB18030, or xlsx. Importing the same file again changes nothing.

            Examples:
              gatehouse import households MH01-households.csv --data office --dry-run
              gatehouse import undo 3 --data office
            """)

    @Argument(help: "households, persons, tickets or visits; or undo.")
    var register: String
    @Argument(help: "The file; after undo the number of the batch.")
    var file: String
    @OptionGroup var data: DataOption
    @Flag(help: "Check only; write nothing.")
    var dryRun = false
    @OptionGroup var output: OutputOption

    func run() async throws {
        if register == "undo" { return try await undo() }
        let url = URL(filePath: file)
        guard let bytes = try? Data(contentsOf: url) else {
            throw CommandFailure("The file \(file) cannot be read.")
        }
        let path = "/api/v1/imports/\(register)?dry_run=\(dryRun)"
        let result = try await NodeAccess.use(data.url) { node in
            let job = try await node.send(
                "POST", path, body: Array(bytes), type: "application/octet-stream"
            ).json
            return try await node.finish(job: job["id"]?.string ?? "", "导入 Importing")
        }
        if output.json {
            print(result.text)
        } else {
            report(result)
        }
        if !(result["rejected"]?.elements.isEmpty ?? true) {
            throw ExitCode(CommandExit.needsAttention.rawValue)
        }
    }

    private func report(_ result: JSONValue) {
        print(
            "行 rows \(result["rows"]?.integer ?? 0), 接受 accepted \(result["accepted"]?.integer ?? 0), "
                + "未变 unchanged \(result["unchanged"]?.integer ?? 0)")
        for row in result["rejected"]?.elements ?? [] {
            print(
                "  第 row \(row["row"]?.integer ?? 0): \(row["column"]?.string ?? "") "
                    + (row["reason"]?.string ?? ""))
        }
    }

    private func undo() async throws {
        let path = "/api/v1/imports/\(file)/undo"
        let reply = try await NodeAccess.use(data.url) { try await $0.post(path) }
        print(output.json ? reply.text : JSONLines.text(reply.json))
    }
}

/// `gatehouse export`: the records of one type as a file.
struct Export: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write all records of a type to standard output.",
        discussion: "Example: gatehouse export households --data office --format xlsx > 住户.xlsx")

    @Argument(help: "A type of record: households, tickets, …")
    var type: String
    @OptionGroup var data: DataOption
    @Option(help: "csv, xlsx or json.")
    var format: String = "csv"

    func run() async throws {
        let path = "/api/v1/\(type)/export?format=\(format)"
        let reply = try await NodeAccess.use(data.url) { try await $0.get(path) }
        FileHandle.standardOutput.write(Data(reply.body))
    }
}
