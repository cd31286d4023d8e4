/// Gives out human numbers such as `TS-MH01-202511-0001` (domain.md S81).
public struct NumberSeries: Hashable, Sendable {
    /// The field that takes the number.
    public let field: String
    /// The letters in front, by the value of `choiceField`; the key "" is for all others.
    public let prefixes: [String: String]
    /// The field that chooses the prefix.
    public let choiceField: String?

    public init(field: String, prefix: String) {
        self.field = field
        prefixes = ["": prefix]
        choiceField = nil
    }

    public init(field: String, by choiceField: String, prefixes: [String: String]) {
        self.field = field
        self.prefixes = prefixes
        self.choiceField = choiceField
    }

    /// The part before the running number: prefix, office code (with the suffix of a later life)
    /// and month.
    ///
    /// - Parameters:
    ///   - choice: value of `choiceField`.
    ///   - officeCode: such as `MH01`, or `HQ`.
    ///   - suffix: three characters of the incarnation for every life after the founding one, else
    ///     empty (S81.5).
    ///   - month: `202511`, the local month in which the number is given out.
    public func stem(choice: String, officeCode: String, suffix: String, month: String) -> String {
        let prefix = prefixes[choice] ?? prefixes[""] ?? ""
        return "\(prefix)-\(officeCode)\(suffix)-\(month)-"
    }

    /// The whole number: at least four digits after the stem.
    public static func number(stem: String, running: Int64) -> String {
        let digits = String(running)
        return stem + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
