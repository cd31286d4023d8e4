import Records
import Store
import SyncCore
import Testing

@testable import Node

@Suite struct ReportTests {
    @Test func `every figure at headquarters is the office's own, and the total is their sum`()
        async throws
    {
        let company = try await TestCompany()
        var offices: [TestNode] = []
        for code in ["MH01", "MH02", "MH03"] {
            let office = try await TestNode(.office, code: code)
            try await office.node.importAll(code)
            try await company.join(office)
            offices.append(office)
        }
        let head = company.headquarters.node
        for office in offices {
            let report = try await company.exchange(office)
            #expect(report.isComplete)
        }
        // One undecided field at the last office, and one that only the office knows of.
        let last = offices[2].node
        let household = try #require(
            try await last.store.list(RecordQuery(.household)).records.first
        ).id
        try await last.set(.household, household, "area", .integer(7_000))
        try await head.set(.household, household, "area", .integer(7_100))
        try await company.exchange(offices[2])

        let there = try await head.consolidatedReport(month: "2025-03")
        #expect(there.offices.map(\.code) == ["MH01", "MH02", "MH03"])
        #expect(there.notUpToDate.isEmpty)
        for (office, figures) in zip(offices, there.offices) {
            let here = try await office.node.consolidatedReport(month: "2025-03")
            let own = try #require(here.offices.count == 1 ? here.offices.first : nil)
            #expect(own.figures == figures.figures)
            #expect(own.figures.json() == figures.figures.json())
            #expect(own.isUpToDate)
            let expected = try Fixtures.expected(own.code)
            let json = own.figures.json()
            #expect(json["households"] == expected["households"])
            #expect(json["people"] == expected["people"])
            let tickets = own.figures.openTickets + own.figures.closedTickets
            #expect(.integer(tickets) == expected["tickets"])
        }
        #expect(there.offices.map(\.figures.closedTickets) == [490, 961, 293])
        #expect(there.offices.map(\.figures.conflicts) == [0, 0, 1])
        #expect(there.total.households == 408 + 792 + 248)
        #expect(there.total.people == 725 + 1_415 + 438)
        #expect(there.total.closedTickets == 490 + 961 + 293)
        #expect(there.total.conflicts == 1)
        var months = 0
        for month in ["2025-01", "2025-02", "202503", "2025-04", "2025-05", "2025-06"] {
            months += try await head.consolidatedReport(month: month).total.visits
        }
        #expect(months == 206 + 400 + 125)
    }

    @Test func `an office that was not heard of for a day is named, and its figures stay`()
        async throws
    {
        let company = try await TestCompany()
        let silent = try await TestNode(.office, code: "MH02")
        let present = try await TestNode(.office, code: "MH01")
        let never = try await TestNode(.office, code: "MH03")
        for office in [silent, present] {
            _ = try await office.node.household("3", "2", "501")
            try await company.join(office)
        }
        try await company.join(never)
        let head = company.headquarters.node
        try await company.exchange(silent)
        let before = try await head.consolidatedReport()
        #expect(before.notUpToDate == ["MH01", "MH03"])
        #expect(before.offices.map(\.name) == ["", "幸福花园", ""])
        #expect(before.offices[0].asOf == nil)
        // The test's clock moves a second at each look: the older exchange is stale by then.
        try await company.exchange(present)
        let after = try await head.consolidatedReport(staleAfter: .seconds(1))
        #expect(after.notUpToDate == ["MH02", "MH03"])
        #expect(after.total.households == 2)
        let json = after.json()
        #expect(json["total"]?["notUpToDate"]?.text == #"["MH02","MH03"]"#)
        guard case .array(let offices)? = json["offices"] else {
            Issue.record("no offices")
            return
        }
        #expect(offices.map { $0["isUpToDate"] } == [.bool(true), .bool(false), .bool(false)])
        #expect(offices[2]["asOf"] == .null)
    }

    @Test func `the month is the calendar's, and any other word is refused`() throws {
        #expect(try ReportMonth("2025-12").end == "2026-01")
        #expect(try ReportMonth("202502").text == "2025-02")
        // 2025-05-31 23:30 UTC is the first of June in the office.
        #expect(ReportMonth(containing: 1_748_734_200_000).text == "2025-06")
        for word in ["2025", "2025-13", "0000-01", "٢٠٢٥-05", "2025-5", ""] {
            #expect(throws: ReportError.badMonth) { try ReportMonth(word) }
        }
    }

    @Test func `open and closed tickets are told apart by kind and class`() {
        var figures = OfficeFigures()
        figures.add(2, kind: "complaint", classCode: "", status: "registered")
        figures.add(3, kind: "repair", classCode: "emergency", status: "closed")
        figures.add(1, kind: "repair", classCode: "emergency", status: "resolved")
        figures.add(4, kind: "repair", classCode: "ordinary", status: "cancelled")
        #expect(
            (figures + OfficeFigures()).json()["tickets"]?.text
                == #"{"open":3,"closed":7,"byKind":["#
                + #"{"kind":"repair","class":"ordinary","open":0,"closed":4},"#
                + #"{"kind":"repair","class":"emergency","open":1,"closed":3},"#
                + #"{"kind":"complaint","class":null,"open":2,"closed":0}]}"#)
    }
}
