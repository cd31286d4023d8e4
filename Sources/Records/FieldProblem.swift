/// Why a value is not taken for a field: a stable code for programs and a sentence for people.
///
/// The sentence names the field and the next step. The value is never in it: it may be a
/// resident's.
public struct FieldProblem: Error, Hashable, Sendable {
    /// The words of the API, the import report and the pages. Listed once here, never reused.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        case required
        case badNumber = "bad_number"
        case badFlag = "bad_flag"
        case badDate = "bad_date"
        case badTime = "bad_time"
        case badPhone = "bad_phone"
        case badRoom = "bad_room"
        case badReference = "bad_reference"
        case badFormat = "bad_format"
        case unknownChoice = "unknown_choice"
        case tooLong = "too_long"
        case tooMany = "too_many"
        /// More combining marks on one letter than any script has.
        case tooManyMarks = "too_many_marks"
        case severalLines = "several_lines"
        case controlCharacter = "control_character"
        case wrongType = "wrong_type"
        case unknownPart = "unknown_part"
        case unknownField = "unknown_field"
        case notInOrder = "not_in_order"
    }

    public let code: Code
    /// The name of the field, with a part's name behind a point: `phones.no`.
    public let field: String
    public let sentence: Title

    init(_ code: Code, _ field: Field) {
        self.code = code
        self.field = field.name
        sentence = Self.sentence(code, field)
    }

    private init(_ code: Code, _ field: String, _ sentence: Title) {
        self.code = code
        self.field = field
        self.sentence = sentence
    }

    static func unknownField(_ name: String) -> FieldProblem {
        FieldProblem(
            .unknownField, name,
            Title(
                "没有这个字段；请对照字段表改名。",
                "There is no such field; compare the name with the list of fields."))
    }

    /// None of these fields has a value, and one must.
    static func noneGiven(_ fields: [Field]) -> FieldProblem {
        let zh = fields.map(\.title.zh).joined(separator: "、")
        let en = fields.map(\.title.en).joined(separator: ", ")
        return FieldProblem(
            .required, fields.first?.name ?? "",
            Title("请至少填写一项：\(zh)。", "Fill in at least one of: \(en)."))
    }

    static func notInOrder(_ first: Field, then later: Field) -> FieldProblem {
        FieldProblem(
            .notInOrder, later.name,
            Title(
                "“\(later.title.zh)”不能早于“\(first.title.zh)”；请核对两项。",
                "“\(later.title.en)” cannot be before “\(first.title.en)”; check both."))
    }

    private static func sentence(_ code: Code, _ field: Field) -> Title {
        let zh = "“\(field.title.zh)”"
        let en = "“\(field.title.en)”"
        switch code {
        case .required:
            return Title("请填写\(zh)。", "Fill in \(en).")
        case .badNumber:
            return numberSentence(field)
        case .badFlag:
            return Title("\(zh)请填“是”或“否”。", "\(en) is either yes or no; enter one of them.")
        case .badDate:
            return Title(
                "\(zh)不是日历上有的日期；请写成 2025-06-01 这样。",
                "\(en) is not a day of the calendar; write it like 2025-06-01.")
        case .badTime:
            return Title(
                "\(zh)不是完整的日期和时间；请写成 2025-06-01 09:30 这样。",
                "\(en) is not a complete date and time; write it like 2025-06-01 09:30.")
        case .badPhone:
            return Title(
                "\(zh)不是完整的电话号码；请核对后重填，手机 11 位，座机加区号，不带分机。",
                "\(en) is not a complete phone number; enter all 11 digits of a mobile, or a "
                    + "landline with its area code and no extension.")
        case .badRoom:
            return Title(
                "\(zh)请只填一个号码或字母，如 3 或 12A。",
                "\(en) is one number or letter; enter it like 3 or 12A.")
        case .badReference:
            return Title(
                "\(zh)没有指向这类记录；请从列表中选择。",
                "\(en) does not point to such a record; choose it from the list.")
        case .badFormat:
            return Title(
                "\(zh)的格式不对；请整段重新复制。", "\(en) has the wrong form; copy the whole of it again.")
        case .unknownChoice:
            return Title(
                "\(zh)里没有这一项；请从列表中选择。", "\(en) has no such choice; choose one from its list.")
        case .tooLong:
            let limit = field.kind.maximumCharacters
            return Title(
                "\(zh)太长，最多 \(limit) 个字；请缩短。",
                "\(en) is too long; shorten it to \(limit) characters.")
        case .tooMany:
            let limit = Field.maximumElements
            return Title(
                "\(zh)一次最多 \(limit) 项；请分几次保存。",
                "\(en) takes \(limit) entries at a time; save them in parts.")
        case .tooManyMarks:
            return Title(
                "\(zh)里一个字上叠了太多附加符号；请重新输入。",
                "\(en) has too many marks on one letter; type it again.")
        case .severalLines:
            return Title("\(zh)只能写一行；请去掉换行。", "\(en) is one line; take out the line breaks.")
        case .controlCharacter:
            return Title(
                "\(zh)里有看不见的控制字符；请重新输入。",
                "\(en) contains invisible control characters; type it again.")
        case .wrongType:
            return Title(
                "\(zh)应为 JSON \(field.jsonType.zh)；请按字段表发送。",
                "\(en) takes a JSON \(field.jsonType.en); send it as the list of fields says.")
        case .unknownPart:
            return Title(
                "\(zh)里有字段表没有的部分；请去掉。",
                "\(en) has a part that is not in the list of fields; leave it out.")
        case .unknownField, .notInOrder:
            preconditionFailure("\(code.rawValue) has a maker of its own")
        }
    }

    private static func numberSentence(_ field: Field) -> Title {
        let places = field.kind.places
        let least = ExactNumber.text(field.range.lowerBound, places: places)
        let most = ExactNumber.text(field.range.upperBound, places: places)
        let isOpen = field.range.upperBound == Field.anyAmount.upperBound
        return Title(
            "“\(field.title.zh)”应是" + (isOpen ? "不小于 \(least) 的" : " \(least) 到 \(most) 之间的")
                + (places == 0 ? "整数" : "数，最多 \(places) 位小数") + "；请改正。",
            "“\(field.title.en)” is a "
                + (places == 0 ? "whole number" : "number of up to \(places) decimals")
                + (isOpen ? " from \(least) up" : " from \(least) to \(most)") + "; correct it.")
    }
}
