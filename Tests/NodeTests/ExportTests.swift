import Records
import Store
import SyncCore
import Tables
import Testing

@testable import Node

@Suite struct ExportTests {
    private static let register = Fixtures.csv(
        "楼栋房号,建筑面积,物业类型,入住状态,重点客户,特殊困难与需求,姓名,关系,电话,身份证号,入住日期",
        "3-2-501,88.50,住宅,已入住,是,轮椅,王伟,业主,13800000001,310110197012047854,2020-01-02",
        "12A栋1202,120,,空置,,,李娜,租户,\"13800000002、021-62345678\",,2021-01-02")

    @Test(arguments: [ExportFormat.csv, .xlsx], [Language.zh, .en])
    func `exported households can be imported again`(
        format: ExportFormat, language: Language
    ) async throws {
        let first = try await TestNode(.office, code: "MH01")
        _ = try await first.node.importRegister("households", bytes: Self.register, actor: nil)
        let file = try await first.node.export(
            type: .household, format: format, language: language)
        let groups = try await first.node.groupCount()
        let again = try await first.node.importRegister("households", bytes: file, actor: nil)
        #expect(again.unchanged == 2 && again.rejected.isEmpty && again.kept.isEmpty)
        #expect(again.ignoredColumns.isEmpty)
        #expect(try await first.node.groupCount() == groups)

        let second = try await TestNode(.office, code: "MH02")
        let report = try await second.node.importRegister("households", bytes: file, actor: nil)
        #expect(report.accepted == 2 && report.rejected.isEmpty)
        let fields = RecordType.household.fields.map(\.name).filter { $0 != "estate" }
        func values(_ node: LocalNode) async throws -> Set<[Value]> {
            try await Set(
                node.store.list(RecordQuery(.household)).records.map { $0.values(of: fields) })
        }
        #expect(try await values(first.node) == values(second.node))
    }

    @Test func `a table says what people say, and JSON what programs need`() async throws {
        try await withOffice("MH01") { node in
            _ = try await node.importRegister("households", bytes: Self.register, actor: nil)
            let stays = try Table.read(await node.export(type: .occupancy, format: .csv))
            #expect(stays.header == ["户", "客户", "关系", "入住日期", "迁出日期", "主要联系人"])
            #expect(
                stays.rows.map(\.cells) == [
                    ["3-2-501", "王伟", "业主", "2020-01-02", "", ""],
                    ["12A-1202", "李娜", "租户", "2021-01-02", "", ""],
                ])
            let bytes = try await node.export(type: .person, format: .json)
            let json = try JSONValue(parsing: String(decoding: bytes, as: UTF8.self))
            guard case .array(let people) = json else { throw ReportError.badMonth }
            #expect(people.map { $0["office"] } == [.string("MH01"), .string("MH01")])
            #expect(people[1]["name"] == .string("李娜"))
            #expect(people[1]["phones"]?.text == #"[{"no":"13800000002"},{"no":"02162345678"}]"#)
            #expect(people[0]["id_no"] == .string("310110197012047854"))
        }
    }

    @Test func `headquarters' export names the office and has no column for what it may not know`()
        async throws
    {
        let company = try await TestCompany()
        let office = try await TestNode(.office, code: "MH01")
        _ = try await office.node.importRegister("households", bytes: Self.register, actor: nil)
        try await company.join(office)
        try await company.exchange(office)
        let head = company.headquarters.node
        let table = try Table.read(await head.export(type: .person, format: .xlsx, language: .en))
        #expect(table.header.first == "Office")
        #expect(table.rows.map { $0.cells[0] } == ["MH01", "MH01"])
        let hidden = RecordType.person.fields.filter { $0.privacy == .officeOnly }
        #expect(!hidden.isEmpty)
        for field in hidden { #expect(!table.header.contains(field.title.en)) }
        let json = try await String(
            decoding: head.export(type: .person, format: .json), as: UTF8.self)
        #expect(json.contains("王伟"))
        #expect(!json.contains("310110197012047854") && !json.contains("id_no"))
        let own = try await String(
            decoding: office.node.export(type: .person, format: .csv), as: UTF8.self)
        #expect(own.contains("310110197012047854"))
    }
}

extension StoredRecord {
    fileprivate func values(of fields: [String]) -> [Value] { fields.map { value($0) } }
}
