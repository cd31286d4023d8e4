import Testing

@testable import Node

/// How large the pages of an exchange become (Protocol/exchange.md §4).
@Suite struct PageSizeTests {
    private var size = PageSize(least: 1_000)

    @Test mutating func `a quick line gets larger pages, up to four times the first`() {
        for expected in [2_000, 4_000, 4_000] {
            size.noteFullMessage(sent: 5_000, answered: 5_999)
            #expect(size.bytes == expected)
        }
    }

    @Test mutating func `a slow line gets them smaller again, and never below the first`() {
        for _ in 0..<2 { size.noteFullMessage(sent: 0, answered: 0) }
        size.noteFullMessage(sent: 0, answered: 1_000)
        #expect(size.bytes == 4_000)
        for expected in [2_000, 1_000, 1_000] {
            size.noteFullMessage(sent: 0, answered: 4_000)
            #expect(size.bytes == expected)
        }
    }

    @Test mutating func `a clock that was set back says nothing`() {
        size.noteFullMessage(sent: 9_000, answered: 1_000)
        #expect(size.bytes == 1_000)
    }
}
