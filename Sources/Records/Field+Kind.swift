import SyncCore

extension Field {
    /// Unicode scalars in a one-line text, counted after trimming and composing.
    public static let maximumLineCharacters = 500
    /// Unicode scalars in a text of several lines.
    public static let maximumTextCharacters = 20_000
    /// Elements of a set in one save; a change holds `Limits.maximumWritesPerChange` writes with
    /// those of the other fields.
    public static let maximumElements = 200

    /// A part of a structure as a field of its own, for its input, its check and its text.
    public func field(for part: Part) -> Field {
        Field(
            number, "\(name).\(part.name)",
            Title("\(title.zh)·\(part.title.zh)", "\(title.en): \(part.title.en)"), part.kind,
            privacy: privacy, writer: writer, merge: .latestWins)
    }

    /// The JSON type of the field's values, in words for a problem's sentence.
    var jsonType: Title {
        let one =
            switch kind {
            case .integer, .decimal, .money: Title("数字", "number")
            case .flag: Title("布尔值", "boolean")
            case .structure: Title("对象", "object")
            case .text, .longText, .date, .time, .choice, .reference, .phone, .roomPart:
                Title("字符串", "string")
            }
        return isSet ? Title("\(one.zh)数组", "array of \(one.en)s") : one
    }
}

extension Field.Kind {
    /// Decimal places between a person's number and the stored integer.
    var places: Int {
        switch self {
        case .decimal(let places, _): places
        case .money: 2
        default: 0
        }
    }

    var maximumCharacters: Int {
        switch self {
        case .longText, .structure: Field.maximumTextCharacters
        default: Field.maximumLineCharacters
        }
    }
}
