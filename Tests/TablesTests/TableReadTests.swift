import Testing

@testable import Tables

@Suite struct TableReadTests {
    @Test(arguments: zip(Fixtures.names, [735, 1450, 445]))
    func `the offices' files give all their rows`(name: String, count: Int) throws {
        let table = try Table.read(Fixtures.bytes(name))
        #expect(table.rows.count == count)
        #expect(table.rows.map(\.number) == Array(2...count + 1))
        #expect(table.rows.allSatisfy { $0.cells.count == table.header.count })
        #expect(
            table.header == [
                "楼栋房号", "建筑面积", "姓名", "关系", "电话", "身份证号", "出生日期", "入住日期", "车牌", "备注",
            ])
    }

    @Test(arguments: [
        ("MH01-households.csv", 14, 7, "2024-13-05"), ("MH01-households.csv", 391, 2, ""),
        ("MH02-households.csv", 26, 4, "1.38E+10"), ("MH02-households.csv", 28, 2, ""),
        ("MH03-households.xlsx", 2, 4, "13938632380"), ("MH03-households.xlsx", 2, 1, "153.94"),
        ("MH03-households.xlsx", 2, 5, "510104198003117579"),
    ])
    func `row numbers are those that the office sees`(
        name: String, number: Int, column: Int, text: String
    ) throws {
        let table = try Table.read(Fixtures.bytes(name))
        let row = try #require(table.rows.first { $0.number == number })
        #expect(row.cells[column] == text)
    }

    @Test func `a line break in quotes stays in its cell and does not count as a row`() throws {
        let table = try Table.read(Fixtures.bytes("MH01-households.csv"))
        #expect(table.rows.contains { $0.cells[9] == "出租\n房客常换" })
        #expect(table.rows.contains { $0.cells[9] == "养犬\"一只\"" })
    }

    @Test(
        arguments: [
            ([], "empty-file"), (Array("\r\n \n".utf8), "empty-file"),
            ([0xD0, 0xCF, 0x11, 0xE0, 0, 0], "unsupported-format"),
            (Array("<html><table>".utf8), "unsupported-format"),
            (Array("PK\u{3}\u{4}".utf8), "damaged-workbook"), ([0, 1, 2], "unreadable-text"),
        ] as [([UInt8], String)])
    func `what is not a table is refused with a code`(bytes: [UInt8], code: String) {
        #expect(code == errorCode { () throws(TableError) in try Table.read(bytes) })
    }

    @Test func `a file at the limit is read and one byte above it refused`() {
        var limits = TableLimits()
        limits.maximumFileBytes = 4
        #expect(
            errorCode { () throws(TableError) in try Table.read(Array("a\nbc".utf8), limits: limits)
            } == nil)
        #expect(
            errorCode { () throws(TableError) in
                try Table.read(Array("a\nbcd".utf8), limits: limits)
            }
                == "file-too-large")
    }

}

/// The code with which reading fails, or null if it does not.
func errorCode<Value>(_ action: () throws(TableError) -> Value) -> String? {
    do {
        _ = try action()
        return nil
    } catch {
        return error.code.rawValue
    }
}
