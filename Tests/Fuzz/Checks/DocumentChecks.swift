import Records
import SyncCore

extension FuzzTarget {
    static let documents = [
        FuzzTarget(
            name: "json", share: 40, maximumBytes: 2_048,
            seeds: {
                Seeds.texts(
                    #"{"a":[1,-0.50e+3,"x\ud83d\ude00\n",true,null,{}],"b":""}"#, "[[[[[[]]]]]]",
                    #"{"a":1,"a":2}"#, "\"\\ud800\"", "9223372036854775808", "-0", "NaN", "{}x")
            }, check: DocumentChecks.json),
        FuzzTarget(
            name: "record", share: 8, maximumBytes: 2_048,
            seeds: {
                Seeds.texts(
                    "\u{1}" + #"{"kind":"repair","content":"水管","occurred_at":"2025-06-01 09:30"}"#,
                    "\u{7}"
                        + #"{"name":"王芳","phones":[{"no":"13812345678"}],"vehicles":["粤B12345"]}"#,
                    "\u{6}" + #"{"building":"3","room":"501","area":88.50}"#)
            }, check: DocumentChecks.record),
    ]
}

/// JSON as programs send it.
enum DocumentChecks {
    static func json(_ bytes: [UInt8]) throws {
        // Refused bytes are the usual case.
        guard let value = try? JSONValue(parsing: bytes) else { return }
        try law(depth(value) <= 32, "depth")
        let text = value.bytes()
        try law(text.count <= bytes.count * 6, "writing does not multiply")
        let again = try always("what is written is read") { try JSONValue(parsing: text) }
        try law(again == value, "writing keeps the value")
        try law(again.bytes() == text, "equal values, equal texts")
        let wrapped = value.text(wrappedAt: 40)
        let unwrapped = try always("lines are read") { try JSONValue(parsing: wrapped) }
        try law(unwrapped == value, "lines keep the value")
    }

    private static func depth(_ value: JSONValue) -> Int {
        switch value {
        case .array(let elements): 1 + (elements.map(depth).max() ?? 0)
        case .object(let members): 1 + (members.map { depth($0.value) }.max() ?? 0)
        default: 0
        }
    }

    /// A whole record as the API takes it: the first byte chooses the type.
    static func record(_ bytes: [UInt8]) throws {
        var draws = Draws(bytes)
        let type = Catalogue.types[draws.below(Catalogue.types.count)]
        guard case .object(let members)? = try? JSONValue(parsing: draws.remainder()) else {
            return
        }
        var values: [String: Value] = [:]
        var elements: [String: [Value]] = [:]
        for member in members {
            guard let field = type.field(named: member.name) else {
                values[member.name] = .empty
                continue
            }
            // Values that cannot be read are refused one by one.
            if field.isSet {
                elements[field.name] = try? field.elements(fromJSON: member.value)
            } else if let value = try? field.value(fromJSON: member.value) {
                values[field.name] = value
                let again = try always("\(field.name) is read back") {
                    try field.value(fromJSON: field.json(of: value))
                }
                try law(again == value, "\(type.name).\(field.name) by JSON")
            }
        }
        for creating in [true, false] {
            let problems = type.problems(in: values, elements: elements, creating: creating)
            try law(problems.allSatisfy { !$0.sentence.en.isEmpty }, "sentences")
            let unreadable = problems.filter { problem in
                guard let value = values[problem.field] else { return false }
                return value != .empty && problem.code != .notInOrder
            }
            try law(unreadable.isEmpty, "what was read may be saved")
        }
    }
}
