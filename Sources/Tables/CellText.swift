/// Turns what a worksheet stores in a cell into the text a person sees there.
struct CellText {
    let strings: [String]
    let formats: [NumberFormat]
    let dateSystem: DateSystem

    /// - Parameters:
    ///   - value: the content of the cell's `v`.
    ///   - type: the cell's `t`, which says what the value is; a number if there is none.
    ///   - style: the cell's `s`, the place of its style.
    func text(_ value: String, type: String?, style: String?) throws(TableError) -> String {
        switch type {
        case "s":
            guard let index = Int(value), strings.indices.contains(index) else {
                throw .damagedWorkbook("a cell refers to a text that is not there")
            }
            return strings[index]
        case "b":
            return value == "1" ? "TRUE" : value == "0" ? "FALSE" : value
        case "str":
            return EscapedText.decoded(value)
        case "d":
            return Self.date(value, format: format(style))
        case nil, "n":
            return number(value, format: format(style))
        default:
            // An error cell keeps its mark, such as #N/A, and whoever checks the column reports it.
            return value
        }
    }

    private func format(_ style: String?) -> NumberFormat {
        guard let index = style.flatMap({ Int($0) }), formats.indices.contains(index) else {
            return .number
        }
        return formats[index]
    }

    private func number(_ value: String, format: NumberFormat) -> String {
        if format != .number, let days = Double(value),
            let text = SerialDate(days, dateSystem)?.text(as: format)
        {
            return text
        }
        return NumberText.plain(value)
    }

    /// `2024-05-08T00:00:00` as a date, with the time if the format shows it or there is one.
    private static func date(_ value: String, format: NumberFormat) -> String {
        let parts = value.split(separator: "T", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return value }
        let time = parts[1].prefix(5)
        if format == .date || (format == .number && time == "00:00") { return String(parts[0]) }
        return "\(parts[0]) \(time)"
    }
}
