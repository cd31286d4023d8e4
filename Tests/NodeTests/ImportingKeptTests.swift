import Records
import Store
import SyncCore
import Testing

@testable import Node

/// Cells that were left aside.
@Suite struct ImportingKeptTests {
    private func register(phone: String, area: String = "90") -> [UInt8] {
        Fixtures.csv(
            "楼栋房号,建筑面积,姓名,关系,电话,入住日期",
            "3-2-501,\(area),王伟,业主,\(phone),2020-01-02", "3-2-502,70,李娜,业主,,2020-01-02")
    }

    private func imported(_ bytes: [UInt8], by node: LocalNode) async throws -> ImportReport {
        try await node.importRegister("households", bytes: bytes, actor: nil)
    }

    @Test func `a correction to a deleted person is told at every import until it is settled`()
        async throws
    {
        try await withOffice("MH01") { node in
            _ = try await imported(register(phone: "13800000001"), by: node)
            let person = try #require(
                try await node.store.list(RecordQuery(.person)).records.first {
                    $0.text("name") == "王伟"
                }
            ).id
            try await node.save([RecordEdit(.person, .delete(person))], actor: nil)
            // The register says what it did: there is nothing to tell.
            #expect(try await imported(register(phone: "13800000001"), by: node).unchanged == 2)
            for _ in 1...2 {
                let report = try await imported(register(phone: "13800000002"), by: node)
                #expect(report.kept.map(\.column) == ["电话"])
                #expect(report.accepted == 2 && report.unchanged == 1)
                #expect(
                    report.json()["kept"]?.text
                        == #"[{"row":2,"column":"电话","reason":"kept_here","type":"persons","record":"\#(person)"}]"#
                )
            }
            // Restored, it takes the correction.
            try await node.save([RecordEdit(.person, .restore(person))], actor: nil)
            let report = try await imported(register(phone: "13800000002"), by: node)
            #expect(report.kept.isEmpty)
            #expect(report.json()["kept"]?.text == "[]")
            let phones = try await node.shown(.person, person).text("phones")
            #expect(phones.contains("13800000002") && !phones.contains("13800000001"))
        }
    }

    @Test func `what was entered by hand is kept at every import, and never overwritten`()
        async throws
    {
        try await withOffice("MH01") { node in
            let id = try await node.household("3", "2", "501")
            for area in ["90", "90", "91"] {
                let report = try await imported(register(phone: "", area: area), by: node)
                #expect(report.kept.map(\.column) == ["建筑面积"])
                #expect(report.json()["kept"]?.text.contains("\(id)") == true)
                #expect(try await node.shown(.household, id).value("area") == .integer(8_850))
            }
            // Who empties the field lets the register have its say.
            try await node.set(.household, id, "area", .empty)
            #expect(try await imported(register(phone: "", area: "91"), by: node).kept.isEmpty)
            #expect(try await node.shown(.household, id).value("area") == .integer(9_100))
            _ = try await imported(register(phone: "", area: "92"), by: node)
            #expect(try await node.shown(.household, id).value("area") == .integer(9_200))
        }
    }

    @Test func `a correction to what is written once and for ever is told at every import`()
        async throws
    {
        try await withOffice("MH01") { node in
            func tickets(_ channel: String) -> [UInt8] {
                Fixtures.csv(
                    "编号,受理时间,类别,状态,内容,渠道",
                    "T-1,2025-05-08 11:31,报修,待派,漏水,\(channel)")
            }
            _ = try await node.importRegister("tickets", bytes: tickets("来电"), actor: nil)
            for _ in 1...2 {
                let report = try await node.importRegister(
                    "tickets", bytes: tickets("微信"), actor: nil)
                #expect(report.kept.map(\.column) == ["渠道"])
                #expect(report.unchanged == 0)
            }
            // The ticket is corrected, the contact by which it came in stays as it was.
            #expect(try await node.only(.ticket).text("channel") == "wechat")
            #expect(try await node.only(.contact).text("channel") == "phone")
        }
    }
}
