import Foundation
import SyncCore
import Testing
import Wire

/// Facts that stand both in the text of the protocol and in the program.
@Suite struct ConsistencyTests {
    /// The cells of the rows of the table that begins with this header row.
    private func table(_ header: String) throws -> [[String]] {
        let file = Vectors.folder.deletingLastPathComponent().appending(path: "exchange.md")
        let lines = try String(contentsOf: file, encoding: .utf8).split(
            separator: "\n", omittingEmptySubsequences: false)
        let start = try #require(lines.firstIndex { $0 == header })
        return lines[(start + 2)...].prefix { $0.hasPrefix("|") }.map { line in
            line.dropFirst().dropLast().split(separator: "|").map {
                $0.trimmingCharacters(in: .whitespaces)
            }
        }
    }

    @Test func `the limits of exchange.md are those of the program, in the same order`() throws {
        let text = try table("| limit | value |").map { row in
            [row[0], row[1].replacing(",", with: "")]
        }
        #expect(text == Limits.all.map { [$0.name, String($0.value)] })
    }

    @Test func `the problems of exchange.md are those of the program, with their status`() throws {
        let text = try table("| code | status | meaning and next step |").map { row in
            [row[0].replacing("`", with: ""), row[1]]
        }
        #expect(
            Set(text) == Set(Problem.Code.allCases.map { [$0.rawValue, String($0.status)] }))
        #expect(text.count == Problem.Code.allCases.count)
    }
}
