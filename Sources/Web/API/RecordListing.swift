import Records
import Store
import SyncCore

/// Reads which records a list is asked for from the parameters of its address.
///
/// A field's name filters by its value, `name.from` (inclusive) and `name.before` (exclusive) a
/// date or time by range. `office`, `q`, `limit` and `after` go before fields of the same name.
struct RecordListing {
    private(set) var query: RecordQuery
    private let codes: OfficeCodes

    init(
        _ type: RecordType, _ parameters: [(name: String, value: String)], _ codes: OfficeCodes,
        _ language: Language
    ) throws {
        query = RecordQuery(type)
        self.codes = codes
        var problems: [FieldProblem] = []
        var ranges: [String: (from: String, before: String)] = [:]
        for (name, value) in parameters {
            do {
                if try takesReserved(name, value) { continue }
                if let field = type.field(named: name) {
                    try filter(field, value)
                } else if let (field, isStart) = Self.bound(name, type) {
                    // Texts of dates and times begin with a digit, so these lie outside of all of
                    // them.
                    var range = ranges[field.name] ?? ("", "A")
                    guard case .text(let text) = try field.value(fromText: value) else { continue }
                    if isStart { range.from = text } else { range.before = text }
                    ranges[field.name] = range
                } else {
                    throw APIProblem(unknownParameter: name)
                }
            } catch let problem as FieldProblem {
                problems.append(problem)
            }
        }
        if !problems.isEmpty {
            throw APIProblem(
                .badRequest,
                detail: problems.map { $0.sentence[language] }.joined(separator: " "),
                members: [.init("parameter", .string(problems[0].field))])
        }
        query.ranges = ranges.map { ($0.key, $0.value.from, $0.value.before) }
    }

    private mutating func takesReserved(_ name: String, _ value: String) throws -> Bool {
        switch name {
        case "q":
            query.search = value
        case "limit":
            query.limit = try Self.limit(value)
        case "after":
            query.after = try Self.cursor(value)
        case "office":
            if let space = codes.space(value) {
                query.office = space
            } else if query.type.field(named: name) != nil {
                return false
            } else {
                _ = try codes.known(value)
            }
        default:
            return false
        }
        return true
    }

    private mutating func filter(_ field: Field, _ text: String) throws {
        let value: Value = text.isEmpty ? .empty : try field.value(fromText: text)
        query.filters.append((field.name, value))
    }

    private static func bound(_ name: String, _ type: RecordType) -> (Field, isStart: Bool)? {
        for (ending, isStart) in [(".from", true), (".before", false)] where name.hasSuffix(ending)
        {
            guard let field = type.field(named: String(name.dropLast(ending.count))),
                field.kind == .date || field.kind == .time
            else { return nil }
            return (field, isStart)
        }
        return nil
    }

    /// - Throws: `bad-request` for anything but 1 to 500.
    static func limit(_ text: String) throws -> Int {
        guard let limit = Int(text), (1...500).contains(limit) else {
            throw APIProblem(
                .badRequest, detail: "limit is a whole number from 1 to 500.",
                members: [.init("parameter", "limit")])
        }
        return limit
    }

    /// - Throws: `bad-request` for what no list gave out as `next`.
    static func cursor(_ text: String) throws -> RecordID {
        guard let id = RecordID(text) else {
            throw APIProblem(
                .badRequest, detail: "after takes the “next” of the page before.",
                members: [.init("parameter", "after")])
        }
        return id
    }
}
