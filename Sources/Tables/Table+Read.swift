extension Table {
    /// Reads a spreadsheet file: `.xlsx`, or text separated by commas, semicolons or tabs.
    ///
    /// The bytes decide, not the file's name. Text is UTF-8 with or without a mark, UTF-16 with
    /// one, or else GB18030, which Chinese spreadsheet programs write. Of a workbook the first
    /// visible sheet is read. The bytes may be hostile: reading ends in a table or in an error,
    /// within the limits, whatever they are. A file of 10,000 rows takes well under a second.
    ///
    /// - Throws: `TableError` with the code and the sentence to show.
    public static func read(
        _ bytes: [UInt8], limits: TableLimits = .standard
    ) throws(TableError) -> Table {
        if bytes.count > limits.maximumFileBytes {
            throw .fileTooLarge(maximumBytes: limits.maximumFileBytes)
        }
        switch FileKind(of: bytes) {
        case .empty:
            throw .emptyFile
        case .zip:
            return try WorkbookReader.read(bytes, limits: limits)
        case .oldWorkbook:
            throw .oldWorkbook
        case .markup:
            throw .webPage
        case .text(let encoding):
            let text = try TextDecoder.utf8(from: bytes, encoding: encoding)
            var reader = CSVReader(text, limits: limits)
            return try reader.table()
        }
    }
}
