import Foundation
import Testing

/// Rows are read by the functions of `Row+Reading.swift` only: GRDB's subscripts end the process at
/// a value that a damaged file may hold.
@Suite struct RowReadingTests {
    @Test func `no file of the store reads a row by a subscript that can end the process`() throws {
        let sources = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Sources/Store")
        // swift-format-ignore
        let subscripted = /\b(row\??|\$0|found)\[(\d+|[a-z. ]+\+ ?\d+|\d+ ?\+ ?[a-z.$0]+)\](?! as DatabaseValue)/
        var files = 0
        for file in try FileManager.default.contentsOfDirectory(
            at: sources, includingPropertiesForKeys: nil)
        where file.pathExtension == "swift" {
            files += 1
            let text = try String(contentsOf: file, encoding: .utf8)
            for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
                .enumerated() where line.contains(subscripted)
            {
                Issue.record("\(file.lastPathComponent):\(number + 1): \(line)")
            }
        }
        #expect(files > 20)
    }
}
