import Records
import SyncCore

extension FuzzTarget {
    static let lists = [
        FuzzTarget(
            name: "list", share: 12, maximumBytes: 512,
            seeds: {
                Seeds.texts(
                    "\u{1}q=水管&limit=50&status=open", "\u{1}occurred_at.from=2025-06-01 09:30",
                    "\u{6}office=0123456789abcdef&building=3栋",
                    "\u{7}phones=[{\"no\":\"13812345678\"}]",
                    "\u{1}limit=501&after=00", "\u{0}finished_at.before=2025-06-01T00:00:00Z")
            }, check: ListChecks.check)
    ]
}

/// Filters and cursors as they stand in an address: the first byte chooses the type.
enum ListChecks {
    static func check(_ bytes: [UInt8]) throws {
        var draws = Draws(bytes)
        let type = Catalogue.types[draws.below(Catalogue.types.count)]
        let text = String(decoding: draws.remainder(), as: UTF8.self)
        var parameters: [(name: String, value: String)] = []
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            parameters.append((String(parts[0]), parts.count > 1 ? String(parts[1]) : ""))
        }
        let query: ListQuery
        do {
            query = try ListQuery(type, parameters) { SpaceID("office/\($0)") }
        } catch {
            return try refusal(error, parameters)
        }
        try law(ListQuery.limits.contains(query.limit ?? 1), "limit")
        if let after = query.after {
            try law(RecordID(after.description) == after, "a cursor is read back")
        }
        for filter in query.filters {
            guard let field = type.field(named: filter.field) else {
                throw BrokenLaw(description: "a filter is of a field")
            }
            if filter.value == .empty { continue }
            try always("a filter is a value of its field") { try field.check(filter.value) }
        }
        for range in query.ranges {
            let kind = type.field(named: range.field)?.kind
            try law(kind == .date || kind == .time, "ranges are of dates and times")
        }
    }

    private static func refusal(
        _ problem: ListProblem, _ parameters: [(name: String, value: String)]
    ) throws {
        switch problem {
        case .unknownParameter(let name):
            try law(parameters.contains { $0.name == name }, "an unknown parameter is named")
        case .fields(let problems):
            try law(!problems.isEmpty, "a refusal says why")
        case .badLimit, .badCursor, .unknownOffice:
            break
        }
    }
}
