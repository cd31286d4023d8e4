/// A spreadsheet as an office keeps it: one header and the rows below it, every cell as text.
///
/// Every row has exactly as many cells as the header. A file whose rows are longer than its header
/// gets a header with empty names at the end, so nothing that stood in the file is dropped.
public struct Table: Equatable, Sendable {
    /// The column names as they stand in the file, neither trimmed nor checked for repeats.
    public let header: [String]

    /// The rows below the header, in file order, without blank ones.
    public let rows: [Row]

    /// One row below the header.
    public struct Row: Equatable, Sendable {
        /// The number a person sees beside the row in the spreadsheet program.
        ///
        /// The header is usually 1 and the first row below it 2. Blank rows are skipped but
        /// counted, and a line break inside a quoted cell does not start a new row.
        public let number: Int

        /// The cells from left to right, as many as the table's header has.
        public let cells: [String]
    }

    /// Makes a table to be written. Rows are numbered from 2 and padded to one width.
    ///
    /// A row in which every cell is blank is written but not read back, because readers skip it.
    public init(header: [String], rows: [[String]]) {
        let width = rows.reduce(header.count) { max($0, $1.count) }
        self.header = header.padded(to: width)
        self.rows = rows.enumerated().map { index, cells in
            Row(number: index + 2, cells: cells.padded(to: width))
        }
    }

    /// Takes what `TableBuilder` has already brought to one width.
    init(header: [String], numbered rows: [Row]) {
        self.header = header
        self.rows = rows
    }
}

extension [String] {
    /// The same cells with empty ones behind them, or without the last ones, so that there are
    /// `width`.
    func padded(to width: Int) -> [String] {
        if count >= width { return Array(prefix(width)) }
        return self + repeatElement("", count: width - count)
    }
}
