import Foundation
import Records
import Store
import SyncCore

/// What stands in the inputs of one field: texts, before anybody judged them.
///
/// One row for a single value, several for a set. In a row the parts of a structure by name; a
/// plain value under "". Two of them are equal when a person would say that nothing was changed.
struct TypedField: Hashable, Sendable, Codable {
    private(set) var rows: [[String: String]]

    /// Blank inputs and blank rows are left out; browsers send CR LF.
    init(_ rows: [[String: String]]) {
        self.rows = rows.map { row in
            row.mapValues { $0.replacingOccurrences(of: "\r\n", with: "\n") }
                .filter { entry in entry.value.contains { !$0.isWhitespace } }
        }.filter { !$0.isEmpty }
    }

    static let nothing = TypedField([])

    var isEmpty: Bool { rows.isEmpty }
}

/// The texts of a whole form, by field name. Fields without any are absent.
struct TypedRecord: Hashable, Sendable {
    private var fields: [String: TypedField] = [:]

    subscript(name: String) -> TypedField {
        get { fields[name] ?? .nothing }
        set { fields[name] = newValue.isEmpty ? nil : newValue }
    }

    init() {}

    /// What a record's inputs show before anybody typed.
    init(_ record: StoredRecord, _ fields: [Field], _ display: ValueDisplay) {
        for field in fields {
            self[field.name] = TypedField(
                record.values(of: field).map { value in
                    guard case .structure(let parts) = field.kind else {
                        return ["": display.inputText(value, field)]
                    }
                    let values = field.parts(of: value)
                    return parts.reduce(into: [:]) { row, part in
                        if let value = values[part.name] {
                            row[part.name] = display.inputText(value, field.field(for: part))
                        }
                    }
                })
        }
    }

    // MARK: In a posted form

    /// The name of an input: `f.phones.0.no`; the address of a single text is `f.status`.
    static func inputName(_ field: Field, row: Int, part: String) -> String {
        "f.\(field.name).\(row)" + (part.isEmpty ? "" : ".\(part)")
    }

    /// Reads the inputs of these fields.
    init(_ form: FormFields, _ fields: [Field]) {
        for field in fields {
            let prefix = "f.\(field.name)."
            var rows: [Int: [String: String]] = [:]
            var checked: [[String: String]] = []
            for (name, value) in form.pairs where name.hasPrefix(prefix) {
                let rest = name.dropFirst(prefix.count).split(separator: ".")
                // A set of choices has one box for each, all of one name.
                if rest == ["all"] { checked.append(["": value]) }
                guard let first = rest.first, let row = Int(first), rest.count <= 2 else {
                    continue
                }
                rows[row, default: [:]][rest.count == 2 ? String(rest[1]) : ""] = value
            }
            self[field.name] = TypedField(rows.sorted { $0.key < $1.key }.map(\.value) + checked)
        }
    }

    // MARK: As one hidden input

    /// The texts the form began with, so that only what was changed is saved.
    var encoded: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Texts in dictionaries always encode; an empty object would only make every field count as
        // changed.
        return (try? encoder.encode(fields)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    /// - Throws: `PageProblem.badRequest` when it is not what the form sent.
    init(encoded: String) throws {
        do {
            fields = try JSONDecoder().decode(
                [String: TypedField].self, from: Data(encoded.utf8))
        } catch {
            throw PageProblem.badRequest(
                Title(
                    "表单不完整，请返回后刷新重填。",
                    "The form is incomplete. Go back, reload it and fill it in again."))
        }
    }
}

extension ValueDisplay {
    /// A value as its input holds it; reading it back gives the value.
    func inputText(_ value: Value, _ field: Field) -> String {
        switch (field.kind, value) {
        case (.reference, .record):
            return line(value, field).target == nil
                ? field.text(of: value, in: language) : text(value, field)
        case (.time, .text(let text)):
            // The form `datetime-local` takes: 2025-06-01T09:30.
            guard let time = LocalTime(text) else { return text }
            return time.text.replacingOccurrences(of: " ", with: "T")
        case (.choice, .text(let code)): return code
        case (.flag, .integer(let flag)): return flag == 0 ? "0" : "1"
        case (.decimal(_, let unit), .integer): return bare(value, field, unit)
        case (.money, .integer): return bare(value, field, language == .zh ? "元" : "CNY")
        default: return field.text(of: value, in: language)
        }
    }

    private func bare(_ value: Value, _ field: Field, _ unit: String) -> String {
        let text = field.text(of: value, in: language)
        guard !unit.isEmpty, text.hasSuffix(" " + unit) else { return text }
        return String(text.dropLast(unit.count + 1))
    }
}
