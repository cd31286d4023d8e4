import Records
import Store
import SyncCore
import Testing

@testable import Node

/// Two people of one name in one room, 王伟 born in 1970 and 王伟 born in 1998.
@Suite struct ImportingNamesakesTests {
    private static let header = "楼栋房号,姓名,关系,电话,身份证号,出生日期,入住日期"
    private static let older = "310110197012047854"
    private static let younger = "310110199812047850"

    /// One of the two as a row of the register; a wrong date keeps the row out.
    private func row(
        _ number: String, phone: String, birthday: String = "", from: String = "2020-01-02"
    ) -> String {
        "3-2-501,王伟,业主,\(phone),\(number),\(birthday),\(from)"
    }

    private var first: String {
        row(Self.older, phone: "13800000001", birthday: "1970-12-04")
    }

    private var second: String {
        row(Self.younger, phone: "13800000002", birthday: "1998-12-04")
    }

    private func imported(_ rows: String..., by node: LocalNode) async throws -> ImportReport {
        let bytes = Array(([Self.header] + rows).joined(separator: "\n").utf8)
        return try await node.importRegister("households", bytes: bytes, actor: nil)
    }

    private func people(_ node: LocalNode) async throws -> [String: StoredRecord] {
        let records = try await node.store.list(RecordQuery(.person)).records
        return Dictionary(
            records.map { ($0.text("id_no"), $0) }, uniquingKeysWith: { first, _ in first })
    }

    private func enter(_ number: String, at node: LocalNode) async throws -> RecordID {
        let household = try await node.household("3", "2", "501")
        let person = node.newID(for: .person, in: household.home)
        let occupancy = node.newID(for: .occupancy, in: household.home)
        try await node.save(
            [
                RecordEdit(
                    .person, .create(person),
                    contents: RecordType.person.contents([
                        "name": .text("王伟"), "id_no": .text(number),
                    ])),
                RecordEdit(
                    .occupancy, .create(occupancy),
                    contents: RecordType.occupancy.contents([
                        "household": .record(household), "person": .record(person),
                        "role": .text("owner"), "from": .text("2020-01-02"),
                    ])),
            ], actor: nil)
        return person
    }

    @Test func `who stays alone in a room is not taken for the namesake who left`() async throws {
        try await withOffice("MH01") { node in
            _ = try await imported(first, second, by: node)
            let before = try await people(node)
            let report = try await imported(second, by: node)
            #expect(report.unchanged == 1)
            #expect(try await people(node).versions == before.versions)
        }
    }

    @Test func `namesakes may stand in any order`() async throws {
        try await withOffice("MH01") { node in
            _ = try await imported(first, second, by: node)
            let before = try await people(node)
            let report = try await imported(second, first, by: node)
            #expect(report.unchanged == 2)
            #expect(try await people(node).versions == before.versions)
            _ = try await imported(
                row(Self.younger, phone: "13800000003", birthday: "1998-12-04"), first, by: node)
            let now = try await people(node)
            #expect(now[Self.older]?.version == before[Self.older]?.version)
            #expect(now[Self.younger]?.id == before[Self.younger]?.id)
            #expect(now[Self.younger]?.text("phones").contains("13800000003") == true)
        }
    }

    @Test func `a corrected row that comes alone is a namesake of its own`() async throws {
        try await withOffice("MH01") { node in
            let report = try await imported(
                first, row(Self.younger, phone: "13800000002", from: "二月三十"), by: node)
            #expect(report.rejected.map(\.row) == [3])
            let before = try await people(node)
            _ = try await imported(second, by: node)
            let now = try await people(node)
            #expect(now.count == 2)
            #expect(now[Self.older]?.version == before[Self.older]?.version)
            #expect(now[Self.younger]?.text("birthday") == "1998-12-04")
            #expect(try await node.count(.occupancy) == 2)
            // Together they are who they were.
            #expect(try await imported(first, second, by: node).unchanged == 2)
        }
    }

    @Test func `a namesake without a document number is known by the telephone`() async throws {
        try await withOffice("MH01") { node in
            _ = try await imported(first, second, by: node)
            let before = try await people(node)
            let bytes = Fixtures.csv("楼栋房号,姓名,关系,电话,入住日期", "3-2-501,王伟,家属,13800000002,2020-01-02")
            _ = try await node.importRegister("households", bytes: bytes, actor: nil)
            #expect(try await people(node).versions == before.versions)
            let roles = try await node.store.list(RecordQuery(.occupancy)).records.map {
                ($0.reference("person"), $0.text("role"))
            }
            #expect(
                roles.first { $0.0 == before[Self.younger]?.id }?.1 == "family")
            #expect(roles.first { $0.0 == before[Self.older]?.id }?.1 == "owner")
        }
    }

    @Test func `a name that ends like a number is a name`() async throws {
        try await withOffice("MH01") { node in
            let strange = "3-2-501,王伟/2,租户,13800000009,,,2020-01-02"
            _ = try await imported(strange, by: node)
            _ = try await imported(first, by: node)
            #expect(try await node.count(.person) == 2)
            #expect(try await imported(first, strange, by: node).unchanged == 2)
        }
    }

    @Test func `a corrected document number is the same person while the telephone is`()
        async throws
    {
        try await withOffice("MH01") { node in
            _ = try await imported(row(Self.older, phone: "13800000001"), by: node)
            let person = try await node.only(.person)
            _ = try await imported(row(Self.younger, phone: "13800000001"), by: node)
            let now = try await node.only(.person)
            #expect(now.id == person.id && now.text("id_no") == Self.younger)
        }
    }

    @Test func `without document numbers a changed telephone is the same person`() async throws {
        try await withOffice("MH01") { node in
            _ = try await imported(row("", phone: "13800000001"), by: node)
            _ = try await imported(row("", phone: "13800000002"), by: node)
            #expect(
                try await node.only(.person).text("phones").contains("13800000002"))
            _ = try await imported(row(Self.older, phone: "13800000003"), by: node)
            #expect(try await node.only(.person).text("id_no") == Self.older)
        }
    }

    @Test func `a namesake entered by hand with another document number stays as entered`()
        async throws
    {
        try await withOffice("MH01") { node in
            let id = try await enter(Self.older, at: node)
            let before = try await node.shown(.person, id)
            _ = try await imported(second, by: node)
            #expect(try await node.shown(.person, id).version == before.version)
            #expect(try await node.count(.person) == 2)
            #expect(try await people(node)[Self.younger]?.text("birthday") == "1998-12-04")
            // The one entered by hand is found by the document number, also beside a namesake.
            _ = try await imported(first, second, by: node)
            #expect(try await node.count(.person) == 2)
            #expect(try await node.shown(.person, id).text("birthday") == "1970-12-04")
            #expect(try await node.count(.occupancy) == 2)
        }
    }

    @Test func `what an undone import left behind is not taken for a namesake`() async throws {
        try await withOffice("MH01") { node in
            let report = try await imported(first, by: node)
            let person = try await node.only(.person)
            try await node.set(.person, person.id, "kind", .text("individual"))
            _ = try await node.undoImport(try #require(report.batch), actor: nil)
            let left = try await node.only(.person)
            _ = try await imported(second, by: node)
            #expect(try await node.shown(.person, person.id).version == left.version)
            #expect(try await node.count(.person) == 2)
            // Who it was is still known.
            _ = try await imported(second, first, by: node)
            #expect(try await node.count(.person) == 2)
        }
    }
}

extension [String: StoredRecord] {
    fileprivate var versions: [String: RecordVersion] { mapValues(\.version) }
}

/// Rows that say together what a record is.
@Suite struct ImportingPartsTests {
    private func visit(_ topic: String, mode: String = "上门") -> String {
        "2025-05-27 12:00,2-2-901,程艳燕,\(mode),\(topic)"
    }

    private func imported(_ rows: String..., by node: LocalNode) async throws -> ImportReport {
        let bytes = Array((["访问时间,房号,受访人,方式,内容"] + rows).joined(separator: "\n").utf8)
        return try await node.importRegister("visits", bytes: bytes, actor: nil)
    }

    /// The topics of the only visit.
    private func topics(_ node: LocalNode) async throws -> Set<String> {
        let field = try #require(RecordType.visit.field(named: "topics"))
        let visit = try await node.only(.visit)
        return Set(
            field.elements(inColumn: visit.text("topics")).map { field.text(of: $0, in: .zh) })
    }

    @Test func `a corrected row that comes alone takes nothing of the row beside it`()
        async throws
    {
        try await withOffice("MH01") { node in
            let report = try await imported(visit("保安"), visit("维修", mode: "电报"), by: node)
            #expect(report.rejected.map(\.row) == [3])
            _ = try await imported(visit("维修"), by: node)
            #expect(try await topics(node) == ["保安", "维修"])
            #expect(try await imported(visit("维修"), visit("保安"), by: node).unchanged == 2)
            // Together the rows say all there is, and what none of them says any more goes.
            _ = try await imported(visit("保安"), visit("绿化"), by: node)
            #expect(try await topics(node) == ["保安", "绿化"])
        }
    }

    @Test func `a row that joined later, and was rejected, is not forgotten`() async throws {
        try await withOffice("MH01") { node in
            _ = try await imported(visit("保安"), by: node)
            _ = try await imported(visit("维修", mode: "电报"), visit("保安"), by: node)
            _ = try await imported(visit("维修"), by: node)
            #expect(try await topics(node) == ["保安", "维修"])
        }
    }

    @Test func `one row of several may come alone`() async throws {
        try await withOffice("MH01") { node in
            _ = try await imported(visit("保安"), visit("维修"), by: node)
            let groups = try await node.groupCount()
            #expect(try await imported(visit("维修"), by: node).unchanged == 1)
            #expect(try await node.groupCount() == groups)
            #expect(try await topics(node) == ["保安", "维修"])
        }
    }

    @Test func `the only row of a visit takes its topic back`() async throws {
        try await withOffice("MH01") { node in
            _ = try await imported(visit("保安"), by: node)
            _ = try await imported(visit("维修"), by: node)
            #expect(try await topics(node) == ["维修"])
        }
    }
}
