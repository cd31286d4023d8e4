import Records
import Store
import SyncCore
import Testing

@testable import Node

@Suite struct ImportingAgainTests {
    private let header = "楼栋房号,建筑面积,姓名,关系,电话,身份证号,入住日期,备注"

    private func register(
        area: String = "88.50", phone: String = "13800000001", role: String = "业主"
    ) -> [UInt8] {
        Fixtures.csv(header, "3-2-501,\(area),王伟,\(role),\(phone),310110197012047854,2020-01-02,")
    }

    private func imported(_ bytes: [UInt8], by node: LocalNode) async throws -> ImportReport {
        try await node.importRegister("households", bytes: bytes, actor: nil)
    }

    @Test func `a changed cell writes that field and nothing else`() async throws {
        try await withOffice("MH01") { node in
            _ = try await imported(register(), by: node)
            let household = try await node.only(.household)
            let person = try await node.only(.person)
            try await node.set(.household, household.id, "status", .text("vacant"))
            let groups = try await node.groupCount()
            let report = try await imported(register(area: "90"), by: node)
            #expect(report.accepted == 1 && report.unchanged == 0)
            #expect(try await node.groupCount() == groups + 1)
            let now = try await node.only(.household)
            #expect(now.value("area") == .integer(9_000))
            #expect(now.text("status") == "vacant")
            #expect(now.conflicts.isEmpty)
            #expect(try await node.only(.person).version == person.version)
        }
    }

    @Test func `an import never undoes a clerk's later edit`() async throws {
        try await withOffice("MH01") { node in
            _ = try await imported(register(), by: node)
            let household = try await node.only(.household)
            try await node.set(.household, household.id, "area", .integer(9_150))
            let report = try await imported(register(phone: "13800000002"), by: node)
            #expect(report.unchanged == 0)
            #expect(try await node.only(.household).value("area") == .integer(9_150))
            #expect(try await imported(register(phone: "13800000002"), by: node).unchanged == 1)
        }
    }

    @Test func `a corrected telephone number replaces its own and leaves the ones clerks added`()
        async throws
    {
        try await withOffice("MH01") { node in
            _ = try await imported(register(), by: node)
            let person = try await node.only(.person)
            let phones = try #require(RecordType.person.field(named: "phones"))
            let both = try ["13800000001", "021-62345678"].map {
                try phones.value(fromText: $0)
            }
            try await node.save(
                [
                    RecordEdit(
                        .person, .change(person.id), contents: [phones.number: .elements(both)])
                ], actor: nil)
            _ = try await imported(register(phone: "13800000002"), by: node)
            let now = phones.elements(inColumn: try await node.only(.person).text("phones"))
            #expect(
                phones.text(ofElements: now, in: .zh).split(separator: "、").sorted()
                    == ["02162345678", "13800000002"])
        }
    }

    @Test func `a changed relation is the same person`() async throws {
        try await withOffice("MH01") { node in
            _ = try await imported(register(role: "家属"), by: node)
            _ = try await imported(register(role: "业主"), by: node)
            #expect(try await node.count(.person) == 1)
            #expect(try await node.only(.occupancy).text("role") == "owner")
        }
    }

    @Test func `two of one name in a room are told apart by their document numbers`() async throws {
        try await withOffice("MH01") { node in
            let bytes = Fixtures.csv(
                header, "3-2-501,88.5,王伟,业主,13800000001,310110197012047854,2020-01-02,",
                "3栋2单元501,88.50㎡,王伟,家属,13800000002,310110199812047850,2020-01-02,",
                "3-2-501,,王伟,业主,13800000003,310110197012047854,2020-01-02,")
            let report = try await imported(bytes, by: node)
            #expect(report.accepted == 3)
            #expect(try await node.count(.household) == 1)
            #expect(try await node.count(.person) == 2)
            #expect(try await imported(bytes, by: node).unchanged == 3)
        }
    }

    @Test func `a row that contradicts an earlier one is rejected and the earlier one goes in`()
        async throws
    {
        try await withOffice("MH01") { node in
            let bytes = Fixtures.csv(
                header, "3-2-501,88.5,王伟,业主,13800000001,,2020-01-02,",
                "3-2-501,98.5,李娜,家属,13800000002,,2020-01-02,")
            let report = try await imported(bytes, by: node)
            #expect(report.rejected.map(\.reason) == ["contradiction"])
            #expect(report.rejected.map(\.column) == ["建筑面积"])
            #expect(try await node.only(.household).value("area") == .integer(8_850))
            #expect(try await node.count(.person) == 1)
        }
    }

    @Test func `every wrong cell of a row is reported at once, without what stands in it`()
        async throws
    {
        try await withOffice("MH01") { node in
            let bytes = Fixtures.csv(header, "门口,约九十,,业主,1.38E+10,,二月三十,")
            let report = try await imported(bytes, by: node)
            #expect(
                Set(report.rejected.map(\.reason)) == [
                    "bad_room", "bad_area", "missing_name", "bad_phone", "bad_date",
                ])
            #expect(report.accepted == 0)
            for problem in report.rejected {
                for cell in ["门口", "约九十", "1.38", "三十"] {
                    #expect(!problem.sentence.zh.contains(cell))
                }
            }
            #expect(try await node.count(.household) == 0)
        }
    }

    @Test
    func `a household entered by hand is used: what is empty is filled, what differs is kept`()
        async throws
    {
        try await withOffice("MH01") { node in
            let id = try await node.household("3", "2", "501")
            let bytes = Fixtures.csv(
                "楼栋房号,建筑面积,物业类型", "3-2-501,90,住宅", "3-2-502,70,住宅")
            let report = try await imported(bytes, by: node)
            #expect(report.accepted == 2 && report.rejected.isEmpty)
            #expect(report.kept.map(\.column) == ["建筑面积"])
            #expect(try await node.count(.household) == 2)
            let household = try #require(try await node.store.record(.household, id))
            #expect(household.value("area") == .integer(8_850))
            #expect(household.text("property_type") == "住宅")
        }
    }

    @Test func `a person who was deleted does not come back with a corrected row`() async throws {
        try await withOffice("MH01") { node in
            _ = try await imported(register(), by: node)
            let person = try await node.only(.person)
            try await node.save([RecordEdit(.person, .delete(person.id))], actor: nil)
            let report = try await imported(register(phone: "13800000002"), by: node)
            #expect(report.kept.map(\.column) == ["电话"])
            #expect(try await node.count(.person) == 0)
        }
    }

    @Test func `tickets that came in before the households find them at the next import`()
        async throws
    {
        try await withOffice("MH01") { node in
            let tickets = Fixtures.csv(
                "编号,受理时间,房号,姓名,电话,渠道,类别,等级,内容,状态,处理人,完成时间",
                "T-1,2025-05-08 11:31,3栋2单元501,王伟,13800000001,来电,投诉,一般,噪声,待派,,")
            _ = try await node.importRegister("tickets", bytes: tickets, actor: nil)
            #expect(try await node.only(.ticket).reference("household") == nil)
            _ = try await imported(register(), by: node)
            _ = try await node.importRegister("tickets", bytes: tickets, actor: nil)
            let ticket = try await node.only(.ticket)
            #expect(try await ticket.reference("household") == node.only(.household).id)
            #expect(try await ticket.reference("person") == node.only(.person).id)
            let groups = try await node.groupCount()
            // The room is gone, the register says what it said: nothing happens.
            try await node.save(
                [RecordEdit(.household, .delete(node.only(.household).id))], actor: nil)
            _ = try await node.importRegister("tickets", bytes: tickets, actor: nil)
            #expect(try await node.groupCount() == groups + 1)
        }
    }

    @Test func `a ticket has its contact and the event of its completion`() async throws {
        try await withOffice("MH01") { node in
            let header = "编号,受理时间,房号,姓名,电话,渠道,类别,等级,内容,状态,处理人,完成时间"
            let bytes = Fixtures.csv(
                header, "T-1,2025-05-08 11:31,东门,王伟,,微信,报修,紧急,爆管,已完成,宋文,2025-05-08 14:31",
                "T-2,2025-05-08 11:31,,,,来电,投诉,一般,噪声,待派,,",
                "T-3,2025-05-08 11:31,,,,来电,报修,特约,门锁,待派,,",
                "T-4,2025-05-08 11:31,,,,来电,报修,特约,门锁,处理中,,2025-05-07 10:00",
                "T-5,2025-05-08 11:31,,,,电报,表扬,一般,好,在办,,")
            let report = try await node.importRegister("tickets", bytes: bytes, actor: nil)
            #expect(
                report.rejected.map { "\($0.row) \($0.column) \($0.reason)" }.sorted() == [
                    "5 完成时间 not_in_order", "6 渠道 unknown_choice", "6 状态 unknown_choice",
                    "6 类别 unknown_choice",
                ])
            let tickets = try await node.store.list(RecordQuery(.ticket)).records
            let states = Dictionary(uniqueKeysWithValues: tickets.map { ($0.text("no"), $0) })
            #expect(
                states.mapValues { $0.text("status") } == [
                    "T-1": "closed", "T-2": "registered", "T-3": "open",
                ])
            #expect(states["T-1"]?.text("place") == "东门")
            #expect(states["T-1"]?.text("class") == "emergency")
            let event = try await node.only(.event)
            #expect(event.reference("ticket") == states["T-1"]?.id)
            #expect(event.text("to") == "closed" && event.text("actor_name") == "宋文")
            #expect(event.text("occurred_at") == "2025-05-08T14:31:00+08:00")
            let contacts = try await node.store.list(RecordQuery(.contact)).records
            #expect(Set(contacts.map { $0.text("subject") }) == ["报修", "投诉"])
        }
    }

    @Test func `a register imported at another node of the office is recognised`() async throws {
        let company = try await TestCompany()
        let first = try await TestNode(.office, code: "MH03")
        try await first.node.importAll("MH03")
        try await company.join(first)
        try await company.exchange(first)
        let second = try await company.office("MH03")
        try await company.exchange(second)
        // Office-only values go from node to node of the office and not by headquarters, so here
        // they are empty and filled in. Nothing is doubled.
        try await second.node.importAll("MH03")
        for type in [RecordType.household, .person, .occupancy, .ticket, .contact, .event, .visit] {
            #expect(try await second.node.count(type) == first.node.count(type), "\(type.name)")
        }
    }
}
