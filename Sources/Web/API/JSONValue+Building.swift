import Records
import SyncCore

/// JSON documents written as Swift literals: members in the order written.
extension JSONValue: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral,
    ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral
{
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(elements.map { Member($0, $1) })
    }

    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }

    public init(stringLiteral value: String) { self = .string(value) }

    public init(booleanLiteral value: Bool) { self = .bool(value) }

    public init(integerLiteral value: Int) { self = .integer(value) }

    /// A text, or null.
    static func text(_ text: String?) -> JSONValue { text.map(JSONValue.string) ?? .null }

    /// A moment of milliseconds since 1970 UTC as RFC 3339 in office time; null when there is none,
    /// and for 0, which stands for never.
    static func moment(_ milliseconds: UInt64?) -> JSONValue {
        guard let milliseconds, milliseconds > 0 else { return .null }
        return .string(LocalTime(milliseconds: Int64(clamping: milliseconds)).description)
    }

    /// The members of an object; none for anything else.
    var members: [Member] {
        if case .object(let members) = self { members } else { [] }
    }

    /// A page of a list.
    static func page(_ items: [JSONValue], next: String?) -> JSONValue {
        ["items": .array(items), "next": .text(next)]
    }
}

extension SpaceID {
    /// The office in 16 hexadecimal digits; empty for the company.
    var officeText: String { kind == .company ? "" : Hexadecimal.text(bytes.dropFirst()) }
}
