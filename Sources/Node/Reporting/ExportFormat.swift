/// The forms in which records leave the program.
public enum ExportFormat: String, CaseIterable, Sendable {
    /// UTF-8 with a mark, as spreadsheet programs open it without garbling.
    case csv
    case xlsx
    /// An array of objects, as lists of the API give them: for programs.
    case json
}
