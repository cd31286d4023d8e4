import Records
import Testing
import Wire

@testable import Web

/// What refusals of the exchange mean to the people of an office.
@Suite struct RefusalWordsTests {
    @Test(arguments: Problem.Code.allCases)
    func `every problem of the exchange has words of its own in both languages`(
        code: Problem.Code
    ) throws {
        let words = try #require(RefusalWords.known[code.rawValue])
        #expect(!words.zh.isEmpty && !words.en.isEmpty)
    }
}
