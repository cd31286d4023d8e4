import Records
import Store
import SyncCore

/// Asks the store for what stands in a list's address.
struct RecordListing {
    private(set) var query: RecordQuery

    init(
        _ type: RecordType, _ parameters: [(name: String, value: String)], _ codes: OfficeCodes,
        _ language: Language
    ) throws {
        query = RecordQuery(type)
        do {
            let asked = try ListQuery(type, parameters, office: codes.space)
            query.search = asked.search
            query.limit = asked.limit ?? query.limit
            query.after = asked.after
            query.office = asked.office
            query.filters = asked.filters
            query.ranges = asked.ranges
        } catch {
            throw APIProblem(error, language)
        }
    }

    /// - Throws: `bad-request` for anything but 1 to 500.
    static func limit(_ text: String) throws -> Int {
        do {
            return try ListQuery.limit(text)
        } catch {
            throw APIProblem(error, .en)
        }
    }

    /// - Throws: `bad-request` for what no list gave out as `next`.
    static func cursor(_ text: String) throws -> RecordID {
        do {
            return try ListQuery.cursor(text)
        } catch {
            throw APIProblem(error, .en)
        }
    }
}

extension APIProblem {
    init(_ problem: ListProblem, _ language: Language) {
        switch problem {
        case .unknownParameter(let name):
            self.init(unknownParameter: name)
        case .badLimit:
            self.init(parameter: "limit", "limit is a whole number from 1 to 500.")
        case .badCursor:
            self.init(parameter: "after", "after takes the “next” of the page before.")
        case .unknownOffice:
            self.init(
                parameter: "office",
                "office takes 16 hexadecimal digits or the code of an office known here.")
        case .fields(let problems):
            self.init(
                parameter: problems.first?.field ?? "",
                problems.map { $0.sentence[language] }.joined(separator: " "))
        }
    }

    private init(parameter: String, _ detail: String) {
        self.init(
            .badRequest, detail: detail, members: [.init("parameter", .string(parameter))])
    }
}
