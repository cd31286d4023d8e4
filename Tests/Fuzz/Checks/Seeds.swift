import Foundation
import Records
import SyncCore

/// What libFuzzer begins with: the protocol's vectors, the offices' registers and a few words,
/// taken from where they stand.
enum Seeds {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../..").standardizedFileURL

    static func file(_ path: String) throws -> [UInt8] {
        try Array(Data(contentsOf: root.appending(path: path)))
    }

    /// The beginning of a register: enough for every kind of row, and short.
    static func register(_ name: String, rows: Int = 12) throws -> [UInt8] {
        let bytes = try file("Tests/Fixtures/\(name).csv")
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        return Array(lines.prefix(rows + 1).joined(separator: [UInt8(ascii: "\n")]))
    }

    /// The bytes that stand in the vectors whose name begins so, under these members.
    static func vectors(_ prefix: String, _ members: String...) throws -> [[UInt8]] {
        let folder = root.appending(path: "Protocol/vectors")
        var found: [[UInt8]] = []
        for below in ["", "invalid/"] {
            let names = try FileManager.default.contentsOfDirectory(
                atPath: folder.appending(path: below).path)
            for name in names.sorted() where name.hasPrefix(prefix) && name.hasSuffix(".json") {
                let document = try JSONValue(
                    parsing: file("Protocol/vectors/\(below)\(name)"), maximumDepth: 64)
                for member in members {
                    guard case .string(let digits)? = document[member],
                        let bytes = Hexadecimal.bytes(digits)
                    else { continue }
                    found.append(bytes)
                }
            }
        }
        return found
    }

    static func texts(_ texts: String...) -> [[UInt8]] { texts.map { Array($0.utf8) } }

    static func crasherFolders() throws -> [String] {
        try FileManager.default.contentsOfDirectory(
            atPath: root.appending(path: "Tests/Fuzz/Crashers").path)
    }

    /// Inputs that once broke a law or ended the program, kept beside the checks.
    static func crashers(_ target: String) throws -> [(name: String, bytes: [UInt8])] {
        let folder = root.appending(path: "Tests/Fuzz/Crashers/\(target)")
        guard FileManager.default.fileExists(atPath: folder.path) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map {
            ($0, try Array(Data(contentsOf: folder.appending(path: $0))))
        }
    }
}
