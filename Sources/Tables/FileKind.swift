/// What a file is, told from its first bytes, because names and extensions are often wrong.
enum FileKind: Equatable {
    case empty
    /// A zip archive, which an `.xlsx` workbook is.
    case zip
    /// The container of `.xls` workbooks and of `.xlsx` workbooks with a password.
    case oldWorkbook
    /// A web page or XML that some property systems export under the name `.xls`.
    case markup
    case text(TextEncoding)

    init(of bytes: [UInt8]) {
        if bytes.isEmpty {
            self = .empty
        } else if bytes.starts(with: [0x50, 0x4B, 3, 4]) || bytes.starts(with: [0x50, 0x4B, 5, 6]) {
            self = .zip
        } else if bytes.starts(with: [0xD0, 0xCF, 0x11, 0xE0]) {
            self = .oldWorkbook
        } else if bytes.starts(with: [0xFF, 0xFE]) {
            self = .text(.utf16LittleEndian)
        } else if bytes.starts(with: [0xFE, 0xFF]) {
            self = .text(.utf16BigEndian)
        } else {
            let isMarked = bytes.starts(with: TextEncoding.utf8Mark)
            let body = bytes.dropFirst(isMarked ? TextEncoding.utf8Mark.count : 0)
            let first = body.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
            if first == UInt8(ascii: "<") {
                self = .markup
            } else {
                self = .text(isMarked ? .utf8 : .unmarked)
            }
        }
    }
}
