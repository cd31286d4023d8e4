@_spi(_Unicode) import Swift

/// Brings typed and imported text into one spelling before anything is made of it.
enum PlainText {
    /// The ten digits as bytes.
    static let digits = UInt8(ascii: "0")...UInt8(ascii: "9")

    /// Full-width letters, digits and signs (U+FF01…FF5E) become ASCII, and the ideographic space a
    /// space: `３－２` is `3-2`.
    ///
    /// For codes, numbers and dates only. In sentences full-width signs are right and stay.
    static func folded(_ text: some StringProtocol) -> String {
        guard text.utf8.contains(where: { $0 >= 0x80 }) else { return String(text) }
        var folded = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0xFF01...0xFF5E:
                folded.append(Unicode.Scalar(scalar.value - 0xFEE0) ?? scalar)
            case 0x3000:
                folded.append(" ")
            default:
                folded.append(scalar)
            }
        }
        return String(folded)
    }

    /// Without blanks at both ends. The invisible marks that spreadsheets leave behind count as
    /// blanks.
    static func trimmed(_ text: some StringProtocol) -> String {
        let scalars = text.unicodeScalars
        guard let first = scalars.firstIndex(where: { !isBlank($0) }),
            let last = scalars.lastIndex(where: { !isBlank($0) })
        else { return "" }
        return String(String.UnicodeScalarView(scalars[first...last]))
    }

    static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        // Zero-width space, zero-width no-break space (the byte order mark).
        scalar.properties.isWhitespace || scalar.value == 0x200B || scalar.value == 0xFEFF
    }

    /// Normalization form C (Unicode Standard Annex 15), so that equal texts are equal bytes in
    /// every index.
    ///
    /// The standard library keeps this behind `@_spi`; Foundation's way would be this module's only
    /// use of Foundation.
    static func composed(_ text: String) -> String {
        // Nothing below U+0300 combines with what stands before it.
        guard text.unicodeScalars.contains(where: { $0.value >= 0x300 }) else { return text }
        var composed = String.UnicodeScalarView()
        for scalar in text._nfc { composed.append(scalar) }
        return String(composed)
    }
}
