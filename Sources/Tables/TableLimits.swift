/// What a file may cost. A file comes from outside, so each of these is checked before the cost is
/// paid, and a file above any of them is refused with the limit named in the message.
public struct TableLimits: Equatable, Sendable {
    /// The file as it arrives.
    public var maximumFileBytes: Int

    /// All parts of a workbook that are read, unpacked, together.
    public var maximumUnpackedBytes: Int

    /// Unpacked bytes for each byte of the file. Honest workbooks stay below 40; a bomb reaches
    /// 1000.
    public var maximumUnpackedRatio: Int

    /// Entries in a workbook's zip directory, whether they are read or not.
    public var maximumArchiveEntryCount: Int

    /// Rows that are not blank, the header included.
    public var maximumRowCount: Int

    /// Columns up to the last cell that is not blank.
    public var maximumColumnCount: Int

    /// Rows times columns, because padding can make a table far larger than its file.
    public var maximumCellCount: Int

    /// One cell as UTF-8. A spreadsheet program allows 32,767 characters.
    public var maximumCellBytes: Int

    /// Combining marks in a row. Unicode's Stream-Safe Text Format (UAX 15 §13) allows 30; to compare
    /// a text takes the square of their number.
    public var maximumMarkCount: Int

    /// All cells as UTF-8, because a workbook may use one long shared string in every cell.
    public var maximumTextBytes: Int

    /// How deep XML elements may stand inside each other. Spreadsheet programs stay below 20.
    public var maximumMarkupDepth: Int

    /// Attributes of one XML element, because the parser compares each with all others.
    public var maximumAttributeCount: Int

    /// Suits an office of 10,000 households with room for ten times that.
    public static let standard = TableLimits()

    /// The standard limits; change the ones that should differ.
    public init() {
        maximumFileBytes = 16 << 20
        maximumUnpackedBytes = 64 << 20
        maximumUnpackedRatio = 100
        maximumArchiveEntryCount = 1_000
        maximumRowCount = 100_000
        maximumColumnCount = 256
        maximumCellCount = 2_000_000
        maximumCellBytes = 128 << 10
        maximumMarkCount = 30
        maximumTextBytes = 64 << 20
        maximumMarkupDepth = 64
        maximumAttributeCount = 256
    }
}
