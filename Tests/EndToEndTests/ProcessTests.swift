import Foundation
import Testing

/// Real processes at the end: the program as people run it, and a peer in another language.
@Suite(.serialized) struct ProcessTests {
    @Test(.enabled(if: Programs.python != nil, "run make python first"))
    func `a peer written in Python from the protocol text alone plays an office`() throws {
        let python = try #require(Programs.python)
        let script = Programs.root.appending(path: "Tests/ProtocolPeer/peer.py")
        let (exit, output) = try Programs.run(
            python, [script.path, "--gatehouse", Programs.gatehouse.path])
        #expect(exit == 0, "\(output.suffix(4_000))")
        #expect(output.contains("passed, 0 failed"))
    }

    /// A short run; the full one is `Tests/EndToEnd/kill9.py` with its defaults (20,000 tickets, 50
    /// kills).
    @Test(.enabled(if: Programs.python != nil, "run make python first"))
    func `a first sync survives kill -9 of either side and sends nothing confirmed again`() throws {
        let python = try #require(Programs.python)
        let script = Programs.root.appending(path: "Tests/EndToEnd/kill9.py")
        let (exit, output) = try Programs.run(
            python,
            [
                script.path, "--gatehouse", Programs.gatehouse.path, "--tickets", "1500",
                "--kills", "5",
            ])
        #expect(exit == 0, "\(output.suffix(4_000))")
        #expect(output.contains("0 confirmed groups sent again"))
    }

    @Test func `the demo ends with every check passed`() throws {
        let (exit, output) = try Programs.run(
            Programs.gatehouse, ["demo", "--once", "--port-base", "9411"])
        #expect(exit == 0, "\(output.suffix(4_000))")
        #expect(output.contains("\"passed\":true"))
        #expect(!output.contains("✗"))
    }

    @Test func `the demo touches no node that was there before`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "gh-\(UUID().uuidString)")
        // A left-over folder in /tmp harms nobody.
        defer { try? FileManager.default.removeItem(at: folder) }
        let office = folder.appending(path: "office").path
        let made = try Programs.run(
            Programs.gatehouse,
            ["init", "--data", office, "--role", "office", "--code", "MH01", "--name", "幸福里"])
        #expect(made.exit == 0, "\(made.output)")
        let serving = try Programs.start(
            Programs.gatehouse, ["serve", "--data", office, "--listen", "127.0.0.1:9422"],
            until: "9422/")
        defer {
            serving.terminate()
            serving.waitUntilExit()
        }
        let before = try Programs.run(Programs.gatehouse, ["status", "--data", office]).output
        let demo = folder.appending(path: "demo").path
        let (exit, output) = try Programs.run(
            Programs.gatehouse, ["demo", "--once", "--port-base", "9421", "--data", demo])
        #expect(exit == 1)
        #expect(
            output.contains(
                "Port 9422 is in use by another program. Choose other ports with --port-base."),
            "\(output)")
        #expect(!FileManager.default.fileExists(atPath: demo))
        let after = try Programs.run(Programs.gatehouse, ["status", "--data", office]).output
        #expect(after == before)
        // A second node is told the same, and nothing else.
        let other = folder.appending(path: "other").path
        _ = try Programs.run(
            Programs.gatehouse,
            ["init", "--data", other, "--role", "office", "--code", "MH02", "--name", "锦绣"])
        let refused = try Programs.run(
            Programs.gatehouse, ["serve", "--data", other, "--listen", "127.0.0.1:9422"])
        #expect(refused.exit == 1)
        #expect(
            refused.output.split(separator: "\n").dropFirst() == [
                "gatehouse: Port 9422 is in use by another program. Stop it, or choose another port with --listen."
            ], "\(refused.output)")
    }

    @Test func `wrong usage ends with 2, a missing node with 1, headquarters out of reach with 4`()
        throws
    {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "gh-\(UUID().uuidString)")
        // A left-over folder in /tmp harms nobody.
        defer { try? FileManager.default.removeItem(at: folder) }
        let office = folder.appending(path: "office").path
        #expect(try Programs.run(Programs.gatehouse, ["status"]).exit == 2)
        #expect(
            try Programs.run(
                Programs.gatehouse, ["serve", "--data", office, "--listen", "0.0.0.0:1"]
            ).exit == 2)
        #expect(try Programs.run(Programs.gatehouse, ["status", "--data", office]).exit == 1)
        let made = try Programs.run(
            Programs.gatehouse,
            ["init", "--data", office, "--role", "office", "--code", "MH01", "--name", "幸福里"])
        #expect(made.exit == 0, "\(made.output)")
        let again = try Programs.run(
            Programs.gatehouse,
            ["init", "--data", office, "--role", "office", "--code", "MH01", "--name", "幸福里"])
        #expect(again.exit == 1)
        let code = "00000-00000-00000-00000-00000-00000-00000-00000"
        let join = try Programs.run(
            Programs.gatehouse,
            ["join", "--data", office, "--hq", "http://127.0.0.1:9", "--code", code])
        #expect(join.exit == 4, "\(join.output)")
        for words in [
            ["join", "--hq", "http://127.0.0.1:9", "--code", "WRONG-CODE"], ["import", "undo"],
            ["import", "undo", "abc"], ["import", "cats", "file.csv"], ["import", "tickets"],
            ["export", "foo"], ["export", "households", "--format", "pdf"],
        ] {
            let wrong = try Programs.run(Programs.gatehouse, words + ["--data", office])
            #expect(wrong.exit == 2, "\(words): \(wrong.output)")
        }
    }

    @Test func `an import names each cell that was left aside, with its record`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "gh-\(UUID().uuidString)")
        // A left-over folder in /tmp harms nobody.
        defer { try? FileManager.default.removeItem(at: folder) }
        let office = folder.appending(path: "office").path
        _ = try Programs.run(
            Programs.gatehouse,
            ["init", "--data", office, "--role", "office", "--code", "MH01", "--name", "幸福里小区"])
        let file = folder.appending(path: "tickets.csv")
        /// By which way the call came in is noted once and for ever.
        func bring(_ channel: String, _ words: String...) throws -> (exit: Int32, output: String) {
            let text =
                "编号,受理时间,类别,状态,内容,渠道\nT-1,2025-05-08 11:31,报修,待派,漏水,\(channel)\n"
            try Data(text.utf8).write(to: file)
            return try Programs.run(
                Programs.gatehouse, ["import", "tickets", file.path, "--data", office] + words)
        }
        #expect(try !bring("来电").output.contains("left aside"))
        for _ in 1...2 {
            let (exit, output) = try bring("微信")
            #expect(exit == 0)
            #expect(output.contains("  第 row 2: 渠道 kept_here contacts/"), "\(output)")
            #expect(
                output.contains(
                    "没有改动的内容 cells left aside: 1. 系统中已有的内容不同，未改动；如需更改请在记录中修改。 "
                        + "The record here says otherwise and was left alone; change it there if need be."
                ), "\(output)")
        }
        let json = try bring("微信", "--json").output
        #expect(json.contains(#""kept":[{"row":2,"column":"渠道","reason":"kept_here","#), "\(json)")
    }

    @Test func `an import names its batch, and undo names the latest ones`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "gh-\(UUID().uuidString)")
        // A left-over folder in /tmp harms nobody.
        defer { try? FileManager.default.removeItem(at: folder) }
        let office = folder.appending(path: "office").path
        func run(_ words: String...) throws -> (exit: Int32, output: String) {
            try Programs.run(Programs.gatehouse, words + ["--data", office])
        }
        _ = try run("init", "--role", "office", "--code", "MH01", "--name", "幸福里小区")
        #expect(try run("import", "undo").output.contains("Nothing was imported yet."))
        let register = Programs.root.appending(path: "Tests/Fixtures/MH01-households.csv")
        let output = try run("import", "households", register.path).output
        #expect(output.contains("gatehouse import undo 1 --data \(office)"), "\(output)")
        let unknown = try run("import", "undo", "7")
        #expect(unknown.exit == 1)
        #expect(unknown.output.contains("There is no import 7 here."))
        #expect(unknown.output.contains("  1  households  "), "\(unknown.output)")
        #expect(try run("import", "undo", "1").exit == 0)
        #expect(try run("import", "undo").output.contains("taken back"))
    }
}
