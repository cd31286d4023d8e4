/// Decimal text and integers of its smallest unit, without floating point (domain.md C9).
enum ExactNumber {
    /// `88.1` with two places is 8810. Nil for anything but digits with a sign and a point, for
    /// more places than there are (further zeros are allowed), for what does not fit, and for a
    /// zero with a sign.
    static func units(of text: some StringProtocol, places: Int) -> Int64? {
        var digits = Array(text.utf8)[...]
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative { digits = digits.dropFirst() }
        let parts = digits.split(
            separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first, !whole.isEmpty else { return nil }
        var fraction = parts.count == 2 ? parts[1] : []
        if parts.count == 2 && fraction.isEmpty { return nil }
        while fraction.count > places, fraction.last == UInt8(ascii: "0") { fraction.removeLast() }
        guard fraction.count <= places else { return nil }
        let zeros = repeatElement(UInt8(ascii: "0"), count: places - fraction.count)
        var units: Int64 = 0
        for digit in Array(whole) + Array(fraction) + Array(zeros) {
            guard PlainText.digits.contains(digit) else { return nil }
            let (tens, overflow) = units.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tens.addingReportingOverflow(Int64(digit - UInt8(ascii: "0")))
            guard !overflow && !carry else { return nil }
            units = sum
        }
        guard !isNegative || units > 0 else { return nil }
        return isNegative ? -units : units
    }

    /// 8810 with two places is `88.10`: always all places.
    static func text(_ units: Int64, places: Int) -> String {
        let digits = String(units.magnitude)
        let sign = units < 0 ? "-" : ""
        guard places > 0 else { return sign + digits }
        let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
        return sign + padded.dropLast(places) + "." + padded.suffix(places)
    }

    /// Takes out the commas of `1,234,567.50`. Other commas stay, so that `12,5` is not taken for
    /// 125.
    static func ungrouped(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: ",")) else { return text }
        let whole = text.prefix { $0 != "." }
        var groups = whole.split(separator: ",", omittingEmptySubsequences: false)
        let first = groups.removeFirst().drop { $0 == "-" }
        guard (1...3).contains(first.utf8.count), groups.allSatisfy({ $0.utf8.count == 3 }) else {
            return text
        }
        return whole.filter { $0 != "," } + text.dropFirst(whole.count)
    }
}
