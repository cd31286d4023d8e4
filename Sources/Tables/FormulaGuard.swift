/// The apostrophe that keeps a spreadsheet program from running a CSV cell as a formula.
///
/// A resident can put `=HYPERLINK(…)` into a complaint; opened from our export it would run on the
/// office's machine (OWASP, "CSV Injection"). Plain numbers such as `-88.1` and `+8613912345678`
/// are left alone, because an apostrophe would make them text.
///
/// Law: `removed(from: added(to: cell)) == cell` for every cell. For that, a cell that already has
/// apostrophes before a formula gets one more.
enum FormulaGuard {
    /// The cell as it is written to a CSV file.
    static func added(to cell: String) -> String {
        let body = cell.drop { $0 == apostrophe }
        guard body.startsLikeFormula else { return cell }
        if body.startIndex == cell.startIndex, body.isPlainNumber { return cell }
        return "'" + cell
    }

    /// The cell as it is read from a CSV file, ours or another program's.
    static func removed(from cell: String) -> String {
        guard cell.unicodeScalars.first == "'" else { return cell }
        return cell.drop { $0 == apostrophe }.startsLikeFormula
            ? String(cell.unicodeScalars.dropFirst()) : cell
    }

    private static let apostrophe: Unicode.Scalar = "'"
}

extension String {
    /// Works on scalars, because a spreadsheet program sees `=` also where an accent follows it.
    fileprivate func drop(while isDropped: (Unicode.Scalar) -> Bool) -> Substring.UnicodeScalarView
    {
        unicodeScalars.drop(while: isDropped)
    }
}

extension Substring.UnicodeScalarView {
    /// The full-width forms count too: programs set to Chinese or Japanese run them as well.
    fileprivate var startsLikeFormula: Bool {
        guard let first else { return false }
        return "=+-@\t\r\n＝＋－＠".unicodeScalars.contains(first)
    }

    /// A sign, digits, and at most one point with digits behind it.
    fileprivate var isPlainNumber: Bool {
        let digits = first == "+" || first == "-" ? dropFirst() : self
        let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count <= 2
            && parts.allSatisfy { !$0.isEmpty && $0.allSatisfy { ("0"..."9").contains($0) } }
    }
}
