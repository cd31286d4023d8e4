extension Table {
    /// The table as CSV that spreadsheet programs open without garbling: UTF-8 with a mark, commas,
    /// CR LF, quotes as in RFC 4180.
    ///
    /// A cell that a program would run as a formula is written with an apostrophe before it, which
    /// `read` takes away again; plain numbers are left alone. A zero character, which no reader
    /// takes, becomes the replacement character.
    public func csv() -> [UInt8] {
        var bytes = TextEncoding.utf8Mark
        for cells in [header] + rows.map(\.cells) {
            for (index, cell) in cells.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                bytes += Self.written(cell)
            }
            bytes += [.carriageReturn, .lineFeed]
        }
        return bytes
    }

    /// One cell, guarded and quoted where needed.
    private static func written(_ cell: String) -> [UInt8] {
        var text = Array(FormulaGuard.added(to: cell).utf8)
        if text.contains(0) {
            text = text.flatMap { $0 == 0 ? [0xEF, 0xBF, 0xBD] : [$0] }
        }
        // Semicolons and tabs are quoted too, so that a program that guesses the separator counts
        // only the commas; and `<`, so that a file that begins with it is not taken for a web page.
        guard text.contains(where: { ",;<\t\r\n\"".utf8.contains($0) }) else { return text }
        return [.quote] + text.flatMap { $0 == .quote ? [.quote, .quote] : [$0] } + [.quote]
    }
}
