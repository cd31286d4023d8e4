extension Table {
    /// The table as an `.xlsx` workbook: one sheet, a bold header that stays in view, every cell
    /// text.
    ///
    /// Text cells are never run as formulas, and phone numbers keep their leading zeros. Uses a
    /// private folder under the system's temporary one, which is gone when this returns.
    ///
    /// - Throws: `does-not-fit` if a workbook cannot hold the table; `cannot-write` if the
    ///   temporary folder is missing or full.
    public func xlsx() throws(TableError) -> [UInt8] {
        if rows.count >= WorkbookWriter.maximumRowCount
            || header.count > WorkbookWriter.maximumColumnCount
        {
            throw .tooLargeForWorkbook(
                maximumRows: WorkbookWriter.maximumRowCount,
                maximumColumns: WorkbookWriter.maximumColumnCount)
        }
        return try WorkbookWriter.bytes { (writer) throws(TableError) in
            for (row, cells) in ([header] + rows.map(\.cells)).enumerated() {
                for (column, cell) in cells.enumerated() where !cell.isEmpty {
                    if EscapedText.encoded(cell).unicodeScalars.count
                        > WorkbookWriter.maximumCellCharacters
                    {
                        throw .tooLongForWorkbook(
                            row: row + 1, column: column + 1,
                            maximumCharacters: WorkbookWriter.maximumCellCharacters)
                    }
                    try writer.write(cell, row: row, column: column)
                }
            }
        }
    }
}
