/// Guards against texts whose comparison takes the square of their length.
///
/// Swift compares and hashes texts in normal form and sorts the combining marks of one letter by
/// insertion, so half a megabyte of them keeps a core busy for a minute. Unicode's Stream-Safe Text
/// Format (UAX 15 §13) allows 30 in a row, which is more than any script writes.
public enum CombiningMarks {
    public static let maximum = 30

    /// Whether more marks than that stand in a row anywhere.
    public static func areTooMany(in text: some StringProtocol) -> Bool {
        var run = 0
        for scalar in text.unicodeScalars {
            // Nothing below U+0300 combines; Chinese characters come next most often.
            if scalar.value < 0x300 || (0x3400...0x9FFF).contains(scalar.value)
                || scalar.properties.canonicalCombiningClass == .notReordered
            {
                run = 0
            } else {
                run += 1
                if run > maximum { return true }
            }
        }
        return false
    }

    /// Whether they do in any text of a JSON value. Names are short by themselves.
    public static func areTooMany(in value: JSONValue) -> Bool {
        switch value {
        case .null, .bool, .number: false
        case .string(let text): areTooMany(in: text)
        case .array(let elements): elements.contains(where: areTooMany(in:))
        case .object(let members): members.contains { areTooMany(in: $0.value) }
        }
    }
}
