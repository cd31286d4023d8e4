/// Reads text separated by commas, semicolons or tabs as RFC 4180 describes it.
///
/// Our own rather than SwiftCSV 0.10.0, because that reader drops spaces at the start of a cell and
/// accepts a quotation mark that is never closed; splits rows at U+2028 and U+0085, which may stand
/// in a cell; misses a separator that a combining accent follows, as it walks characters, not
/// bytes; repeats the offending character in its errors without a row; and keeps no limits.
///
/// Rows end with CR LF, LF or CR. Strict otherwise: a quotation mark inside an unquoted cell, or
/// text after a closing one, is an error, since guessing would move the cells of that row. Rows may
/// be shorter or longer than the header.
struct CSVReader {
    private let text: [UInt8]
    private let separator: UInt8
    private let limits: TableLimits
    private var position = 0
    private var row = 0

    /// - Parameter text: valid UTF-8 without a mark.
    init(_ text: [UInt8], limits: TableLimits) {
        self.text = text
        self.separator = Self.separator(of: text)
        self.limits = limits
    }

    mutating func table() throws(TableError) -> Table {
        var builder = TableBuilder(limits: limits)
        while position < text.count {
            row += 1
            let cells = try cellsOfRow()
            if !cells.isEmpty { try builder.add(cells, number: row) }
        }
        return try builder.table()
    }

    /// The separator that stands most often outside quotes in the first line that is not empty; a
    /// comma if none does. Programs set to a language with decimal commas write semicolons; some
    /// write tabs.
    static func separator(of text: [UInt8]) -> UInt8 {
        let candidates = [UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\t")]
        var counts = [0, 0, 0]
        var isQuoted = false
        for byte in text.drop(while: { $0 == .carriageReturn || $0 == .lineFeed }) {
            if byte == .quote {
                isQuoted.toggle()
            } else if !isQuoted {
                if byte == .carriageReturn || byte == .lineFeed { break }
                if let index = candidates.firstIndex(of: byte) { counts[index] += 1 }
            }
        }
        // The first of equals wins, so the comma does.
        let best = counts.indices.max {
            counts[$0] < counts[$1] || (counts[$0] == counts[$1] && $0 > $1)
        }
        return candidates[best ?? 0]
    }

    /// Reads to the end of the row and past its line end. An empty line has no cells.
    private mutating func cellsOfRow() throws(TableError) -> [String] {
        if skipLineEnd() { return [] }
        var cells: [String] = []
        var column = 0
        while true {
            column += 1
            let cell = try cell(in: column)
            if column <= limits.maximumColumnCount {
                cells.append(cell)
            } else if !cell.isBlank {
                throw .tooManyColumns(row: row, maximum: limits.maximumColumnCount)
            }
            if skipLineEnd() || position == text.count { return cells }
            // A cell ends only at a line end, the end of text, or the separator skipped here.
            position += 1
        }
    }

    /// Goes past CR LF, LF or CR, or returns false if there is none here.
    private mutating func skipLineEnd() -> Bool {
        guard position < text.count else { return false }
        let end = text[position]
        guard end == .carriageReturn || end == .lineFeed else { return false }
        position += 1
        if end == .carriageReturn, position < text.count, text[position] == .lineFeed {
            position += 1
        }
        return true
    }

    /// Reads one cell and stops at the separator, line end or end of text behind it.
    private mutating func cell(in column: Int) throws(TableError) -> String {
        let bytes: [UInt8]
        if position < text.count, text[position] == .quote {
            bytes = try quotedCell()
            guard position == text.count || isEnd(text[position]) else {
                throw .strayQuote(row: row, column: column)
            }
        } else {
            let rest = text[position...]
            let end = rest.firstIndex { isEnd($0) || $0 == .quote } ?? text.count
            bytes = Array(text[position..<end])
            position = end
            if end < text.count, text[end] == .quote {
                throw .strayQuote(row: row, column: column)
            }
        }
        if bytes.count > limits.maximumCellBytes {
            throw .cellTooLarge(row: row, maximumBytes: limits.maximumCellBytes)
        }
        return FormulaGuard.removed(from: String(decoding: bytes, as: UTF8.self))
    }

    /// Reads from an opening quotation mark past the closing one; two in a row stand for one.
    private mutating func quotedCell() throws(TableError) -> [UInt8] {
        var bytes: [UInt8] = []
        position += 1
        while let quote = text[position...].firstIndex(of: .quote) {
            bytes += text[position..<quote]
            position = quote + 1
            guard position < text.count, text[position] == .quote else { return bytes }
            bytes.append(.quote)
            position += 1
        }
        throw .unclosedQuote(row: row)
    }

    private func isEnd(_ byte: UInt8) -> Bool {
        byte == separator || byte == .carriageReturn || byte == .lineFeed
    }
}

extension UInt8 {
    static let quote = UInt8(ascii: "\"")
    static let carriageReturn = UInt8(ascii: "\r")
    static let lineFeed = UInt8(ascii: "\n")
}
