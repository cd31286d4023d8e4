/// Reads big-endian words from a collection of bytes that is known to be long enough.
struct WordReader<Bytes: Collection<UInt8>> {
    private var rest: Bytes.Iterator

    init(_ bytes: Bytes) {
        rest = bytes.makeIterator()
    }

    mutating func next() -> UInt64 {
        var word: UInt64 = 0
        for _ in 0..<8 {
            guard let byte = rest.next() else {
                preconditionFailure("a word was read past the end of checked bytes")
            }
            word = word << 8 | UInt64(byte)
        }
        return word
    }
}

extension Array where Element == UInt8 {
    /// Appends eight bytes, most significant first.
    public mutating func append(word: UInt64) {
        Swift.withUnsafeBytes(of: word.bigEndian) { append(contentsOf: $0) }
    }
}

/// Lower-case hexadecimal text.
public enum Hexadecimal {
    private static let digits = Array("0123456789abcdef".utf8)

    /// All sixteen digits of a number.
    public static func text(word: UInt64) -> String {
        String(unsafeUninitializedCapacity: 16) { text in
            for place in 0..<16 { text[place] = digits[Int(word >> (60 - 4 * place) & 15)] }
            return 16
        }
    }

    public static func text(_ bytes: some Collection<UInt8>) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 2)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of an even number of digits; nil for anything else.
    public static func bytes(_ text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        for place in stride(from: 0, to: digits.count, by: 2) {
            guard let high = value(digits[place]), let low = value(digits[place + 1]) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

/// Lower-case base32hex without padding (RFC 4648 §7), for byte counts divisible by five. It sorts
/// as the bytes do.
public enum Base32Hex {
    private static let digits = Array("0123456789abcdefghijklmnopqrstuv".utf8)

    /// - Precondition: the number of bytes is divisible by five.
    public static func text(_ bytes: [UInt8]) -> String {
        precondition(bytes.count.isMultiple(of: 5), "base32hex is used for multiples of five bytes")
        return String(unsafeUninitializedCapacity: bytes.count / 5 * 8) { text in
            var place = 0
            for start in stride(from: 0, to: bytes.count, by: 5) {
                var block: UInt64 = 0
                for offset in 0..<5 { block = block << 8 | UInt64(bytes[start + offset]) }
                for shift in stride(from: UInt64(35), through: 0, by: -5) {
                    text[place] = digits[Int(block >> shift & 31)]
                    place += 1
                }
            }
            return place
        }
    }

    /// The bytes of a multiple of eight digits, upper or lower case; nil for anything else.
    public static func bytes(_ text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 8) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 8 * 5)
        for start in stride(from: 0, to: digits.count, by: 8) {
            var block: UInt64 = 0
            for offset in 0..<8 {
                guard let value = value(digits[start + offset]) else { return nil }
                block = block << 5 | UInt64(value)
            }
            for shift in stride(from: UInt64(32), through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: block >> shift))
            }
        }
        return bytes
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "v"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "V"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
