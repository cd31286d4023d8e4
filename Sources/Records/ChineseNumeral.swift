/// Numbers as they are written on buildings: 三, 十二, 九十九, and digit by digit 五零一.
enum ChineseNumeral {
    private static let values: [Unicode.Scalar: Int] = {
        let digits = "零一二三四五六七八九".unicodeScalars.enumerated()
        var values = Dictionary(uniqueKeysWithValues: digits.map { ($0.element, $0.offset) })
        values["〇"] = 0
        return values
    }()

    /// What numbers are written with.
    static let scalars = Set(values.keys).union(["十"])

    /// Nil for anything but digits, or one ten with a digit from one to nine or nothing on either
    /// side.
    static func digits(_ text: String) -> String? {
        let sides = text.split(separator: "十", omittingEmptySubsequences: false)
        switch sides.count {
        case 1:
            var digits = ""
            for scalar in text.unicodeScalars {
                guard let value = values[scalar] else { return nil }
                digits += String(value)
            }
            return digits.isEmpty ? nil : digits
        case 2:
            guard let tens = side(sides[0], ifEmpty: 1), let ones = side(sides[1], ifEmpty: 0)
            else {
                return nil
            }
            return String(tens * 10 + ones)
        default:
            return nil
        }
    }

    private static func side(_ text: Substring, ifEmpty value: Int) -> Int? {
        if text.isEmpty { return value }
        guard text.unicodeScalars.count == 1, let scalar = text.unicodeScalars.first,
            let digit = values[scalar], digit > 0
        else { return nil }
        return digit
    }
}
