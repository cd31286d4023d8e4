/// A workbook's number as the text a person would type: `13812345678`, never `1.3812345678E10`.
///
/// Worked out on the digits in the file, not with floating point, so no digit is invented.
enum NumberText {
    /// Digits that a spreadsheet program shows of a number. More are the noise of binary fractions:
    /// the file says 0.30000000000000004 where the office sees 0.3.
    private static let shownDigits = 15
    /// The largest power of ten that is written out; a spreadsheet's numbers end at 308.
    private static let maximumExponent = 400

    /// The plain text of a number such as `98.5`, `-1.5E-3` or `1.3812345678E10`; anything else is
    /// returned as it is.
    ///
    /// A whole number without exponent keeps all its digits: spreadsheet programs write at most 17,
    /// but other programs write whole identity numbers of 18.
    static func plain(_ text: String) -> String {
        guard let number = Parts(text) else { return text }
        if number.fraction.isEmpty, number.exponent == 0 {
            let digits = number.whole.drop { $0 == zero }
            return signed(digits.isEmpty ? [zero] : Array(digits), number.isNegative)
        }
        let all = number.whole + number.fraction
        var digits = Array(all.drop { $0 == zero })
        var point = number.whole.count + number.exponent - (all.count - digits.count)
        if digits.count > shownDigits {
            let isUp = digits[shownDigits] >= UInt8(ascii: "5")
            digits = Array(digits.prefix(shownDigits))
            if isUp, increment(&digits) { point += 1 }
        }
        while digits.last == zero { digits.removeLast() }
        return digits.isEmpty ? "0" : signed(expanded(digits, point: point), number.isNegative)
    }

    /// The digits with the point after the first `point` of them, zeros filled in on either side.
    private static func expanded(_ digits: [UInt8], point: Int) -> [UInt8] {
        let dot = UInt8(ascii: ".")
        if point <= 0 {
            return [zero, dot] + [UInt8](repeating: zero, count: -point) + digits
        }
        if point >= digits.count {
            return digits + [UInt8](repeating: zero, count: point - digits.count)
        }
        return digits[..<point] + [dot] + digits[point...]
    }

    /// Adds one to the last digit. Returns whether the number grew by a digit: 999 becomes 100, and
    /// the caller moves the point.
    private static func increment(_ digits: inout [UInt8]) -> Bool {
        for index in digits.indices.reversed() {
            if digits[index] < UInt8(ascii: "9") {
                digits[index] += 1
                return false
            }
            digits[index] = zero
        }
        digits[0] = UInt8(ascii: "1")
        return true
    }

    private static func signed(_ digits: [UInt8], _ isNegative: Bool) -> String {
        let isZero = digits == [zero]
        return (isNegative && !isZero ? "-" : "") + String(decoding: digits, as: UTF8.self)
    }

    private static let zero = UInt8(ascii: "0")

    /// A number taken apart: sign, digits before and after the point, exponent.
    private struct Parts {
        let isNegative: Bool
        let whole: [UInt8]
        let fraction: [UInt8]
        let exponent: Int

        /// - Returns: null if the text is not a number, or its exponent is beyond any
        ///   spreadsheet's.
        init?(_ text: String) {
            var rest = Array(text.utf8)[...]
            isNegative = rest.first == UInt8(ascii: "-")
            if isNegative { rest.removeFirst() }
            whole = Self.takeDigits(from: &rest)
            if rest.first == UInt8(ascii: ".") {
                rest.removeFirst()
                fraction = Self.takeDigits(from: &rest)
            } else {
                fraction = []
            }
            if let mark = rest.first, mark | 0x20 == UInt8(ascii: "e") {
                rest.removeFirst()
                let number = Int(String(decoding: rest, as: UTF8.self))
                guard let number, number.magnitude <= maximumExponent else { return nil }
                exponent = number
                rest = []
            } else {
                exponent = 0
            }
            guard rest.isEmpty, !(whole.isEmpty && fraction.isEmpty) else { return nil }
        }

        private static func takeDigits(from rest: inout ArraySlice<UInt8>) -> [UInt8] {
            let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            rest = rest.dropFirst(digits.count)
            return Array(digits)
        }
    }
}
