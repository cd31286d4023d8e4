import ArgumentParser
import Foundation
import Node
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
            Without a number, undo names the latest imports.
            """)

    @Argument(help: "households, persons, tickets or visits; or undo.")
    var register: String
    @Argument(help: "The file; after undo the number of the batch.")
    var file: String?
    @OptionGroup var data: DataOption
    @Flag(help: "Check only; write nothing.")
    var dryRun = false
    @OptionGroup var output: OutputOption

    func validate() throws {
        if register == "undo" {
            guard file.map({ Int64($0) != nil }) ?? true else {
                throw ValidationError("After undo comes the number of a batch.")
            }
            return
        }
        do {
            _ = try Register.named(register)
        } catch let error as ImportError {
            throw ValidationError(error.message)
        }
        guard file != nil else { throw ValidationError("Name the file of the register.") }
    }

    func run() async throws {
        guard register != "undo", let file else { return try await undo() }
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
        let kept = result["kept"]?.elements ?? []
        for cell in kept {
            print(
                "  第 row \(cell["row"]?.integer ?? 0): \(cell["column"]?.string ?? "") "
                    + "\(cell["reason"]?.string ?? "") "
                    + "\(cell["type"]?.string ?? "")/\(cell["record"]?.string ?? "")")
        }
        if !kept.isEmpty {
            let sentence = ImportReason.keptHere.sentence
            print("没有改动的内容 cells left aside: \(kept.count). \(sentence.zh) \(sentence.en)")
        }
        if let batch = result["batch"]?.integer {
            print(
                "批次 batch \(batch). 撤销 to take it back: "
                    + "gatehouse import undo \(batch) --data \(data.path)")
        }
    }

    private func undo() async throws {
        let batch = file
        let reply = try await NodeAccess.use(data.url) { node in
            guard let batch else {
                throw CommandFailure(
                    "Which import? Name its number.\n" + (try await Self.latest(node)),
                    exit: .usage)
            }
            do {
                return try await node.post("/api/v1/imports/\(batch)/undo")
            } catch let failure as CommandFailure {
                throw CommandFailure(
                    "\(failure.message)\n" + (try await Self.latest(node)), exit: failure.exit)
            }
        }
        print(output.json ? reply.text : JSONLines.text(reply.json))
    }

    /// The latest imports, a line each.
    private static func latest(_ node: NodeAccess) async throws -> String {
        let batches = try await node.get("/api/v1/imports?limit=10").json["items"]?.elements ?? []
        if batches.isEmpty { return "还没有导入过 Nothing was imported yet." }
        let lines = batches.map { batch in
            "  \(batch["batch"]?.integer ?? 0)  \(batch["register"]?.string ?? "")  "
                + "\(batch["at"]?.string ?? "")  \(batch["rows"]?.integer ?? 0) 行 rows"
                + (batch["undone"]?.string == nil ? "" : "  已撤销 taken back")
        }
        return (["最近的导入 the latest imports:"] + lines).joined(separator: "\n")
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

    func validate() throws {
        let types = Catalogue.types.map(\.name)
        guard types.contains(type) else {
            throw ValidationError(
                "There is no type of record \(type). There are: \(types.joined(separator: ", ")).")
        }
    }

    func run() async throws {
        let path = "/api/v1/\(type)/export?format=\(format)"
        let reply = try await NodeAccess.use(data.url) { try await $0.get(path) }
        FileHandle.standardOutput.write(Data(reply.body))
    }
}
