/// A JSON text (RFC 8259) as a value.
///
/// Why not Foundation's: its numbers pass through binary floating point, so 88.10 comes back as
/// 88.1 or 88.099999999999994 (domain.md C9); it keeps one of two equal names without a word; it
/// does not bound nesting. Here numbers stay the digits that were written, names keep their order,
/// and what is refused is refused by name.
public enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    /// As written: `88.10`. Never converted on the way.
    case number(String)
    case string(String)
    case array([JSONValue])
    /// In the order written; no name twice.
    case object([Member])

    /// A name in an object with its value.
    public struct Member: Hashable, Sendable {
        public let name: String
        public let value: JSONValue

        public init(_ name: String, _ value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    public static func integer(_ number: some BinaryInteger) -> JSONValue {
        .number(String(number))
    }

    /// The member of this name; nil when this is no object or has none.
    public subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }
}

extension JSONValue {
    /// One line without blanks; equal values give equal texts.
    public var text: String { String(decoding: bytes(), as: UTF8.self) }

    /// For people and for version control: a line for each element, except that what fits one line
    /// of this many characters stays on it.
    public func text(wrappedAt width: Int) -> String {
        var bytes: [UInt8] = []
        append(to: &bytes, wrappedAt: width, indent: 0)
        bytes.append(UInt8(ascii: "\n"))
        return String(decoding: bytes, as: UTF8.self)
    }

    public func bytes() -> [UInt8] {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return bytes
    }

    private func append(to bytes: inout [UInt8]) {
        switch self {
        case .null: bytes += "null".utf8
        case .bool(let flag): bytes += (flag ? "true" : "false").utf8
        case .number(let digits):
            precondition(JSONReader.isNumber(digits), "a JSON number must be written as one")
            bytes += digits.utf8
        case .string(let text): Self.append(text, to: &bytes)
        case .array(let elements):
            Self.append(elements, between: "[]", to: &bytes) { $0.append(to: &$1) }
        case .object(let members):
            Self.append(members, between: "{}", to: &bytes) { member, bytes in
                Self.append(member.name, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                member.value.append(to: &bytes)
            }
        }
    }

    private static func append<Element>(
        _ elements: [Element], between brackets: StaticString, to bytes: inout [UInt8],
        each: (Element, inout [UInt8]) -> Void
    ) {
        let brackets = Array(brackets.description.utf8)
        bytes.append(brackets[0])
        for (place, element) in elements.enumerated() {
            if place > 0 { bytes.append(UInt8(ascii: ",")) }
            each(element, &bytes)
        }
        bytes.append(brackets[1])
    }

    private static func append(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): bytes += "\\\"".utf8
            case UInt8(ascii: "\\"): bytes += "\\\\".utf8
            case 0x0A: bytes += "\\n".utf8
            case 0x0D: bytes += "\\r".utf8
            case 0x09: bytes += "\\t".utf8
            case 0..<0x20:
                let digits = Array("0123456789abcdef".utf8)
                bytes += "\\u00".utf8
                bytes += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private func append(to bytes: inout [UInt8], wrappedAt width: Int, indent: Int) {
        let line = text
        let children: [(name: String?, value: JSONValue)]
        switch self {
        case .array(let elements): children = elements.map { (nil, $0) }
        case .object(let members): children = members.map { ($0.name, $0.value) }
        default: children = []
        }
        if children.isEmpty || indent + line.count <= width {
            bytes += line.utf8
            return
        }
        let (open, close) = if case .array = self { ("[", "]") } else { ("{", "}") }
        let blanks = String(repeating: " ", count: indent + 2)
        bytes += open.utf8
        for (place, child) in children.enumerated() {
            bytes += ((place > 0 ? ",\n" : "\n") + blanks).utf8
            if let name = child.name {
                Self.append(name, to: &bytes)
                bytes += ": ".utf8
            }
            child.value.append(to: &bytes, wrappedAt: width, indent: indent + 2)
        }
        bytes += ("\n" + blanks.dropLast(2) + close).utf8
    }
}
