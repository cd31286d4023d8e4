/// Whether a number format shows a number as a date. A workbook stores dates as plain numbers; only
/// the format tells them apart.
enum NumberFormat: Equatable {
    case number
    case date
    case dateAndTime
    case time

    /// A format that has a number instead of a code (ECMA-376 part 1, 18.8.30), including the ones
    /// that Chinese spreadsheet programs add from 27 to 36 and from 50 to 58.
    init(builtIn identifier: Int) {
        switch identifier {
        case 14...17, 27...31, 36, 50...54, 57, 58: self = .date
        case 18...21, 32...35, 45, 47, 55, 56: self = .time
        case 22: self = .dateAndTime
        default: self = .number
        }
    }

    /// A format written out, such as `yyyy"年"m"月"d"日" h:mm`.
    ///
    /// Elapsed time such as `[h]:mm` is a length, not a date, and stays a number.
    init(code: String) {
        guard let letters = Self.letters(of: code) else {
            self = .number
            return
        }
        let hasTime = letters.contains("h") || letters.contains("s")
        let hasDay = letters.contains("y") || letters.contains("d")
        switch (hasDay, hasTime) {
        case (true, true): self = .dateAndTime
        case (true, false): self = .date
        case (false, true): self = .time
        // An m alone is a month; beside hours or seconds it is a minute.
        case (false, false): self = letters.contains("m") ? .date : .number
        }
    }

    /// The lower-case letters of the first section that are placeholders rather than literal text;
    /// null for elapsed time.
    private static func letters(of code: String) -> Set<Character>? {
        var letters: Set<Character> = []
        var rest = code.lowercased()[...]
        while let character = rest.popFirst() {
            switch character {
            case ";":
                return letters
            case "\"":
                rest = rest.drop { $0 != "\"" }.dropFirst()
            case "\\", "_", "*":
                // The next character is literal, or a width, or a filling.
                rest = rest.dropFirst()
            case "[":
                let content = rest.prefix { $0 != "]" }
                rest = rest.dropFirst(content.count + 1)
                if let unit = content.first, "hms".contains(unit),
                    content.allSatisfy({ $0 == unit })
                {
                    return nil
                }
            default:
                letters.insert(character)
            }
        }
        return letters
    }
}
