/// The text of a string item, put together from its runs.
///
/// A string with mixed fonts is kept as several runs, each with a `t`. Phonetic runs (`rPh`) hold
/// the reading of the characters, which is not part of the text; taken along, 东京 would become
/// 东京トウキョウ.
struct RichText {
    private(set) var value = ""
    private let limits: TableLimits
    private var run = ""
    private var isInRun = false
    private var phoneticDepth = 0

    init(limits: TableLimits) {
        self.limits = limits
    }

    mutating func start(_ element: String) {
        if element == "rPh" { phoneticDepth += 1 }
        if element == "t", phoneticDepth == 0 { isInRun = true }
    }

    mutating func text(_ text: String) throws(TableError) {
        guard isInRun else { return }
        run += text
        if value.utf8.count + run.utf8.count > limits.maximumCellBytes {
            throw .sharedTextTooLarge(maximumBytes: limits.maximumCellBytes)
        }
    }

    mutating func end(_ element: String) {
        if element == "rPh" { phoneticDepth -= 1 }
        if element == "t" {
            value += EscapedText.decoded(run)
            run = ""
            isInRun = false
        }
    }
}
