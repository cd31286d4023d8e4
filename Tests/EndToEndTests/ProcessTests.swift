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
    }
}
