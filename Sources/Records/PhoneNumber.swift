/// A telephone number in mainland China as digits only, so that one number is one text however it
/// was typed.
///
/// Understood: mobiles (11 digits, 13… to 19…), landlines with area code (`021…`, `0571…`) or
/// without, service numbers (`400…`, `800…`, `95588`, `12345`), each with full-width digits,
/// blanks, hyphens, brackets, +86 or 0086. Extensions are not part of a number. What a spreadsheet
/// made of a number (`1.38E+10`) is refused: its digits are lost.
public struct PhoneNumber: Hashable, Sendable, CustomStringConvertible {
    public let digits: String

    public var description: String { digits }

    /// Nil when the text is no complete number.
    public init?(_ text: String) {
        guard text.utf8.count <= 100 else { return nil }
        var digits = ""
        var hasPlus = false
        for scalar in PlainText.folded(text).unicodeScalars {
            switch scalar {
            case "0"..."9": digits.unicodeScalars.append(scalar)
            case "+" where digits.isEmpty && !hasPlus: hasPlus = true
            case "-", "(", ")", "\u{2010}"..."\u{2015}", "\u{2212}": break
            case _ where PlainText.isBlank(scalar): break
            default: return nil
            }
        }
        var isInternational = false
        for prefix in hasPlus ? ["86"] : ["0086", "86"] where digits.hasPrefix(prefix) {
            let rest = String(digits.dropFirst(prefix.count))
            // A bare 86 in front is only believed before a mobile number: nothing else has thirteen
            // digits.
            guard prefix == "0086" || hasPlus || Self.isMobile(rest) else { continue }
            digits = rest
            isInternational = true
            break
        }
        if hasPlus && !isInternational { return nil }
        if isInternational && Self.isArea("0" + digits) && !Self.isMobile(digits)
            && !Self.isService(digits)
        {
            // From abroad the area code is dialled without its zero.
            digits = "0" + digits
        }
        guard Self.isMobile(digits) || Self.isService(digits) || Self.isLandline(digits) else {
            return nil
        }
        self.digits = digits
    }

    private static func isMobile(_ digits: String) -> Bool {
        digits.utf8.count == 11 && starts(digits, with: "1", then: "3"..."9")
    }

    /// With its area code a landline has ten to twelve digits; without, seven or eight.
    private static func isLandline(_ digits: String) -> Bool {
        isArea(digits)
            || (7...8).contains(digits.utf8.count) && ("2"..."8").contains(digits.prefix(1))
    }

    private static func isArea(_ digits: String) -> Bool {
        (10...12).contains(digits.utf8.count) && starts(digits, with: "0", then: "1"..."9")
    }

    private static func isService(_ digits: String) -> Bool {
        switch digits.utf8.count {
        case 10: digits.hasPrefix("400") || digits.hasPrefix("800")
        case 5: ["95", "96", "10", "12"].contains(digits.prefix(2))
        case 6...8: digits.hasPrefix("95") || digits.hasPrefix("96")
        default: false
        }
    }

    private static func starts(
        _ digits: String, with first: Character, then second: ClosedRange<Character>
    ) -> Bool {
        digits.first == first && digits.dropFirst().first.map(second.contains) == true
    }
}
