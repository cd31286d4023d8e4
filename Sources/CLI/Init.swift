import ArgumentParser
import Foundation
import Node
import Records
import Store
import SyncCore

/// `gatehouse init`: makes a node. It works at once, with or without headquarters.
struct Init: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a node in an empty folder.",
        discussion: "Example: gatehouse init --data office --role office --code MH01 --name 幸福里小区")

    @OptionGroup var data: DataOption
    @Option(help: "office or hq.")
    var role: String
    @Option(help: "The office's code, such as MH01; headquarters is HQ.")
    var code: String
    @Option(help: "The office's name.")
    var name: String
    @OptionGroup var output: OutputOption

    func run() async throws {
        guard let role = Role(rawValue: role) else {
            throw CommandFailure("--role is office or hq.", exit: .usage)
        }
        do {
            try await LocalNode.found(
                try DataFolder(data.url), role: role, code: code, name: name, log: ProgramLog.quiet)
        } catch let error as StoreError {
            throw CommandFailure(error.message)
        }
        if output.json {
            print(
                JSONValue.object([
                    .init("data", .string(data.url.path)), .init("role", .string(role.rawValue)),
                    .init("code", .string(code)),
                ]).text)
        } else {
            print("数据目录 Data folder: \(data.url.path)")
            print("已建立 \(code) \(name). 下一步 next: gatehouse serve --data \(data.path)")
        }
    }
}
