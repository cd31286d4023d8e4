import Testing

@testable import Tables

@Suite struct FormulaGuardTests {
    @Test(arguments: [
        ("=1+1", "'=1+1"), ("+86 138", "'+86 138"), ("-", "'-"), ("@a", "'@a"), ("\tx", "'\tx"),
        ("\rx", "'\rx"), ("=\u{301}", "'=\u{301}"), ("＝1", "'＝1"), ("'=x", "''=x"),
        ("-1-1", "'-1-1"),
        ("+1.2.3", "'+1.2.3"), ("-1.", "'-1."), ("'-5", "''-5"),
    ])
    func `what a program would run gets an apostrophe`(cell: String, written: String) {
        #expect(FormulaGuard.added(to: cell) == written)
        #expect(FormulaGuard.removed(from: written) == cell)
    }

    @Test(arguments: [
        "", "a=1", "-88.1", "+8613912345678", "0.5", "13800000000", "'", "'abc", " =1",
    ])
    func `plain numbers and other text stay as they are`(cell: String) {
        #expect(FormulaGuard.added(to: cell) == cell)
        #expect(FormulaGuard.removed(from: cell) == cell)
    }

    @Test(arguments: 0..<500)
    func `removing undoes adding`(seed: Int) {
        var generator = SeededGenerator(seed: seed)
        let letters = Array("'=+-@\t\r\n1.９－x\u{301}".unicodeScalars)
        var scalars = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...6, using: &generator) {
            scalars.append(letters[Int.random(in: letters.indices, using: &generator)])
        }
        let cell = String(scalars)
        let back = FormulaGuard.removed(from: FormulaGuard.added(to: cell))
        #expect(Array(back.utf8) == Array(cell.utf8))
    }
}
