import Records
import Store
import SyncCore
import Tables
import Testing

@testable import Node

@Suite struct ImportingOfficesTests {
    @Test(arguments: ["MH01", "MH02", "MH03"])
    func `an office's registers give exactly what is expected, and a second time nothing`(
        office: String
    ) async throws {
        let expected = try Fixtures.expected(office)
        try await withOffice(office) { node in
            let report = try await node.importRegister(
                "households", bytes: Fixtures.households(office), actor: nil)
            try #expect(report.json()["rejected"]?.text == #require(expected["rejected"]).text)
            #expect(report.json()["rows"] == expected["rows"])
            #expect(report.json()["accepted"] == expected["accepted_rows"])
            #expect(report.unchanged == 0)
            #expect(report.kept.isEmpty)
            #expect(try await .integer(node.count(.household)) == expected["households"])
            #expect(try await .integer(node.count(.person)) == expected["people"])
            #expect(try await .integer(node.count(.occupancy)) == expected["people"])
            let tickets = try await node.importRegister(
                "tickets", bytes: Fixtures.bytes("\(office)-tickets.csv"), actor: nil)
            let visits = try await node.importRegister(
                "visits", bytes: Fixtures.bytes("\(office)-visits.csv"), actor: nil)
            #expect(tickets.rejected.isEmpty && visits.rejected.isEmpty)
            #expect(try await .integer(node.count(.ticket)) == expected["tickets"])
            #expect(try await .integer(node.count(.contact)) == expected["tickets"])
            #expect(try await .integer(node.count(.visit)) == expected["visits"])
            // Every ticket and visit of these offices is about a room and a person of the first
            // register.
            for type in [RecordType.ticket, .visit] {
                for name in ["household", "person"] {
                    var query = RecordQuery(type)
                    query.filters = [(name, .empty)]
                    #expect(try await node.store.count(query) == 0, "\(type.name) without \(name)")
                }
            }
            let groups = try await node.groupCount()
            let again = try await node.importRegister(
                "persons", bytes: Fixtures.households(office), actor: nil)
            #expect(again.unchanged == again.accepted && again.accepted == report.accepted)
            _ = try await node.importRegister(
                "tickets", bytes: Fixtures.bytes("\(office)-tickets.csv"), actor: nil)
            _ = try await node.importRegister(
                "visits", bytes: Fixtures.bytes("\(office)-visits.csv"), actor: nil)
            #expect(try await node.groupCount() == groups)
            let sound = try await node.store.verify()
            #expect(sound.isSound, "\(sound.faults)")
        }
    }

    @Test func `a test run reports the same and writes nothing`() async throws {
        try await withOffice("MH03") { node in
            let groups = try await node.groupCount()
            let bytes = try Fixtures.households("MH03")
            let tried = try await node.importRegister(
                "households", bytes: bytes, actor: nil, dryRun: true)
            #expect(tried.batch == nil)
            #expect(try await node.groupCount() == groups)
            #expect(try await node.store.importBatches(limit: 9).isEmpty)
            let done = try await node.importRegister("households", bytes: bytes, actor: nil)
            #expect(done.rejected == tried.rejected)
            #expect(done.unchanged == tried.unchanged && done.accepted == tried.accepted)
        }
    }

    @Test func `the rejected rows come back as a table to be corrected`() async throws {
        try await withOffice("MH03") { node in
            let report = try await node.importRegister(
                "households", bytes: Fixtures.households("MH03"), actor: nil)
            let table = report.rejectedRows(in: .zh)
            #expect(table.header.prefix(4) == ["行号", "问题", "楼栋房号", "建筑面积"])
            #expect(
                table.rows.map { $0.cells[0] } == ["9", "145", "202", "215", "323", "421", "424"])
            #expect(table.rows[0].cells[1] == "姓名: 请填写姓名。")
            // Corrected, it can be imported as it is: what is not a column of the register is left
            // aside.
            let workbook = try Table.read(try table.xlsx())
            let name = try #require(workbook.header.firstIndex(of: "姓名"))
            var cells = workbook.rows.map(\.cells)
            cells[0][name] = "补登"
            let corrected = Table(header: workbook.header, rows: cells)
            let again = try await node.importRegister(
                "households", bytes: corrected.csv(), actor: nil)
            #expect(again.accepted == 1 && again.rejected.count == 6)
            #expect(again.ignoredColumns == ["行号", "问题"])
        }
    }

    @Test func `an import can be stopped between two steps and goes on afterwards`() async throws {
        try await withOffice("MH01") { node in
            let bytes = try Fixtures.households("MH01")
            let task = Task {
                try await node.importRegister("households", bytes: bytes, actor: nil) {
                    done, total in
                    #expect(total == 725)
                    if done == 500 { withUnsafeCurrentTask { $0?.cancel() } }
                }
            }
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(try await node.count(.person) == 500)
            #expect(try await node.store.importBatches(limit: 1).first?.accepted == 500)
            let report = try await node.importRegister("households", bytes: bytes, actor: nil)
            #expect(report.unchanged == 500)
            #expect(try await node.count(.person) == 725)
            #expect(try await node.count(.household) == 408)
        }
    }

    @Test func `an import that is overtaken by another of the same register stops`() async throws {
        try await withOffice("MH01") { node in
            let bytes = try Fixtures.households("MH01")
            let first = try await node.store.beginImport(
                of: "households", rows: 1, rejected: 0, node.context(actor: nil))
            _ = try await node.importRegister("households", bytes: bytes, actor: nil)
            await #expect(throws: StoreError.self) {
                try await node.store.importRows(
                    [ImportStep()], into: first, node.context(actor: nil))
            }
            #expect(try await node.count(.person) == 725)
        }
    }

    @Test func `long texts are saved in as many groups as they need, and can be taken back`()
        async throws
    {
        try await withOffice("MH01") { node in
            let text = String(repeating: "漏", count: 15_000)
            func file(_ remark: String) -> [UInt8] {
                let rows = (1...60).map { "T-\($0),2025-05-08 11:31,报修,待派,漏水,\(remark)" }
                return Array((["编号,受理时间,类别,状态,内容,备注"] + rows).joined(separator: "\n").utf8)
            }
            _ = try await node.importRegister("tickets", bytes: file(text), actor: nil)
            let report = try await node.importRegister("tickets", bytes: file("短"), actor: nil)
            #expect(report.unchanged == 0)
            let batch = try #require(report.batch)
            #expect(try await node.undoImport(batch, actor: nil) == 60)
            let tickets = try await node.store.list(RecordQuery(.ticket)).records
            #expect(tickets.allSatisfy { $0.text("remark") == text })
        }
    }
}
