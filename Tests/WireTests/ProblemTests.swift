import Foundation
import SyncCore
import Testing
import Wire

@Suite struct ProblemTests {
    @Test(arguments: Problem.Code.allCases)
    func `a problem comes back from its document`(code: Problem.Code) throws {
        let whole = Problem(
            code, detail: "Ask headquarters for a new one.", space: Samples.space,
            group: GroupHash(1, 2, 3, 4), retryAfter: 30)
        #expect(Problem(reading: whole.json(), status: code.status) == whole)
        let bare = Problem(code, detail: "")
        #expect(Problem(reading: bare.json(), status: code.status) == bare)
        #expect(!code.title.isEmpty && code.title.hasSuffix("."))
    }

    @Test func `the document is RFC 9457's with our extensions`() throws {
        let problem = Problem(
            .malformedGroup, detail: "Keep it back.", space: .company, group: GroupHash(0, 0, 0, 1))
        let text = String(decoding: problem.json(), as: UTF8.self)
        #expect(
            text == """
                {"code":"malformed-group","detail":"Keep it back.","group":"\(GroupHash(0, 0, 0, 1))",\
                "space":"company","status":400,"title":"A group of changes breaks the format.",\
                "type":"about:blank"}
                """)
    }

    @Test func `an unknown code is kept and treated by its status`() {
        let body = Array(#"{"code":"moon-phase","status":451,"title":"No.","x":[1]}"#.utf8)
        let problem = Problem(reading: body, status: 503)
        #expect(problem.code == "moon-phase")
        #expect(problem.status == 503, "the status line decides")
        #expect(problem.title == "No.")
    }

    @Test func `the header's Retry-After goes before the document's`() {
        let body = Problem(.busy, detail: "Later.", retryAfter: 30).json()
        #expect(Problem(reading: body, status: 503, retryAfter: 5).retryAfter == 5)
        #expect(Problem(reading: body, status: 503).retryAfter == 30)
    }

    @Test func `nobody is made to wait longer than a day or less than no time`() {
        for (said, waited) in [(-5, 0), (86_401, 86_400), (Int.max, 86_400), (Int.min, 0)] {
            let body = Array(#"{"retryAfter":\#(said)}"#.utf8)
            #expect(Problem(reading: body, status: 503).retryAfter == waited)
            #expect(Problem(reading: [], status: 503, retryAfter: said).retryAfter == waited)
        }
    }

    @Test(arguments: [
        "<html><body>欢迎使用免费WiFi，请登录</body></html>", "", "[]", "null", "{", "{}", "12",
        #"{"code":7}"#, #"{"status":"busy"}"#, "\u{0}\u{1}",
    ])
    func `a captive portal's page is an unexpected answer`(body: String) {
        let problem = Problem(reading: Array(body.utf8), status: 200)
        #expect(problem.code == "unexpected-answer")
        #expect(problem.status == 200)
        #expect(problem.title == "The answer is not from a Gatehouse node.")
        #expect(!problem.detail.contains("WiFi"))
    }

    @Test func `a space or group nobody can read is left out`() {
        let body = Array(#"{"code":"busy","space":"office/zz","group":"12"}"#.utf8)
        let problem = Problem(reading: body, status: 503)
        #expect(problem.code == "busy" && problem.space == nil && problem.group == nil)
    }

    @Test(arguments: 0..<300)
    func `mutated documents never trap`(seed: Int) {
        var random = SeededRandom(seed: seed)
        var body = Problem(
            .notAMember, detail: "x", space: Samples.space, group: GroupHash(1, 2, 3, 4),
            retryAfter: 1
        ).json()
        for _ in 0..<(1 + random.below(5)) {
            body[random.below(body.count)] = UInt8(random.below(256))
        }
        #expect(!Problem(reading: body, status: 403).code.isEmpty || body.contains(0x22))
    }
}
