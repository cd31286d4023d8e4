import Foundation

/// The copies of the offices' files beside these tests.
enum Fixtures {
    static let names = ["MH01-households.csv", "MH02-households.csv", "MH03-households.xlsx"]

    static func bytes(_ name: String) throws -> [UInt8] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent()
        return try Array(Data(contentsOf: folder.appending(path: "Fixtures/\(name)")))
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): a seed always gives the same run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: Int) {
        state = UInt64(bitPattern: Int64(seed))
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension [UInt8] {
    /// The bytes after a few random changes: flipped, removed, repeated, or cut off at the end.
    func mutated(seed: Int) -> [UInt8] {
        var generator = SeededGenerator(seed: seed)
        var bytes = self
        for _ in 0..<Int.random(in: 1...8, using: &generator) where !bytes.isEmpty {
            let position = Int.random(in: bytes.indices, using: &generator)
            let end = Swift.min(position + Int.random(in: 1...40, using: &generator), bytes.count)
            switch Int.random(in: 0..<8, using: &generator) {
            case 0: bytes.removeSubrange(position...)
            case 1: bytes.removeSubrange(position..<end)
            case 2: bytes.insert(contentsOf: bytes[position..<end], at: position)
            case 3: bytes[position] = "\"<>&;,\n\0".utf8.randomElement(using: &generator) ?? 0
            default: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            }
        }
        return bytes
    }
}
