import ArgumentParser
import Foundation
import Records
import Relay
import SyncCore

/// `gatehouse demo`: headquarters and three offices on this machine, a day with an outage and a
/// conflict.
struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Headquarters and three offices on loopback, with fictional data.",
        discussion: "Example: gatehouse demo --once")

    @Flag(
        help:
            "End after the check list, with exit code 0 when all is well, and print the result as JSON."
    )
    var once = false
    @Option(help: "Headquarters takes this port, the offices the next three.")
    var portBase: Int = 8090
    @Option(
        name: .customLong("data"),
        help: "A folder for the demo's data; a new one in the temporary folder if not given.")
    var data: String?

    func run() async throws {
        guard (1_024...65_000).contains(portBase) else {
            throw CommandFailure("--port-base is a port from 1024 to 65000.", exit: .usage)
        }
        let folder = try makeFolder()
        say("演示数据目录 Demo data folder: \(folder.path)")
        let headquarters = DemoNode(
            .headquarters, code: "HQ", name: "总部", in: folder, port: portBase)
        let names = [("MH01", "幸福里小区"), ("MH02", "锦绣湾花园"), ("MH03", "翠苑公寓")]
        let offices = names.enumerated().map { place, office in
            DemoNode(
                .office, code: office.0, name: office.1, in: folder, port: portBase + 1 + place)
        }
        let nodes = [headquarters] + offices
        for node in nodes { try await node.checkPort() }
        defer { for node in nodes { node.stop() } }
        let interruption = Interruption { for node in nodes { node.stop() } }
        for node in nodes { try await node.start() }
        let today = String(
            LocalTime(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000)).description
                .prefix(10))
        let outcome = try await DemoDay(
            headquarters: headquarters, offices: offices,
            line: try LineRelay(to: headquarters.port), today: today
        ).play { say("· \($0)") }
        let checks = try await DemoChecks(
            headquarters: headquarters, offices: offices, outcome: outcome
        ).run()
        report(checks, nodes, folder)
        guard checks.allSatisfy(\.isPassed) else {
            throw CommandFailure("The demo found something wrong; see the check list.")
        }
        if !once { await interruption.wait() }
    }

    private func makeFolder() throws -> URL {
        let folder =
            data.map { URL(filePath: $0, directoryHint: .isDirectory) }
            ?? FileManager.default.temporaryDirectory.appending(
                path: "gatehouse-demo-\(getpid())", directoryHint: .isDirectory)
        // Nil: not there yet.
        let present = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
        guard present?.isEmpty ?? true else {
            throw CommandFailure(
                "The folder \(folder.path) is not empty. The demo wants a folder of its own.")
        }
        return folder
    }

    private func report(_ checks: [DemoChecks.Check], _ nodes: [DemoNode], _ folder: URL) {
        say("\n核对 Check list")
        for check in checks {
            say("  \(check.isPassed ? "✓" : "✗") \(check.name) (\(check.detail))")
        }
        if once {
            let result = JSONValue.object([
                .init("passed", .bool(checks.allSatisfy(\.isPassed))),
                .init("data", .string(folder.path)),
                .init(
                    "checks",
                    .array(
                        checks.map {
                            .object([
                                .init("name", .string($0.name)),
                                .init("passed", .bool($0.isPassed)),
                                .init("detail", .string($0.detail)),
                            ])
                        })),
            ])
            say(result.text)
        } else {
            say("\n地址 Addresses (演示数据 fictional data, this machine only)")
            for node in nodes { say("  \(node.code) \(node.name): \(node.address)") }
            say("\n按 Ctrl-C 结束 Ctrl-C ends the demo.")
        }
    }

    private func say(_ text: String) {
        print(text)
        fflush(nil)
    }
}

/// Ends the demo on Ctrl-C or a termination, and cleans up first.
private struct Interruption {
    private let sources: [any DispatchSourceSignal]

    init(_ cleanUp: @escaping @Sendable () -> Void) {
        sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                cleanUp()
                Foundation.exit(0)
            }
            source.resume()
            return source
        }
    }

    /// Waits until the process ends.
    func wait() async {
        for await _ in AsyncStream<Void>(unfolding: { try? await Task.sleep(for: .seconds(3_600)) })
        {}
        withExtendedLifetime(sources) {}
    }
}
