/// The texts that cells refer to by number (`sharedStrings.xml`).
final class SharedStrings: MarkupHandler {
    private(set) var all: [String] = []
    private let limits: TableLimits
    private var item: RichText?

    /// - Parameter part: null if the workbook has no shared strings, as when all stand in their
    ///   cells.
    init(_ part: [UInt8]?, limits: TableLimits) throws(TableError) {
        self.limits = limits
        guard let part else { return }
        try MarkupReader.read(part, limits: limits, handler: self)
    }

    func start(_ element: String, _ attributes: [String: String]) {
        if element == "si" { item = RichText(limits: limits) }
        item?.start(element)
    }

    func text(_ text: String) throws(TableError) {
        try item?.text(text)
    }

    func end(_ element: String) {
        item?.end(element)
        if element == "si", let text = item?.value {
            all.append(text)
            item = nil
        }
    }
}
