import Foundation
import Testing

@testable import Tables

@Suite struct RoundTripTests {
    @Test func `CSV is written as RFC 4180 says, with a mark`() {
        let table = Table(
            header: ["a", "b;c"],
            rows: [["1,2", "say \"x\""], ["x\ny", "=1"], ["-88.1", "+86"], ["=a,b", "00123"]])
        let text =
            "\u{FEFF}a,\"b;c\"\r\n\"1,2\",\"say \"\"x\"\"\"\r\n\"x\ny\",'=1\r\n-88.1,+86\r\n\"'=a,b\",00123\r\n"
        #expect(table.csv() == Array(text.utf8))
    }

    @Test(arguments: Fixtures.names)
    func `the offices' files come back from CSV and from a workbook`(name: String) throws {
        let table = try Table.read(Fixtures.bytes(name))
        #expect(try Table.read(table.csv()) == table)
        #expect(try Table.read(table.xlsx()) == table)
    }

    @Test(arguments: 0..<200)
    func `any text comes back from CSV and from a workbook`(seed: Int) throws {
        var generator = SeededGenerator(seed: seed)
        let table = Self.table(&generator)
        let fromCSV = try Table.read(table.csv())
        #expect(fromCSV.header.map { Array($0.utf8) } == table.header.map { Array($0.utf8) })
        #expect(fromCSV.rows.map(\.scalars) == table.rows.map(\.scalars))
        let fromWorkbook = try Table.read(table.xlsx())
        #expect(fromWorkbook.rows.map(\.scalars) == table.rows.map(\.scalars))
    }

    @Test func `a table whose first cell looks like a web page comes back`() throws {
        let table = Table(header: [" <html>", "b"], rows: [["<", "2"]])
        #expect(try Table.read(table.csv()) == table)
    }

    @Test func `phones keep their zeros and formulas stay text in a workbook`() throws {
        let table = Table(
            header: ["a"], rows: [["021-5"], ["0138"], ["=1+1"], ["{=1}"], ["http://x"]])
        let bytes = try table.xlsx()
        #expect(try Table.read(bytes) == table)
        var package = try WorkbookPackage(bytes, limits: .standard)
        let sheet = String(
            decoding: try #require(try package.part("xl/worksheets/sheet1.xml")), as: UTF8.self)
        #expect(!sheet.contains("<f>") && !sheet.contains("hyperlink"))
        #expect(
            sheet.contains(
                #"<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>"#))
        let styles = String(
            decoding: try #require(try package.part("xl/styles.xml")), as: UTF8.self)
        #expect(styles.contains("<b/>"))
    }

    @Test func `a zero character becomes the replacement character`() throws {
        let table = Table(header: ["a"], rows: [["x\0y"]])
        #expect(try Table.read(table.csv()).rows[0].cells == ["x\u{FFFD}y"])
        #expect(try Table.read(table.xlsx()).rows[0].cells == ["x\u{FFFD}y"])
    }

    @Test func `a cell as long as a workbook allows is written and a longer one refused`() throws {
        let fitting = Table(header: ["a"], rows: [[String(repeating: "长", count: 32_767)]])
        var limits = TableLimits()
        limits.maximumUnpackedRatio = 1_000
        #expect(try Table.read(fitting.xlsx(), limits: limits) == fitting)
        let long = Table(header: ["a"], rows: [["", String(repeating: "长", count: 32_768)]])
        let error = #expect(throws: TableError.self) { try long.xlsx() }
        #expect(error?.code == .doesNotFit)
        #expect(
            error?.message.hasPrefix("Row 2, column 2 is longer than the 32767 characters") == true)
        let wide = Table(header: [String](repeating: "a", count: 16_385), rows: [])
        #expect(errorCode { () throws(TableError) in try wide.xlsx() } == "does-not-fit")
    }

    @Test func `writing a workbook leaves nothing behind`() throws {
        _ = try Table(header: ["left-behind"], rows: []).xlsx()
        // Other tests may be writing; none of their folders is older than this process.
        let folder = FileManager.default.temporaryDirectory
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        for name in names where name.hasPrefix("tables-") {
            let file = folder.appending(path: name).appending(path: "table.xlsx")
            guard let bytes = try? Array(Data(contentsOf: file)) else { continue }
            #expect((try? Table.read(bytes))?.header != ["left-behind"])
        }
    }

    private static func table(_ generator: inout SeededGenerator) -> Table {
        let letters = Array("a房\"',;\t\n\r =+-@_x0041_\u{301}\u{FEFF}😀1.".unicodeScalars)
        func cell() -> String {
            var scalars = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 0...8, using: &generator) {
                scalars.append(letters[Int.random(in: letters.indices, using: &generator)])
            }
            return String(scalars)
        }
        let width = Int.random(in: 1...6, using: &generator)
        let rows = (0..<Int.random(in: 0...12, using: &generator)).map { index in
            ["\(index)"] + (0..<width).map { _ in cell() } + ["end"]
        }
        return Table(header: ["h"] + (0..<width).map { _ in cell() } + ["end"], rows: rows)
    }
}

extension Table.Row {
    /// The bytes of each cell: two strings with different bytes can still be equal.
    fileprivate var scalars: [[UInt8]] { cells.map { Array($0.utf8) } }
}
