import ArgumentParser
import Foundation
import Records

/// `gatehouse invite`: a one-time code for an office, made at headquarters.
struct Invite: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a one-time join code for an office (at headquarters).",
        discussion: "Example: gatehouse invite --data hq --office MH01")

    @OptionGroup var data: DataOption
    @Option(help: "The code of the office that is to join.")
    var office: String
    @OptionGroup var output: OutputOption

    func run() async throws {
        let office = office
        let reply = try await NodeAccess.use(data.url) { node in
            try await node.post(
                "/api/v1/invitations", .object([.init("office", .string(office))]))
        }
        if output.json {
            print(reply.text)
        } else {
            print(reply.json["code"]?.string ?? "")
            print("有效至 valid until \(reply.json["expires"]?.string ?? ""), 只能用一次 once only")
        }
    }
}

/// `gatehouse join`: an office spends its code and belongs to headquarters from then on.
struct Join: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Join headquarters with a one-time code.",
        discussion:
            "Example: gatehouse join --data office --hq http://127.0.0.1:8080 --code ABCDE-…")

    @OptionGroup var data: DataOption
    @Option(help: "Where headquarters answers.")
    var hq: String
    @Option(help: "The code from gatehouse invite.")
    var code: String
    @Option(help: "Another office code, when the one of gatehouse init is another office's.")
    var office: String?
    @OptionGroup var output: OutputOption

    func run() async throws {
        var members: [JSONValue.Member] = [
            .init("url", .string(hq)), .init("code", .string(code)),
        ]
        if let office { members.append(.init("office", .string(office))) }
        let body = JSONValue.object(members)
        let reply = try await NodeAccess.use(data.url) { node in
            try await node.post("/api/v1/sync/join", body)
        }
        print(output.json ? reply.text : "已加入总部 Joined \(hq).")
    }
}
