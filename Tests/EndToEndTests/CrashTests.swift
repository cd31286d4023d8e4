import Foundation
import Testing

/// Nodes killed, cut off from power and left without disk, as real processes on real files. These
/// are short runs; the scripts in `Tests/EndToEnd` say how the full ones are made.
///
/// A script that cannot do its work on a machine says why and ends with 77; then its test is
/// recorded as cancelled with that reason.
@Suite(.serialized) struct CrashTests {
    @Test func `nothing acknowledged is lost when either side is killed at any moment`() throws {
        let output = try run("crash_ledger.py", ["--kills", "40"])
        #expect(output.contains(", 0 lost"))
    }

    @Test(.enabled(if: Programs.python != nil, "run make python first"))
    func `nothing acknowledged is lost when the power is cut, and the rig can show a loss`() throws
    {
        let output = try run("powercut.py", ["--cuts", "10", "--lying", "2"])
        #expect(output.contains(", 0 lost"))
        #expect(output.contains("0 confirmed groups sent again"))
    }

    @Test func `a full disk is named, loses nothing acknowledged, and is got over by itself`()
        throws
    {
        let output = try run("disk_full.py", ["--values", "10"])
        #expect(output.contains(", 0 lost"))
    }

    @Test func `what is acknowledged was flushed before the first byte of the answer`() throws {
        _ = try run("durable_before_ack.py", [])
    }

    /// Each 24th call here; `migration.py` alone kills at every one.
    @Test func `S37 an upgrade killed at any step goes on, and a downgrade is refused untouched`()
        throws
    {
        let output = try run("migration.py", ["--every", "24"])
        #expect(output.contains(" 0 lost"))
    }

    /// Runs a script of `Tests/EndToEnd` to its end, which must be good.
    private func run(_ script: String, _ arguments: [String]) throws -> String {
        let path = Programs.root.appending(path: "Tests/EndToEnd/\(script)").path
        let python = Programs.python ?? URL(filePath: "/usr/bin/python3")
        let (exit, output) = try Programs.run(
            python, [path, "--gatehouse", Programs.gatehouse.path] + arguments)
        if exit == 77 {
            let reason = output.split(separator: "\n").last { $0.hasPrefix("skipped: ") }
            try Test.cancel("\(script): \(reason ?? "it gives no reason")")
        }
        #expect(exit == 0, "\(output.suffix(4_000))")
        #expect(output.contains(" passed, 0 failed"))
        return output
    }
}
