import Testing

@testable import Tables

@Suite struct CSVReaderTests {
    @Test(arguments: [
        "a,b\r\n1,2\r\n", "a,b\n1,2", "a;b\r1;2\r", "a\tb\n1\t2", "\u{FEFF}a,b\n\"1\",\"2\"",
    ])
    func `every separator and line end gives the same table`(text: String) throws {
        #expect(try read(text) == Table(header: ["a", "b"], rows: [["1", "2"]]))
    }

    @Test func `separators in quotes do not count when the separator is found`() throws {
        #expect(try read("\"a,b,c\";d\n1;2").header == ["a,b,c", "d"])
    }

    @Test func `a separator before an accent still separates`() throws {
        #expect(try read("a,b\nx,\u{301}y").rows[0].cells == ["x", "\u{301}y"])
    }

    @Test func `line separators that are not CR or LF stay in their cell`() throws {
        #expect(try read("a\nx\u{2028}y\u{85}z").rows[0].cells == ["x\u{2028}y\u{85}z"])
    }

    @Test func `spaces around a cell are kept`() throws {
        #expect(try read("a,b\n 1栋 , ").rows[0].cells == [" 1栋 ", " "])
    }

    @Test func `short rows are padded and a longer row widens the header`() throws {
        let table = try read("a,b\n1\n1,2,3\n")
        #expect(table.header == ["a", "b", ""])
        #expect(table.rows.map(\.cells) == [["1", "", ""], ["1", "2", "3"]])
    }

    @Test func `columns that are blank everywhere are dropped`() throws {
        #expect(try read("a,,,\n1,,,\n") == Table(header: ["a"], rows: [["1"]]))
    }

    @Test func `blank rows are skipped but counted`() throws {
        let table = try read("\n,,\na,b\n\n1,\"x\ny\"\n,\n2,3\n")
        #expect(table.header == ["a", "b"])
        #expect(table.rows.map(\.number) == [5, 7])
    }

    @Test(arguments: [
        "a,b\n1,\"2", "a,b\n1,\"2\"3", "a,b\n1,2\"3", "a,b\n1,\"\"\"", "a,b\n1,\"2\" ",
    ])
    func `quotation marks that RFC 4180 forbids name their row`(text: String) throws {
        let error = #expect(throws: TableError.self) { try read(text) }
        #expect(error?.code == .brokenQuoting)
        #expect(error?.message.contains("ow 2") == true)
    }

    @Test func `rows up to the limit are read and one more is refused`() throws {
        var limits = TableLimits()
        limits.maximumRowCount = 3
        #expect(try read("a\n1\n2\n\n", limits).rows.count == 2)
        #expect(
            errorCode { () throws(TableError) in try read("a\n1\n2\n3", limits) } == "too-many-rows"
        )
    }

    @Test func `columns up to the limit are read and one more is refused`() throws {
        var limits = TableLimits()
        limits.maximumColumnCount = 2
        #expect(try read("a,b,,,\n", limits).header == ["a", "b"])
        #expect(
            errorCode { () throws(TableError) in try read("a\n1,,3", limits) } == "too-many-columns"
        )
    }

    @Test func `padding counts as cells`() throws {
        var limits = TableLimits()
        limits.maximumCellCount = 6
        #expect(try read("a\n1,2\n3", limits).rows.count == 2)
        #expect(
            errorCode { () throws(TableError) in try read("a\n1,2,3\n3", limits) }
                == "too-many-cells")
    }

    @Test func `cells up to the limit are read and one byte more is refused`() throws {
        var limits = TableLimits()
        limits.maximumCellBytes = 3
        #expect(try read("a\n房", limits).rows[0].cells == ["房"])
        #expect(
            errorCode { () throws(TableError) in try read("a\nabcd", limits) } == "cell-too-large")
        limits.maximumTextBytes = 3
        #expect(try read("a\nbc", limits).rows.count == 1)
        #expect(
            errorCode { () throws(TableError) in try read("a\nbcd", limits) } == "too-much-text")
    }

    @Test func `a letter may carry thirty marks and no more`() throws {
        let thirty = "a" + String(repeating: "\u{300}\u{316}", count: 15)
        #expect(try read("x\n\(thirty)\(thirty)").rows.count == 1)
        #expect(
            errorCode { () throws(TableError) in try read("x\n\(thirty)\u{300}") }
                == "too-many-marks")
    }

    private func read(
        _ text: String, _ limits: TableLimits = .standard
    ) throws(TableError) -> Table {
        try Table.read(Array(text.utf8), limits: limits)
    }
}
