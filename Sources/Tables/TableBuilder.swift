/// Collects rows as a reader finds them and keeps the limits, so both kinds of file obey the same
/// ones.
struct TableBuilder {
    private let limits: TableLimits
    private var rows: [Table.Row] = []
    private var width = 0
    private var textBytes = 0

    init(limits: TableLimits) {
        self.limits = limits
    }

    /// Adds one row. The first row that is not blank becomes the header; blank rows are left out.
    ///
    /// Blank cells at the end do not count as columns, because spreadsheet programs keep formatted
    /// but empty cells far to the right.
    mutating func add(_ cells: [String], number: Int) throws(TableError) {
        guard let last = cells.lastIndex(where: { !$0.isBlank }) else { return }
        if last >= limits.maximumColumnCount {
            throw .tooManyColumns(row: number, maximum: limits.maximumColumnCount)
        }
        if rows.count >= limits.maximumRowCount {
            throw .tooManyRows(maximum: limits.maximumRowCount)
        }
        width = max(width, last + 1)
        if (rows.count + 1) * width > limits.maximumCellCount {
            throw .tooManyCells(maximum: limits.maximumCellCount)
        }
        for cell in cells {
            if cell.utf8.count > limits.maximumCellBytes {
                throw .cellTooLarge(row: number, maximumBytes: limits.maximumCellBytes)
            }
            if cell.markCount > limits.maximumMarkCount {
                throw .tooManyMarks(row: number, maximum: limits.maximumMarkCount)
            }
            textBytes += cell.utf8.count
        }
        if textBytes > limits.maximumTextBytes {
            throw .tooMuchText(maximumBytes: limits.maximumTextBytes)
        }
        // Cells of spaces inside the table stay as they are; beyond it they would only cost memory.
        let filled = (cells.lastIndex { !$0.isEmpty } ?? last) + 1
        let kept = cells.prefix(max(last + 1, min(width, filled)))
        rows.append(Table.Row(number: number, cells: Array(kept)))
    }

    /// Brings every row to one width: up to the last column in which any cell is not blank.
    func table() throws(TableError) -> Table {
        guard let header = rows.first else { throw .emptyFile }
        return Table(
            header: header.cells.padded(to: width),
            numbered: rows.dropFirst().map { row in
                Table.Row(number: row.number, cells: row.cells.padded(to: width))
            }
        )
    }
}

extension String {
    /// The most combining marks that stand in a row.
    fileprivate var markCount: Int {
        var most = 0
        var run = 0
        for scalar in unicodeScalars {
            // Nothing below U+0300 combines; Chinese characters come next most often.
            if scalar.value < 0x300 || (0x3400...0x9FFF).contains(scalar.value)
                || scalar.properties.canonicalCombiningClass == .notReordered
            {
                run = 0
            } else {
                run += 1
                most = max(most, run)
            }
        }
        return most
    }

    /// Whether a person would say that nothing stands in the cell.
    var isBlank: Bool {
        unicodeScalars.allSatisfy(\.properties.isWhitespace)
    }
}
