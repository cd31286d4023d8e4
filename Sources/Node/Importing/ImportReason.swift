import Records
import SyncCore

/// Why a row of a register is not taken, beside the words of `FieldProblem.Code`, which say why a
/// single value is not.
public enum ImportReason: String, CaseIterable, Sendable {
    /// Also a word of `FieldProblem`; here for columns that a register needs and the record does
    /// not.
    case required
    case missingRoom = "missing_room"
    case missingName = "missing_name"
    case badArea = "bad_area"
    /// A whole address; the word is the one `FieldProblem` has for a part of it.
    case badRoom = "bad_room"
    /// The office has several estates and the row does not say which.
    case missingEstate = "missing_estate"
    case unknownEstate = "unknown_estate"
    /// An earlier row says something else about the same thing.
    case contradiction
    /// The record here says otherwise and no import ever wrote it; or it was deleted; or the value
    /// is written once and for ever.
    case keptHere = "kept_here"

    /// What is wrong and what to do next, without the value.
    public var sentence: Title {
        switch self {
        case .required:
            Title("请填写这一项。", "Fill this in.")
        case .missingRoom:
            Title("请填写房号。", "Fill in the room.")
        case .missingName:
            Title("请填写姓名。", "Fill in the name.")
        case .badArea:
            Title(
                "面积应是不小于 0 的数，最多两位小数；请改正。",
                "The area is a number from 0 up with at most two decimals; correct it.")
        case .badRoom:
            Title(
                "看不懂这个房号；请写成 3-2-501 或 3栋2单元501。",
                "The room cannot be understood; write it like 3-2-501.")
        case .missingEstate:
            Title(
                "管理处有几个小区；请在“小区”一列填写小区名称。",
                "The office has several estates; name one in a column 小区.")
        case .unknownEstate:
            Title("没有这个小区；请核对小区名称。", "There is no such estate; check its name.")
        case .contradiction:
            Title(
                "与前面同一户、同一人或同一编号的行不一致；请核对两行。",
                "An earlier row of the same room, person or number says something else; check both."
            )
        case .keptHere:
            Title(
                "系统中已有的内容不同，未改动；如需更改请在记录中修改。",
                "The record here says otherwise and was left alone; change it there if need be.")
        }
    }
}

/// One cell of a file that keeps its row out, or that was left aside.
public struct ImportProblem: Hashable, Sendable {
    /// As the spreadsheet program counts: the header is usually 1.
    public var row: Int
    /// The header as it stands in the file.
    public var column: String
    /// A word of `ImportReason` or `FieldProblem.Code`.
    public var reason: String
    /// Never repeats the value.
    public var sentence: Title
    /// Of a cell that was left aside the record it speaks of, and the name of that record's type.
    public var record: RecordID?
    public var type: String?

    init(row: Int, column: String, reason: String, sentence: Title) {
        self.row = row
        self.column = column
        self.reason = reason
        self.sentence = sentence
    }

    init(row: Int, column: String, _ reason: ImportReason) {
        self.init(row: row, column: column, reason: reason.rawValue, sentence: reason.sentence)
    }
}
