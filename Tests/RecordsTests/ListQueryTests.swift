import Records
import SyncCore
import Testing

struct ListQueryTests {
    private func query(
        _ parameters: KeyValuePairs<String, String>, of type: RecordType = .ticket
    ) throws(ListProblem) -> ListQuery {
        try ListQuery(type, parameters.map { (name: $0.key, value: $0.value) }) {
            $0 == "MH01" ? .office(7) : nil
        }
    }

    private func problem(_ parameters: KeyValuePairs<String, String>) -> ListProblem? {
        do throws(ListProblem) {
            _ = try query(parameters)
            return nil
        } catch {
            return error
        }
    }

    @Test func `nothing said asks for everything`() throws {
        let query = try query([:])
        #expect(query.search.isEmpty && query.limit == nil && query.after == nil)
        #expect(query.office == nil && query.filters.isEmpty && query.ranges.isEmpty)
    }

    @Test func `a field filters by its value, in any spelling, and an empty text by none`() throws {
        let query = try query(["status": "open", "household": "", "q": "水管"])
        #expect(query.search == "水管")
        #expect(query.filters.map(\.field) == ["status", "household"])
        #expect(query.filters.map(\.value) == [.text("open"), .empty])
    }

    @Test func `a range has one end or both, and an open end lies outside of all dates`() throws {
        let one = try query(["occurred_at.from": "2025-06-01 09:30"]).ranges
        #expect(one.map(\.from) == ["2025-06-01T09:30:00+08:00"])
        #expect(one.map(\.before) == ["A"])
        let both = try query([
            "occurred_at.before": "2025-07-01 00:00", "occurred_at.from": "2025-06-01 00:00",
            "finished_at.before": "2025-07-02 00:00",
        ]).ranges
        #expect(both.map(\.field) == ["occurred_at", "finished_at"])
        #expect(both[0].from.hasPrefix("2025-06-01") && both[0].before.hasPrefix("2025-07-01"))
        #expect(both[1].from.isEmpty)
        #expect(problem(["status.from": "open"]) == .unknownParameter("status.from"))
    }

    @Test(arguments: ["0", "501", "-1", "9223372036854775808", "1e2", "", " 1"])
    func `a page has 1 to 500 records`(text: String) throws {
        #expect(problem(["limit": text]) == .badLimit)
        #expect(try query(["limit": "1"]).limit == 1)
        #expect(try query(["limit": "500"]).limit == 500)
    }

    @Test func `a cursor is a record's id`() throws {
        let id = Samples.id(in: .company)
        #expect(try query(["after": id.description]).after == id)
        for text in ["", "x", String(repeating: "v", count: 40), id.description + "0"] {
            #expect(problem(["after": text]) == .badCursor)
        }
    }

    @Test func `an office is one that is known, and comes before a field of that name`() throws {
        #expect(try query(["office": "MH01"]).office == .office(7))
        #expect(problem(["office": "MH02"]) == .unknownOffice)
    }

    @Test func `all values that are none are told at once, an unknown name at once and alone`()
        throws
    {
        guard case .fields(let problems)? = problem(["status": "blue", "occurred_at": "soon"])
        else {
            Issue.record("no problem of fields")
            return
        }
        #expect(problems.map(\.field) == ["status", "occurred_at"])
        #expect(problem(["status": "blue", "colour": "red"]) == .unknownParameter("colour"))
    }
}
