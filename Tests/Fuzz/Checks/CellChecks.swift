@testable import Tables

extension FuzzTarget {
    static let cells = [
        FuzzTarget(
            name: "cell", share: 12, maximumBytes: 256,
            seeds: {
                Seeds.texts(
                    "'=1", "＝SUM", "_x000D_", "_x005F_x0041_", "yyyy\"年\"m\"月\" [$-804]hh:mm;@",
                    "45420.354166666666667", "1.3812345678E10", "1E-9223372036854775808",
                    "0.30000000000000004", "XFD1048576", "2024-05-08T10:30:00", "[h]:mm")
            }, check: CellChecks.check)
    ]
}

/// The small readings of one cell's content.
enum CellChecks {
    static func check(_ bytes: [UInt8]) throws {
        let text = String(decoding: bytes, as: UTF8.self)
        let guarded = FormulaGuard.added(to: text)
        try law(FormulaGuard.removed(from: guarded).utf8.elementsEqual(text.utf8), "apostrophes")
        let escaped = EscapedText.decoded(EscapedText.encoded(text))
        let visible = text.unicodeScalars.map { $0.value == 0 ? "\u{FFFD}" : $0 }
        try law(escaped.unicodeScalars.elementsEqual(visible), "escapes")
        _ = EscapedText.decoded(text)
        let plain = NumberText.plain(text)
        try law(NumberText.plain(plain) == plain, "a plain number stays as it is")
        try law(plain.utf8.count <= max(text.utf8.count, 0) + 420, "numbers stay short")
        let column = CellReference.column(of: text)
        try law((1...CellReference.maximumColumn).contains(column ?? 1), "columns")
        let formats = [NumberFormat(code: text), .date, .dateAndTime, .time, .number]
        for system in [DateSystem.from1900, .from1904] {
            let cell = CellText(strings: [], formats: formats, dateSystem: system)
            for (style, _) in formats.enumerated() {
                for type in [nil, "n", "d", "b", "str", "e"] {
                    // No type here refers to another part, so nothing is refused.
                    _ = try always("a cell is read") {
                        try cell.text(text, type: type, style: String(style))
                    }
                }
            }
            if let days = Double(text), let date = SerialDate(days, system) {
                for format in formats { _ = date.text(as: format) }
            }
        }
        _ = WorkbookPackage.resolved(text, from: "xl/workbook.xml")
        _ = WorkbookPackage.resolved("a.xml", from: text)
    }
}
