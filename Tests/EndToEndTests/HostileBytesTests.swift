import Foundation
import Testing

@Suite struct HostileBytesTests {
    /// The program is not optimised here, so it may take longer than the script allows by itself.
    @Test(.enabled(if: Programs.python != nil, "run make python first"))
    func `hostile bytes at every door are refused, cost little and change nothing`() throws {
        let python = try #require(Programs.python)
        let script = Programs.root.appending(path: "Tests/EndToEnd/hostile_bytes.py")
        let (exit, output) = try Programs.run(
            python, [script.path, "--gatehouse", Programs.gatehouse.path, "--cpu", "5000"])
        let failures = output.split(separator: "\n").filter { !$0.hasPrefix("ok") }
        #expect(exit == 0, "\(failures.joined(separator: "\n").suffix(4_000))")
        #expect(output.contains(" requests, 0 failures"))
    }
}
