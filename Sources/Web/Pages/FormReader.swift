import Records
import Store
import SyncCore

/// Turns what was typed into what is saved, field by field, and says what cannot be.
struct FormReader: Sendable {
    let finder: ReferenceFinder

    /// A sentence for one field, with records that come near when a reference was unclear.
    struct Problem: Sendable {
        var field: String
        var sentence: String
        var offers: [String] = []
    }

    /// What the inputs amount to.
    struct Reading: Sendable {
        /// By field number.
        var contents: [UInt32: RecordEdit.Content] = [:]
        var problems: [Problem] = []

        func sentences(_ field: Field) -> [Problem] { problems.filter { $0.field == field.name } }
    }

    /// - Parameters:
    ///   - fields: those that were changed.
    ///   - present: the record as it is, for rules between fields; nil for a new one.
    func read(
        _ typed: TypedRecord, _ fields: [Field], _ type: RecordType, present: StoredRecord?
    ) async throws -> Reading {
        var reading = Reading()
        var values: [String: Value] = [:]
        var elements: [String: [Value]] = [:]
        for field in fields {
            var read: [Value] = []
            var isSound = true
            let rows = typed[field.name].rows
            for row in rows.isEmpty && !field.isSet ? [["": ""]] : rows {
                do {
                    let value = try await self.value(row, field, &reading)
                    if value != .empty { read.append(value) }
                } catch let problem as FieldProblem {
                    isSound = false
                    reading.problems.append(
                        Problem(field: field.name, sentence: problem.sentence[finder.language]))
                } catch is Unclear {
                    isSound = false
                }
            }
            guard isSound else { continue }
            if field.isSet {
                reading.contents[field.number] = .elements(read)
                elements[field.name] = read
            } else {
                reading.contents[field.number] = .value(read.first ?? .empty)
                values[field.name] = read.first ?? .empty
            }
        }
        let judged = withPartners(values, type, present)
        let unreadable = Set(reading.problems.map(\.field))
        for problem in type.problems(in: judged, elements: elements, creating: present == nil)
        where !unreadable.contains(problem.field) {
            reading.problems.append(
                Problem(field: problem.field, sentence: problem.sentence[finder.language]))
        }
        if present == nil {
            reading.contents = reading.contents.filter { $0.value.isSomething }
        }
        return reading
    }

    /// Rules between two fields hold for a changed one together with one that was not touched.
    private func withPartners(
        _ values: [String: Value], _ type: RecordType, _ present: StoredRecord?
    ) -> [String: Value] {
        guard let present else { return values }
        var judged = values
        for case .inOrder(let first, let later) in type.rules
        where values[first] != nil || values[later] != nil {
            for name in [first, later] where judged[name] == nil {
                judged[name] = present.value(name)
            }
        }
        return judged
    }

    private struct Unclear: Error {}

    private func value(
        _ row: [String: String], _ field: Field, _ reading: inout Reading
    ) async throws -> Value {
        guard case .structure(let parts) = field.kind else {
            return try await leaf(row[""] ?? "", field, of: field, &reading)
        }
        var values: [String: Value] = [:]
        for part in parts {
            let text = row[part.name] ?? ""
            guard !text.trimmed.isEmpty else { continue }
            values[part.name] = try await leaf(text, field.field(for: part), of: field, &reading)
        }
        return try field.value(ofParts: values)
    }

    private func leaf(
        _ text: String, _ leaf: Field, of field: Field, _ reading: inout Reading
    ) async throws -> Value {
        guard let target = Catalogue.type(named: leaf.target), !text.trimmed.isEmpty else {
            return try leaf.value(fromText: text)
        }
        switch try await finder.find(text, target) {
        case .one(let id):
            return .record(id)
        case .unclear(let near):
            let sentence =
                near.isEmpty
                ? Title(
                    "“\(leaf.title.zh)”里没有找到这样的\(target.title.zh)；请换一种写法，或先登记。",
                    "No \(target.title.en) like that was found for “\(leaf.title.en)”; write it another way, or enter it first."
                )
                : Title(
                    "“\(leaf.title.zh)”不够明确；请从下面的几条里选一条。",
                    "“\(leaf.title.en)” is not clear enough; choose one of those below.")
            reading.problems.append(
                Problem(
                    field: field.name, sentence: sentence[finder.language],
                    offers: near.map(finder.offer)))
            throw Unclear()
        }
    }
}

extension RecordEdit.Content {
    /// Whether there is anything to write in a new record.
    fileprivate var isSomething: Bool {
        switch self {
        case .value(let value), .resolution(let value): value != .empty
        case .elements(let values): !values.isEmpty
        }
    }
}
