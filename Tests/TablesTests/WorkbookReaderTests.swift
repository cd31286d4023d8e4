import Testing

@testable import Tables

@Suite struct WorkbookReaderTests {
    private var maker = WorkbookMaker()

    @Test mutating func `every kind of cell becomes the text a person sees`() throws {
        maker.strings = """
            <si><t>房号</t></si>
            <si><r><t>东</t></r><r><rPr><b/></rPr><t xml:space="preserve">京 </t></r>
            <rPh sb="0" eb="2"><t>トウ</t></rPh><phoneticPr fontId="1"/></si>
            """
        maker.rows = """
            <row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="s"><v> 1 </v></c></row>
            <row r="2"><c r="A2"><v>1.3812345678E10</v></c><c r="B2" t="b"><v>1</v></c>\
            <c r="C2" t="e"><v>#N/A</v></c></row>
            <row r="4"><c r="A4" t="inlineStr"><is><r><t>a&amp;</t></r><r><t>b_x000D_</t></r></is></c>\
            <c r="B4" t="str"><f>A1&amp;B1</f><v> 和 </v></c><c r="D4" t="n"><v>98.5</v></c></row>
            """
        let table = try Table.read(maker.bytes())
        #expect(table.header == ["房号", "", "东京 ", ""])
        #expect(table.rows.map(\.number) == [2, 4])
        #expect(
            table.rows.map(\.cells) == [
                ["13812345678", "TRUE", "#N/A", ""], ["a&b\r", " 和 ", "", "98.5"],
            ])
    }

    @Test(arguments: [("", "2024-05-08"), (#"<workbookPr date1904="1"/>"#, "2028-05-09")])
    func `dates follow the style and the workbook's first day`(
        properties: String, date: String
    ) throws {
        var maker = WorkbookMaker(workbookProperties: properties)
        maker.styles = """
            <numFmts><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd hh:mm"/></numFmts>
            <cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>
            <cellXfs><xf numFmtId="0"/><xf numFmtId="31"/><xf numFmtId="164"/></cellXfs>
            <dxfs><dxf><numFmt numFmtId="164" formatCode="0"/></dxf></dxfs>
            """
        maker.rows = """
            <row><c t="inlineStr"><is><t>h</t></is></c></row>
            <row><c s="1"><v>45420</v></c><c s="2"><v>45420.354166666664</v></c>\
            <c s="0"><v>45420</v></c><c s="9"><v>45420</v></c><c s="1"><v>-3</v></c>\
            <c t="d"><v>2024-05-08T00:00:00</v></c><c t="d"><v>2024-05-08T10:30:00</v></c></row>
            """
        let cells = try Table.read(maker.bytes()).rows[0].cells
        #expect(
            cells == [
                date, date + " 08:30", "45420", "45420", "-3", "2024-05-08", "2024-05-08 10:30",
            ])
    }

    @Test mutating func `the first visible worksheet is read, whatever its part is called`() throws
    {
        maker.sheets = """
            <sheet name="chart" r:id="r9"/><sheet name="lists" state="hidden" r:id="r1"/>\
            <sheet name="owners" r:id="r8"/>
            """
        maker.relationships += """
            <Relationship Id="r9" Type="http://x/chartsheet" Target="chartsheets/sheet1.xml"/>
            <Relationship Id="r8" Type="http://x/worksheet" Target="../xl/./worksheets/Other.xml"/>
            """
        let sheet =
            "<x:worksheet xmlns:x='m'><x:sheetData><x:row><x:c><x:v>5</x:v></x:c></x:row>"
            + "</x:sheetData></x:worksheet>"
        maker.others = [("xl/worksheets/other.xml", Array(sheet.utf8))]
        #expect(try Table.read(maker.bytes()).header == ["5"])
    }

    @Test mutating func `formatted but empty cells far to the right do not count`() throws {
        maker.rows = """
            <row r="1"><c r="A1"><v>1</v></c><c r="XFD1" s="3"/></row>
            <row r="7"/><row r="1048576"><c r="B1048576"><v>2</v></c></row>
            """
        let table = try Table.read(maker.bytes())
        #expect(table.header == ["1", ""])
        #expect(table.rows.map(\.number) == [1_048_576])
    }

    @Test mutating func `a worksheet above ten megabytes is read whole`() throws {
        // An odd length, so that characters of three bytes fall across every step of the parser.
        let text = String(repeating: "长", count: 30_001)
        maker.rows = String(
            repeating: "<row><c t='inlineStr'><is><t>\(text)</t></is></c></row>", count: 120)
        var limits = TableLimits()
        limits.maximumUnpackedRatio = 1_000
        let table = try Table.read(maker.bytes(), limits: limits)
        #expect(table == Table(header: [text], rows: [[String]](repeating: [text], count: 119)))
    }

    @Test(arguments: [
        #"<row r="0"/>"#, #"<row r="2"/><row r="2"/>"#, #"<row r="1048577"/>"#, #"<row r="x"/>"#,
        #"<row r="99999999999999999999"/>"#, #"<row r="1"><c r="1"/></row>"#,
        #"<row><c r="B1"/><c r="A1"/></row>"#, #"<row><c r="XFE1"/></row>"#,
        #"<row><c r="ZZZZZZZZZZZZZZZZZ1"/></row>"#, #"<row><c t="s"><v>0</v></c></row>"#,
        #"<row><c t="s"><v>-1</v></c></row>"#, #"<row><c>"#, "<row></c></row>", "\u{1}",
    ])
    func `a damaged sheet is refused`(rows: String) throws {
        let bytes = try WorkbookMaker(rows: rows).bytes()
        #expect(
            errorCode { () throws(TableError) in try Table.read(bytes) } == "damaged-workbook")
    }

    @Test mutating func `a zip archive without a sheet is not a workbook`() throws {
        let bytes = try ZipMaker.archive([("a.txt", [1])])
        #expect(errorCode { () throws(TableError) in try Table.read(bytes) } == "not-a-workbook")
        maker.sheets = ""
        let empty = try maker.bytes()
        #expect(errorCode { () throws(TableError) in try Table.read(empty) } == "not-a-workbook")
    }
}
