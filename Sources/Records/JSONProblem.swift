/// Why a text is not taken as JSON, and where.
public struct JSONProblem: Error, Hashable, Sendable {
    public enum Reason: String, Hashable, Sendable, CaseIterable {
        /// It does not follow the grammar.
        case malformed = "bad_json"
        case notUTF8 = "not_utf8"
        case nestedTooDeeply = "nested_too_deeply"
        /// An object has a name twice; which of the two was meant nobody can know.
        case repeatedName = "repeated_name"
        case tooLong = "too_long"
        /// No name of ours is nearly as long, and long ones are dear to compare.
        case longName = "long_name"
    }

    public let reason: Reason
    /// Bytes before the place where reading stopped.
    public let offset: Int

    public init(reason: Reason, offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    public var code: String { reason.rawValue }

    public var sentence: Title {
        switch reason {
        case .malformed:
            Title(
                "第 \(offset) 个字节处不是正确的 JSON；请检查引号、逗号和括号。",
                "The JSON is malformed at byte \(offset); check quotes, commas and brackets.")
        case .notUTF8:
            Title(
                "内容不是 UTF-8 编码；请以 UTF-8 编码重新发送。", "The text is not UTF-8; send it again in UTF-8.")
        case .nestedTooDeeply:
            Title(
                "第 \(offset) 个字节处嵌套层数过多；请减少嵌套。",
                "The JSON is nested too deeply at byte \(offset); use fewer levels.")
        case .repeatedName:
            Title(
                "第 \(offset) 个字节处有重复的名称；每个名称只写一次。",
                "A name is repeated at byte \(offset); write each name once.")
        case .longName:
            Title(
                "第 \(offset) 个字节处的名称过长；请用字段表里的名称。",
                "A name is too long at byte \(offset); use those of the list of fields.")
        case .tooLong:
            Title("内容过长；请分几次发送。", "The text is too long; send it in parts.")
        }
    }
}
