import SyncCore

/// Which records of a type a list is asked for, read from the parameters of its address. Pure: what
/// is held in them is not known here.
///
/// A field's name filters by its value, `name.from` (inclusive) and `name.before` (exclusive) a
/// date or time by range. `office`, `q`, `limit` and `after` go before fields of the same name.
public struct ListQuery: Sendable {
    /// How many records a page may have.
    public static let limits = 1...500

    /// What was typed into the search box.
    public private(set) var search = ""
    /// Records on a page; nil when the address does not say.
    public private(set) var limit: Int?
    /// The id after which the page begins.
    public private(set) var after: RecordID?
    /// Home office; nil for all.
    public private(set) var office: SpaceID?
    /// Equal values by field name; `.empty` finds records without a value.
    public private(set) var filters: [(field: String, value: Value)] = []
    /// Times or dates by field name: from (inclusive) and before (exclusive), as their text.
    public private(set) var ranges: [(field: String, from: String, before: String)] = []

    /// - Parameters:
    ///   - parameters: decoded, in order, no name twice.
    ///   - space: the office that a text names; nil when there is none.
    public init(
        _ type: RecordType, _ parameters: [(name: String, value: String)],
        office space: (String) -> SpaceID?
    ) throws(ListProblem) {
        var problems: [FieldProblem] = []
        for (name, value) in parameters {
            if try takesReserved(name, value, type, space) { continue }
            do throws(FieldProblem) {
                if let field = type.field(named: name) {
                    let value = value.isEmpty ? Value.empty : try field.value(fromText: value)
                    filters.append((field.name, value))
                } else if let (field, isStart) = Self.bound(name, type) {
                    try limit(field, isStart, value)
                } else {
                    problems.append(.unknownField(name))
                }
            } catch {
                problems.append(error)
            }
            if problems.last?.code == .unknownField { throw .unknownParameter(name) }
        }
        if !problems.isEmpty { throw .fields(problems) }
    }

    private mutating func takesReserved(
        _ name: String, _ value: String, _ type: RecordType, _ space: (String) -> SpaceID?
    ) throws(ListProblem) -> Bool {
        switch name {
        case "q":
            search = value
        case "limit":
            limit = try Self.limit(value)
        case "after":
            after = try Self.cursor(value)
        case "office":
            office = space(value)
            if office == nil {
                guard type.field(named: name) != nil else { throw .unknownOffice }
                return false
            }
        default:
            return false
        }
        return true
    }

    /// Narrows a range. Texts of dates and times begin with a digit, so an open end lies outside of
    /// all of them.
    private mutating func limit(
        _ field: Field, _ isStart: Bool, _ text: String
    ) throws(FieldProblem) {
        guard case .text(let bound) = try field.value(fromText: text) else { return }
        let known = ranges.firstIndex { $0.field == field.name }
        let place = known ?? ranges.count
        if known == nil { ranges.append((field.name, "", "A")) }
        if isStart { ranges[place].from = bound } else { ranges[place].before = bound }
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

    /// - Throws: `badLimit` for anything but 1 to 500.
    public static func limit(_ text: String) throws(ListProblem) -> Int {
        guard let limit = Int(text), limits.contains(limit) else { throw .badLimit }
        return limit
    }

    /// - Throws: `badCursor` for what no list gave out as `next`.
    public static func cursor(_ text: String) throws(ListProblem) -> RecordID {
        guard let id = RecordID(text) else { throw .badCursor }
        return id
    }
}

/// Why the parameters of a list's address are not understood.
public enum ListProblem: Error, Hashable, Sendable {
    case unknownParameter(String)
    case badLimit
    case badCursor
    /// `office` names none that is known.
    case unknownOffice
    /// Every filter whose text is no value of its field.
    case fields([FieldProblem])
}
