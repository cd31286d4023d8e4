/// The escapes for characters that XML cannot hold (ECMA-376 part 1, 22.9.2.19, `ST_Xstring`):
/// `_x000D_` is a carriage return, and `_x005F_` an underscore that would otherwise begin an
/// escape.
enum EscapedText {
    /// The text as a person sees it. A zero character stays escaped: nothing after us could store
    /// it.
    static func decoded(_ text: String) -> String {
        let bytes = Array(text.utf8)
        guard bytes.contains(underscore) else { return text }
        var result: [UInt8] = []
        var position = 0
        while position < bytes.count {
            if let scalar = escape(in: bytes, at: position), scalar.value != 0 {
                result += Array(String(Character(scalar)).utf8)
                position += length
            } else {
                result.append(bytes[position])
                position += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// The text as it goes into a workbook. Law: `decoded(encoded(text)) == text`, but for a zero
    /// character, which becomes the replacement character.
    static func encoded(_ text: String) -> String {
        let bytes = Array(text.utf8)
        var result = ""
        var position = 0
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0:
                result += "\u{FFFD}"
            case 0x01...0x08, 0x0B...0x1F, 0xFFFE, 0xFFFF:
                let digits = String(scalar.value, radix: 16, uppercase: true)
                result += "_x" + String(repeating: "0", count: 4 - digits.count) + digits + "_"
            case UInt32(underscore) where looksLikeEscape(bytes, at: position):
                result += "_x005F_"
            default:
                result.unicodeScalars.append(scalar)
            }
            position += UTF8.width(scalar)
        }
        return result
    }

    private static let underscore = UInt8(ascii: "_")
    /// The length of `_xHHHH_`.
    private static let length = 7

    /// Whether an escape begins here, with or without its end: what comes next may be written as an
    /// escape itself, and begin with the missing underscore.
    private static func looksLikeEscape(_ bytes: [UInt8], at position: Int) -> Bool {
        let beginning = bytes[position...].prefix(length - 1)
        return beginning.count == length - 1 && beginning.starts(with: "_x".utf8)
            && beginning.dropFirst(2).allSatisfy { Character(Unicode.Scalar($0)).isHexDigit }
    }

    /// The character that the seven bytes from here stand for, or null if they are ordinary text.
    private static func escape(in bytes: [UInt8], at position: Int) -> Unicode.Scalar? {
        guard position + length <= bytes.count else { return nil }
        let escape = bytes[position..<position + length]
        guard escape.starts(with: "_x".utf8), escape.last == underscore else { return nil }
        let digits = escape.dropFirst(2).dropLast()
        guard digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else { return nil }
        return UInt32(String(decoding: digits, as: UTF8.self), radix: 16).flatMap(
            Unicode.Scalar.init)
    }
}
