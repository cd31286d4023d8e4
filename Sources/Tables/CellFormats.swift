/// Which number format each cell style has (`styles.xml`). Cells name their style by its place
/// here.
final class CellFormats: MarkupHandler {
    /// One for each style, in order.
    private(set) var all: [NumberFormat] = []
    private var custom: [Int: NumberFormat] = [:]
    private var isInCustomFormats = false
    private var isInCellStyles = false

    /// - Parameter part: null if the workbook has no styles.
    init(_ part: [UInt8]?, limits: TableLimits) throws(TableError) {
        guard let part else { return }
        try MarkupReader.read(part, limits: limits, handler: self)
    }

    func start(_ element: String, _ attributes: [String: String]) {
        let identifier = attributes["numFmtId"].flatMap { Int($0) } ?? 0
        switch element {
        case "numFmts":
            isInCustomFormats = true
        case "cellXfs":
            isInCellStyles = true
        case "numFmt" where isInCustomFormats:
            custom[identifier] = NumberFormat(code: attributes["formatCode"] ?? "")
        case "xf" where isInCellStyles:
            all.append(custom[identifier] ?? NumberFormat(builtIn: identifier))
        default:
            break
        }
    }

    func text(_ text: String) {}

    func end(_ element: String) {
        if element == "numFmts" { isInCustomFormats = false }
        if element == "cellXfs" { isInCellStyles = false }
    }
}
