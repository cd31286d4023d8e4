import Records
import SyncCore

extension FuzzTarget {
    static let fields = [
        FuzzTarget(
            name: "field", share: 10, maximumBytes: 512,
            seeds: {
                let texts = [
                    "2025-06-01 09:30", "88.10 ㎡", "是", "138 1234 5678", "3栋", "水管漏水\n厨房",
                    "{\"no\":\"13812345678\"}", "粤B12345、粤B54321", "¥1,234.50", "repair",
                ]
                return FieldChecks.fields.indices.map { place in
                    [UInt8(place >> 8), UInt8(place & 255)]
                        + Array(texts[place % texts.count].utf8)
                }
            }, check: FieldChecks.check)
    ]
}

/// Texts that people type into a field: the first two bytes choose it.
enum FieldChecks {
    static let fields: [Field] = Catalogue.types.flatMap { type in
        type.fields.flatMap { field in
            guard case .structure(let parts) = field.kind else { return [field] }
            return [field] + parts.map { field.field(for: $0) }
        }
    }

    static func check(_ bytes: [UInt8]) throws {
        var draws = Draws(bytes)
        let field = fields[(Int(draws.byte()) << 8 | Int(draws.byte())) % fields.count]
        let text = String(decoding: draws.remainder(), as: UTF8.self)
        // A refused text is the usual case.
        if let value = try? field.value(fromText: text), value != .empty {
            try holds(value, field)
        }
        if field.isSet, let elements = try? field.elements(fromText: text) {
            try law(elements.count <= Field.maximumElements, "maximumElements")
            try law(Set(elements).count == elements.count, "each element once")
            for element in elements { try holds(element, field) }
            let json = field.json(ofElements: elements)
            let again = try always("\(field.name): elements are read back") {
                try field.elements(fromJSON: json)
            }
            try law(again == elements, "\(field.name): elements by JSON")
            _ = field.text(ofElements: elements, in: .zh)
        }
        // A peer may write anything: it is shown.
        for value in [Value.text(text), .integer(Int64(text.utf8.count)), .empty] {
            _ = field.text(of: value, in: .zh)
            _ = field.json(of: value)
            _ = field.parts(of: value)
        }
    }

    /// A value that was read may be saved, and its texts are read as the same value.
    private static func holds(_ value: Value, _ field: Field) throws {
        try always("\(field.name) may be saved") { try field.check(value) }
        if case .text(let text) = value {
            try law(text.utf8.count <= Limits.maximumValueBytes, "maximumValueBytes")
        }
        let json = try always("\(field.name) is read from JSON") {
            try field.value(fromJSON: field.json(of: value))
        }
        try law(json == value, "\(field.name) by JSON")
        if case .structure(let parts) = field.kind, parts.count > 1 { return }
        for language in [Language.zh, .en] {
            let text = field.text(of: value, in: language)
            let again = try always("\(field.name) is read from its text") {
                try field.value(fromText: text)
            }
            try law(again == value, "\(field.name) by its text")
        }
    }
}
