/// Why a file could not be read or written: a code for programs, a sentence for people, the cause.
///
/// No part of it repeats what stands in a cell; cells hold residents' data and errors go to logs.
public struct TableError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The stable word a program compares.
    public let code: Code

    /// What is wrong, where, and what to do next.
    public let message: String

    /// What the library underneath reported, for whoever reads the log.
    public let cause: String?

    public var description: String {
        "\(code.rawValue): \(message)" + (cause.map { " (\($0))" } ?? "")
    }

    init(_ code: Code, _ message: String, cause: String? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// Every code this module throws. A code is never renamed or used for something else.
    public enum Code: String, CaseIterable, Sendable {
        // The file as a whole.
        case emptyFile = "empty-file"
        case fileTooLarge = "file-too-large"
        case unsupportedFormat = "unsupported-format"

        // Text files.
        case unreadableText = "unreadable-text"
        case brokenQuoting = "broken-quoting"
        case converterMissing = "converter-missing"

        // Workbooks.
        case notAWorkbook = "not-a-workbook"
        case damagedWorkbook = "damaged-workbook"
        case forbiddenMarkup = "forbidden-markup"
        case tooManyParts = "too-many-parts"
        case unpacksTooLarge = "unpacks-too-large"

        // The table inside, of either kind.
        case tooManyRows = "too-many-rows"
        case tooManyColumns = "too-many-columns"
        case tooManyCells = "too-many-cells"
        case cellTooLarge = "cell-too-large"
        case tooManyMarks = "too-many-marks"
        case tooMuchText = "too-much-text"

        // Writing.
        case doesNotFit = "does-not-fit"
        case cannotWrite = "cannot-write"
    }
}
