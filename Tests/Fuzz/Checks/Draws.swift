/// Turns bytes into choices, so that libFuzzer's changes to the bytes become changes of a
/// structured value. At the end of the bytes every choice is the first.
struct Draws {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) {
        rest = bytes[...]
    }

    mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

    mutating func flag() -> Bool { byte() & 1 == 1 }

    mutating func below(_ bound: Int) -> Int { Int(byte()) % bound }

    mutating func word() -> UInt64 { (0..<8).reduce(0) { word, _ in word << 8 | UInt64(byte()) } }

    /// Small numbers, numbers at the ends of their range, and any.
    mutating func number() -> Int64 {
        switch below(4) {
        case 0: Int64(byte())
        case 1: .max - Int64(byte())
        case 2: .min + Int64(byte())
        default: Int64(bitPattern: word())
        }
    }

    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in byte() } }

    /// Up to 255 bytes as text, repaired where they are no UTF-8.
    mutating func text() -> String {
        String(decoding: bytes(Int(byte())), as: UTF8.self)
    }

    /// All that is left.
    mutating func remainder() -> [UInt8] {
        defer { rest = [] }
        return Array(rest)
    }
}
