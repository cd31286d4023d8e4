import ArgumentParser
import Foundation
import Records

/// `gatehouse verify`: recomputes everything from the log and compares.
struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Recompute chain, seals, projection and digest from the log, and compare.",
        discussion: """
            Damaged groups are named by number and hash, and nothing of them is sent. The next \
            exchange fetches them again; those of the office's private data only a backup has.

            Example: gatehouse verify --repair --data office
            """)

    @Flag(help: "Mend what can be mended here, and ask for the rest again at the next exchange.")
    var repair = false

    @OptionGroup var data: DataOption
    @OptionGroup var output: OutputOption

    func run() async throws {
        let result = try await NodeAccess.use(data.url) { node in
            let job = try await node.post("/api/v1/verify" + (repair ? "?repair=1" : "")).json
            return try await node.finish(job: job["id"]?.string ?? "", "核对 Verifying")
        }
        print(output.json ? result.text : JSONLines.text(result))
        guard result["faults"]?.elements.isEmpty == true else {
            let advice = result["advice"]?.elements.last?.string ?? ""
            throw CommandFailure("The data is damaged; see above. \(advice)")
        }
    }
}

/// `gatehouse status`: who this node is and how it stands.
struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Who this node is and how it stands.")

    @OptionGroup var data: DataOption
    @OptionGroup var output: OutputOption

    func run() async throws {
        let reply = try await NodeAccess.use(data.url) { try await $0.get("/api/v1/status") }
        print(output.json ? reply.text : JSONLines.text(reply.json))
    }
}

/// `gatehouse doctor`: what a person should look at, in words.
struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Look for what needs a person: forks, conflicts, refusals, damage, backups, disk space.",
        discussion: """
            It is quick and does not read all data: of damage it says what was noticed, and how \
            the last gatehouse verify ended.

            Example: gatehouse doctor --data office
            """)

    @OptionGroup var data: DataOption

    func run() async throws {
        let data = data.url
        let (findings, lastVerify) = try await NodeAccess.use(data) { node in
            let status = try await node.get("/api/v1/status").json
            let backups = try await node.get("/api/v1/backups").json
            return (
                try Self.findings(status, data) + Self.findings(backups),
                Self.sentence(lastVerify: status["lastVerify"], data)
            )
        }
        for finding in findings { print("• \(finding)") }
        if findings.isEmpty { print("没有发现问题 Nothing to do.") }
        print(lastVerify)
        guard !findings.isEmpty else { return }
        throw ExitCode(CommandExit.needsAttention.rawValue)
    }

    private static func sentence(lastVerify: JSONValue?, _ data: URL) -> String {
        guard let lastVerify, let at = lastVerify["at"]?.string else {
            return "全部数据还没有核对过 All the data was never checked here: "
                + "gatehouse verify --data \(data.path)"
        }
        let faults = lastVerify["faults"]?.integer ?? 0
        return faults == 0
            ? "上次全面核对 last gatehouse verify: \(at), 完好 sound"
            : "上次全面核对 last gatehouse verify: \(at), \(faults) 处有误 faults"
    }

    private static func findings(_ backups: JSONValue) -> [String] {
        if let failure = backups["failure"]?["message"]?.string { return [failure] }
        if backups["last"]?.string == nil {
            return ["还没有备份 There is no backup yet: gatehouse backup create"]
        }
        return (backups["broken"]?.elements ?? []).map {
            "备份 \($0.string ?? "") 已损坏，不能恢复 This backup is damaged and cannot be put back"
        }
    }

    private static func findings(_ status: JSONValue, _ data: URL) throws -> [String] {
        var findings: [String] = []
        func count(_ name: String) -> Int { status[name]?.integer ?? 0 }
        if count("conflicts") > 0 {
            findings.append(
                "\(count("conflicts")) 条记录有冲突，请核对 conflicts: gatehouse conflicts list")
        }
        if count("forks") > 0 {
            findings.append(
                "发现本机或总部曾从旧备份恢复或被复制，数据已合并 forks: \(count("forks")). Nothing is lost.")
        }
        let fetched = count("damaged") + count("missing") - count("onlyInBackups")
        if fetched > 0 {
            findings.append(
                "本机磁盘上有 \(fetched) 批改动损坏或缺少，下次同步时重新取回 groups damaged or without "
                    + "their values, which the next exchange fetches: \(fetched)")
        }
        if let advice = status["advice"]?.elements.compactMap(\.string), !advice.isEmpty {
            findings.append(
                "本机磁盘上有数据损坏 Data is damaged on this disk: "
                    + advice.joined(separator: " "))
        }
        if let message = status["message"]?.string {
            findings.append(message)
        }
        let free =
            try FileManager.default.attributesOfFileSystem(forPath: data.path)[
                .systemFreeSize] as? UInt64
        if let free, free < 1 << 30 {
            findings.append("磁盘剩余不足 1 GiB. Less than 1 GiB of disk is left: make room.")
        }
        return findings
    }
}

/// `gatehouse healthcheck`: exit code 0 while the serving node is ready; for units and containers.
struct Healthcheck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Exit 0 when the running node is ready.")

    @OptionGroup var data: DataOption

    func run() async throws {
        _ = try await NodeAccess.use(data.url) { try await $0.get("/readyz") }
        print("ready")
    }
}
