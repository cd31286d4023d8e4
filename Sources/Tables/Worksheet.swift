/// The rows of a worksheet part.
final class Worksheet: MarkupHandler {
    private let cellText: CellText
    private let limits: TableLimits
    private var builder: TableBuilder

    private var isInData = false
    private var row: Row?
    private var cell: Cell?
    private var isInValue = false
    private var rowNumber = 0

    private struct Row {
        let number: Int
        var cells: [String] = []
        var column = 0
    }

    private struct Cell {
        let column: Int
        let type: String?
        let style: String?
        var value = ""
        var inline: RichText?
    }

    init(_ part: [UInt8], cells: CellText, limits: TableLimits) throws(TableError) {
        cellText = cells
        self.limits = limits
        builder = TableBuilder(limits: limits)
        try MarkupReader.read(part, limits: limits, handler: self)
    }

    func table() throws(TableError) -> Table {
        try builder.table()
    }

    func start(_ element: String, _ attributes: [String: String]) throws(TableError) {
        switch element {
        case "sheetData":
            isInData = true
        case "row" where isInData && row == nil:
            try startRow(attributes)
        case "c" where row != nil && cell == nil:
            try startCell(attributes)
        case "v" where cell != nil:
            isInValue = true
        case "is" where cell != nil:
            cell?.inline = RichText(limits: limits)
        default:
            cell?.inline?.start(element)
        }
    }

    func text(_ text: String) throws(TableError) {
        try cell?.inline?.text(text)
        guard isInValue, let size = cell?.value.utf8.count else { return }
        if size + text.utf8.count > limits.maximumCellBytes {
            throw .cellTooLarge(row: rowNumber, maximumBytes: limits.maximumCellBytes)
        }
        cell?.value += text
    }

    func end(_ element: String) throws(TableError) {
        switch element {
        case "sheetData":
            isInData = false
        case "row":
            if let row { try builder.add(row.cells, number: row.number) }
            row = nil
        case "c":
            try endCell()
        case "v":
            isInValue = false
        default:
            cell?.inline?.end(element)
        }
    }

    /// Rows without a number follow the one before.
    private func startRow(_ attributes: [String: String]) throws(TableError) {
        let number = attributes["r"].map { Int($0) } ?? rowNumber + 1
        guard let number, number > rowNumber, number <= CellReference.maximumRow else {
            throw .damagedWorkbook("rows are out of order")
        }
        rowNumber = number
        row = Row(number: number)
    }

    /// Cells without a reference follow the one before.
    private func startCell(_ attributes: [String: String]) throws(TableError) {
        guard let previous = row?.column else { return }
        let column = attributes["r"].map { CellReference.column(of: $0) } ?? previous + 1
        guard let column, column > previous, column <= CellReference.maximumColumn else {
            throw .damagedWorkbook("cells are out of order, row \(rowNumber)")
        }
        row?.column = column
        cell = Cell(column: column, type: attributes["t"], style: attributes["s"])
    }

    private func endCell() throws(TableError) {
        guard let cell else { return }
        self.cell = nil
        isInValue = false
        let text: String
        if let inline = cell.inline {
            text = inline.value
        } else {
            text = try typedText(of: cell)
        }
        // Formatted cells without content may stand far to the right.
        if text.isEmpty { return }
        if cell.column > limits.maximumColumnCount {
            if text.isBlank { return }
            throw .tooManyColumns(row: rowNumber, maximum: limits.maximumColumnCount)
        }
        if let count = row?.cells.count, count < cell.column - 1 {
            row?.cells += repeatElement("", count: cell.column - 1 - count)
        }
        row?.cells.append(text)
    }

    private func typedText(of cell: Cell) throws(TableError) -> String {
        if cell.value.isEmpty { return "" }
        // A formula's text keeps its spaces; around a number or an index they mean nothing.
        let value = cell.type == "str" ? cell.value : cell.value.withoutOuterSpaces
        return try cellText.text(value, type: cell.type, style: cell.style)
    }
}

extension String {
    fileprivate var withoutOuterSpaces: String {
        guard let first = utf8.first, let last = utf8.last, first <= 0x20 || last <= 0x20 else {
            return self
        }
        let rest = utf8.drop { $0 <= 0x20 }
        guard let end = rest.lastIndex(where: { $0 > 0x20 }) else { return "" }
        return String(self[rest.startIndex...end])
    }
}
