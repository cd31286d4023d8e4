import Records
import Store
import SyncCore
import Testing

@testable import Node

@Suite struct ImportingErrorTests {
    private func failure(
        _ name: String, _ bytes: [UInt8], at node: LocalNode
    ) async throws -> ImportError {
        let error = await #expect(throws: ImportError.self) {
            try await node.importRegister(name, bytes: bytes, actor: nil)
        }
        return try #require(error)
    }

    @Test func `a file that is no such register says so, with the next step`() async throws {
        try await withOffice("MH01") { node in
            let rooms = Fixtures.csv("楼栋房号", "3-2-501")
            var error = try await failure("cars", rooms, at: node)
            #expect(error.code == "unknown-register")
            #expect(
                error.message
                    == "There is no such register. Import one of: households, persons, tickets, visits."
            )
            error = try await failure("tickets", rooms, at: node)
            #expect(error.code == "missing-column")
            #expect(
                error.message == "The file has no column 编号 (Number). Name it so in the first row.")
            error = try await failure(
                "households", Fixtures.csv("房号,姓名,关系", "1-1-101,王,业主"), at: node)
            #expect(error.message.contains("入住日期"))
            error = try await failure("households", Fixtures.csv("房号,房号", "1-1-101,2"), at: node)
            #expect(error.code == "repeated-column")
            error = try await failure("households", [], at: node)
            #expect(error.code == "empty-file")
            #expect(try await node.store.importBatches(limit: 9).isEmpty)
        }
    }

    @Test func `headquarters imports no register`() async throws {
        let company = try await TestCompany()
        let error = try await failure(
            "households", Fixtures.csv("房号", "3-2-501"), at: company.headquarters.node)
        #expect(error.code == "not-an-office")
    }

    @Test func `what only the office may know stays at the office`() async throws {
        let company = try await TestCompany()
        let office = try await company.office("MH01")
        _ = try await office.node.importRegister(
            "households",
            bytes: Fixtures.csv(
                "房号,姓名,关系,身份证号,出生日期,入住日期,车牌,备注",
                "3-2-501,王伟,业主,310110197012047854,1970-12-04,2020-01-02,沪A·21685,独居老人"),
            actor: nil)
        try await company.exchange(office)
        let here = try await office.node.only(.person)
        let there = try await company.headquarters.node.only(.person)
        #expect(there.id == here.id && there.text("name") == "王伟")
        for field in ["id_no", "birthday", "vehicles", "note"] {
            #expect(here.value(field) != .empty)
            #expect(there.value(field) == .empty)
        }
    }

    @Test func `every header means one column, and every reason has one sentence`() {
        for register in Register.all {
            var owners: [String: String] = [:]
            for column in register.columns {
                for header in column.headers {
                    #expect(owners[header] == nil, "\(register.name): \(header)")
                    owners[header] = column.name
                }
            }
        }
        let sentences = ImportReason.allCases.map(\.sentence)
        #expect(Set(sentences).count == sentences.count)
        #expect(sentences.allSatisfy { $0.zh.hasSuffix("。") && $0.en.hasSuffix(".") })
        #expect(Set(RecordType.endedTicketStatuses).isSubset(of: Self.ticketStatuses))
    }

    private static let ticketStatuses: Set<String> = {
        guard case .choice(let choices)? = RecordType.ticket.field(named: "status")?.kind else {
            return []
        }
        return Set(choices.map(\.code))
    }()
}
