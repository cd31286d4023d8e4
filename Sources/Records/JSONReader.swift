import SyncCore

extension JSONValue {
    /// Reads one JSON text and nothing after it.
    ///
    /// - Parameters:
    ///   - maximumDepth: how many arrays and objects may stand inside each other.
    ///   - maximumBytes: of the whole text.
    public init(
        parsing text: String, maximumDepth: Int = 32, maximumBytes: Int = Limits.maximumBodyBytes
    ) throws(JSONProblem) {
        guard text.utf8.count <= maximumBytes else {
            throw JSONProblem(reason: .tooLong, offset: maximumBytes)
        }
        var reader = JSONReader(Array(text.utf8), maximumDepth: maximumDepth)
        self = try reader.document()
    }

    /// Reads one JSON text of UTF-8 bytes.
    public init(
        parsing bytes: [UInt8], maximumDepth: Int = 32, maximumBytes: Int = Limits.maximumBodyBytes
    ) throws(JSONProblem) {
        guard bytes.count <= maximumBytes else {
            throw JSONProblem(reason: .tooLong, offset: maximumBytes)
        }
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw JSONProblem(reason: .notUTF8, offset: 0)
        }
        var reader = JSONReader(bytes, maximumDepth: maximumDepth)
        self = try reader.document()
    }
}

/// Reads valid UTF-8 byte by byte; every name below is one of the grammar in RFC 8259.
struct JSONReader {
    /// Of a name in an object: names are compared with each other, and texts of many combining
    /// marks are dear to compare (`CombiningMarks`).
    private static let maximumNameBytes = 256

    private let bytes: [UInt8]
    private let maximumDepth: Int
    private var place = 0

    init(_ bytes: [UInt8], maximumDepth: Int) {
        self.bytes = bytes
        self.maximumDepth = maximumDepth
    }

    /// Whether a text is a number by the grammar, from its first to its last byte.
    static func isNumber(_ text: String) -> Bool {
        var reader = JSONReader(Array(text.utf8), maximumDepth: 0)
        return (try? reader.number()) != nil && reader.place == reader.bytes.count
    }

    mutating func document() throws(JSONProblem) -> JSONValue {
        let value = try value(depth: 0)
        skipBlanks()
        guard place == bytes.count else { throw problem(.malformed) }
        return value
    }

    private mutating func value(depth: Int) throws(JSONProblem) -> JSONValue {
        skipBlanks()
        switch peek {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return .number(try number())
        }
    }

    private mutating func object(depth: Int) throws(JSONProblem) -> JSONValue {
        try enter(depth)
        var members: [JSONValue.Member] = []
        var names: Set<String> = []
        if closes(UInt8(ascii: "}")) { return .object([]) }
        repeat {
            skipBlanks()
            let start = place
            guard peek == UInt8(ascii: "\"") else { throw problem(.malformed) }
            let name = try string()
            guard name.utf8.count <= Self.maximumNameBytes else {
                throw JSONProblem(reason: .longName, offset: start)
            }
            guard names.insert(name).inserted else {
                throw JSONProblem(reason: .repeatedName, offset: start)
            }
            skipBlanks()
            guard take(UInt8(ascii: ":")) else { throw problem(.malformed) }
            members.append(JSONValue.Member(name, try value(depth: depth + 1)))
            skipBlanks()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw problem(.malformed) }
        return .object(members)
    }

    private mutating func array(depth: Int) throws(JSONProblem) -> JSONValue {
        try enter(depth)
        var elements: [JSONValue] = []
        if closes(UInt8(ascii: "]")) { return .array([]) }
        repeat {
            elements.append(try value(depth: depth + 1))
            skipBlanks()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw problem(.malformed) }
        return .array(elements)
    }

    private mutating func enter(_ depth: Int) throws(JSONProblem) {
        guard depth < maximumDepth else { throw problem(.nestedTooDeeply) }
        place += 1
    }

    private mutating func closes(_ bracket: UInt8) -> Bool {
        skipBlanks()
        return take(bracket)
    }

    private mutating func string() throws(JSONProblem) -> String {
        place += 1
        var text: [UInt8] = []
        while let byte = peek {
            switch byte {
            case UInt8(ascii: "\""):
                place += 1
                return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                place += 1
                text += String(Character(try escaped())).utf8
            case 0..<0x20:
                throw problem(.malformed)
            default:
                place += 1
                text.append(byte)
            }
        }
        throw problem(.malformed)
    }

    private mutating func escaped() throws(JSONProblem) -> Unicode.Scalar {
        let letter = peek
        place += 1
        switch letter {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            let unit = try fourDigits()
            if let scalar = Unicode.Scalar(unit) { return scalar }
            // Half of a pair; the other half must follow.
            guard (0xD800..<0xDC00).contains(unit), take(UInt8(ascii: "\\")),
                take(UInt8(ascii: "u"))
            else { throw problem(.malformed) }
            let low = try fourDigits()
            guard (0xDC00..<0xE000).contains(low),
                let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
            else { throw problem(.malformed) }
            return scalar
        default: throw problem(.malformed)
        }
    }

    private mutating func fourDigits() throws(JSONProblem) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = peek.flatMap({ Character(Unicode.Scalar($0)).hexDigitValue }) else {
                throw problem(.malformed)
            }
            unit = unit << 4 | UInt32(digit)
            place += 1
        }
        return unit
    }

    private mutating func number() throws(JSONProblem) -> String {
        let start = place
        _ = take(UInt8(ascii: "-"))  // The sign is optional.
        if !take(UInt8(ascii: "0")) { try digits() }
        if take(UInt8(ascii: ".")) { try digits() }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            _ = take(UInt8(ascii: "+")) || take(UInt8(ascii: "-"))  // The sign is optional.
            try digits()
        }
        return String(decoding: bytes[start..<place], as: UTF8.self)
    }

    private mutating func digits() throws(JSONProblem) {
        let start = place
        while let byte = peek, PlainText.digits.contains(byte) { place += 1 }
        guard place > start else { throw problem(.malformed) }
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(JSONProblem)
        -> JSONValue
    {
        for byte in word.description.utf8 {
            guard take(byte) else { throw problem(.malformed) }
        }
        return value
    }

    private var peek: UInt8? { place < bytes.count ? bytes[place] : nil }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        place += 1
        return true
    }

    private mutating func skipBlanks() {
        while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            place += 1
        }
    }

    private func problem(_ reason: JSONProblem.Reason) -> JSONProblem {
        JSONProblem(reason: reason, offset: min(place, bytes.count))
    }
}
