import HTTPTypes
import Node
import Records
import Store
import SyncCore
import Testing

@testable import Web

@Suite struct ImportTests {
    private static func upload(_ parts: [(String, String)]) -> String {
        parts.map { "--line\r\n\($0.0)\r\n\r\n\($0.1)\r\n" }.joined() + "--line--\r\n"
    }

    private static let type: HTTPFields = [.contentType: "multipart/form-data; boundary=line"]

    /// Sends a register and waits until the job's page says how it ended.
    private func send(_ text: String, run: String, to site: TestSite) async throws -> Answer {
        let body = Self.upload([
            ("Content-Disposition: form-data; name=\"register\"", "households"),
            (
                "Content-Disposition: form-data; name=\"file\"; filename=\"住户 名册.csv\"\r\nContent-Type: text/csv",
                text
            ),
            ("Content-Disposition: form-data; name=\"run\"", run),
        ])
        let answer = try await site.browser.send(.post, Site.Pattern.importing, body, Self.type)
        #expect(answer.status == .seeOther, "\(answer.text)")
        let job = try #require(answer.headers[.location])
        return try await ended(job, site)
    }

    private func ended(_ job: String, _ site: TestSite) async throws -> Answer {
        while true {
            let page = try await site.browser.get(job)
            if !page.text.contains("http-equiv") { return page }
            await Task.yield()
        }
    }

    @Test func `a register is tried, imported and taken back without a script`() async throws {
        let site = try await TestSite(.office, code: "MH01")
        let text =
            "房号,姓名,关系,电话,入住日期\r\n3-2-501,甲,业主,13800138000,2020-01-01\r\n很怪的房号,乙,业主,,2020-01-01\r\n"
        let tried = try await send(text, run: "dry", to: site)
        #expect(tried.text.contains("看不懂这个房号"), "\(tried.text)")
        #expect(try await site.node.store.count(RecordQuery(.household)) == 0)
        let done = try await send(text, run: "import", to: site)
        #expect(try await site.node.store.count(RecordQuery(.household)) == 1)
        let batch = try #require(done.input("batch"))
        let undone = try await site.browser.post(Site.Pattern.undoImport, [("batch", batch)])
        _ = try await ended(try #require(undone.headers[.location]), site)
        #expect(try await site.node.store.count(RecordQuery(.household)) == 0)
    }

    @Test(arguments: [
        (Language.zh, "没有改动的内容", "系统中已有的内容不同，未改动"),
        (Language.en, "Cells left aside", "The record here says otherwise and was left alone"),
    ])
    func `a cell that was left aside is shown with its record`(
        language: Language, caption: String, sentence: String
    ) async throws {
        let site = try await TestSite(.office, code: "MH01")
        site.browser.set(PageRequest.languageCookie, language.rawValue)
        _ = try await send("房号,建筑面积\r\n3-2-501,90\r\n", run: "import", to: site)
        let household = try #require(
            try await site.node.store.list(RecordQuery(.household)).records.first)
        try await site.node.save([RecordEdit(.household, .delete(household.id))], actor: nil)
        let page = try await send("房号,建筑面积\r\n3-2-501,91\r\n", run: "import", to: site)
        #expect(page.text.contains(caption), "\(page.text)")
        #expect(page.text.contains(sentence))
        #expect(page.values(of: "href").contains(Site.record(.household, household.id)))
    }

    @Test(arguments: ["", "--line", "--line\r\nx\r\n--line--", "--other--", "--line\r\n\r\n\r\n"])
    func `an upload that was cut is refused`(body: String) async throws {
        let site = try await TestSite(.office, code: "MH01")
        let answer = try await site.browser.send(.post, Site.Pattern.importing, body, Self.type)
        #expect(answer.status == .badRequest)
    }

    @Test func `lines before a part's content are short`() async throws {
        let site = try await TestSite(.office, code: "MH01")
        let lines = String(repeating: "X: y\r\n", count: 2_000)
        let body = Self.upload([(lines + "Content-Disposition: form-data; name=\"file\"", "a")])
        let answer = try await site.browser.send(.post, Site.Pattern.importing, body, Self.type)
        #expect(answer.status == .badRequest)
    }

    @Test func `a file that is no register says what to do`() async throws {
        let site = try await TestSite(.office, code: "MH01")
        let page = try await send("甲,乙\r\n1,2\r\n", run: "dry", to: site)
        #expect(page.text.contains("缺少必要的列"))
    }

    @Test func `every reason of a field has words`() {
        for code in FieldProblem.Code.allCases {
            #expect(ImportPage.sentence(code.rawValue, .zh) != code.rawValue, "\(code)")
        }
    }
}
