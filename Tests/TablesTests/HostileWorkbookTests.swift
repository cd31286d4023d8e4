import Testing

@testable import Tables

@Suite struct HostileWorkbookTests {
    private static let sheetName = "xl/worksheets/sheet1.xml"

    @Test func `a zip bomb is refused`() throws {
        let bomb = [UInt8](repeating: 0x20, count: 100 << 20)
        let bytes = try WorkbookMaker(others: [(Self.sheetName, bomb)]).bytes()
        #expect(bytes.count < 1 << 20)
        #expect(code(bytes) == "unpacks-too-large")
    }

    @Test func `unpacked bytes of all parts together stay within the limit`() throws {
        let bytes = try WorkbookMaker(rows: "<row><c><v>1</v></c></row>").bytes()
        var limits = TableLimits()
        #expect(code(bytes, limits) == nil)
        limits.maximumUnpackedBytes = 600
        #expect(code(bytes, limits) == "unpacks-too-large")
    }

    @Test func `entries up to the limit are read and one more is refused`() throws {
        var maker = WorkbookMaker(rows: "<row><c><v>1</v></c></row>")
        maker.others = (0..<96).map { ("x\($0)", []) }
        var limits = TableLimits()
        limits.maximumArchiveEntryCount = 100
        #expect(code(try maker.bytes(), limits) == nil)
        maker.others.append(("y", []))
        #expect(code(try maker.bytes(), limits) == "too-many-parts")
    }

    @Test func `two parts of one name are refused`() throws {
        let part = (Self.sheetName, Array("<worksheet/>".utf8))
        #expect(code(try WorkbookMaker(others: [part, part]).bytes()) == "forbidden-markup")
    }

    @Test(arguments: [
        "<!DOCTYPE a [<!ENTITY b 'bb'><!ENTITY c '&b;&b;'>]><worksheet>&c;</worksheet>",
        "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><worksheet/>",
        "<!-- ' --><!ENTITY a 'b'><worksheet/>",
    ])
    func `a document type is refused`(part: String) throws {
        let bytes = try WorkbookMaker(others: [(Self.sheetName, Array(part.utf8))]).bytes()
        #expect(code(bytes) == "forbidden-markup")
    }

    @Test(arguments: [
        "<worksheet><?a?></worksheet>", "<?a?><worksheet/>",
        "<worksheet><sheetData><row r1\"><c r=\"A1s<?xmlt?><v> </v></worksheet>",
    ])
    func `a processing instruction is refused before the parser sees it`(part: String) throws {
        let bytes = try WorkbookMaker(others: [(Self.sheetName, Array(part.utf8))]).bytes()
        #expect(code(bytes) == "forbidden-markup")
    }

    @Test(arguments: ["UTF-7", "UTF-16", "IBM037"])
    func `a declared encoding cannot hide anything from the check`(encoding: String) throws {
        let part =
            "<?xml version='1.0' encoding='\(encoding)'?><worksheet><sheetData><row><c><v>7</v>"
            + "</c></row></sheetData></worksheet>"
        let bytes = try WorkbookMaker(others: [(Self.sheetName, Array(part.utf8))]).bytes()
        #expect(try Table.read(bytes).header == ["7"])
        let wide = part.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        #expect(
            code(try WorkbookMaker(others: [(Self.sheetName, [0xFF, 0xFE] + wide)]).bytes())
                == "damaged-workbook")
    }

    @Test func `elements nest up to the limit and no deeper`() throws {
        // The row stands two deep already.
        let deep = { (depth: Int) in
            "<row><c><v>1</v></c></row>" + String(repeating: "<a>", count: depth)
                + String(repeating: "</a>", count: depth)
        }
        #expect(code(try WorkbookMaker(rows: deep(62)).bytes()) == nil)
        #expect(code(try WorkbookMaker(rows: deep(63)).bytes()) == "forbidden-markup")
        #expect(code(try WorkbookMaker(rows: deep(5_000)).bytes()) != nil)
    }

    @Test func `an element has attributes up to the limit and no more`() throws {
        let wide = { (count: Int) in
            "<row><c " + (0..<count).map { "a\($0)='>' " }.joined() + "><v>1</v></c></row>"
        }
        #expect(code(try WorkbookMaker(rows: wide(256)).bytes()) == nil)
        #expect(code(try WorkbookMaker(rows: wide(257)).bytes()) == "forbidden-markup")
    }

    @Test func `a long shared string in every cell is refused`() throws {
        var maker = WorkbookMaker()
        maker.strings = "<si><t>\(String(repeating: "长", count: 10_000))</t></si>"
        maker.rows = String(repeating: "<row><c t='s'><v>0</v></c></row>", count: 3_000)
        var limits = TableLimits()
        limits.maximumUnpackedRatio = 1_000
        #expect(code(try maker.bytes(), limits) == "too-much-text")
    }

    @Test func `cell text up to the limit is read wherever it stands, and no more`() throws {
        var limits = TableLimits()
        limits.maximumCellBytes = 10
        limits.maximumUnpackedRatio = 1_000
        for (count, expected) in [(10, nil), (11, "cell-too-large")] as [(Int, String?)] {
            let text = String(repeating: "7", count: count)
            let plain = WorkbookMaker(rows: "<row><c><v>\(text)</v></c></row>")
            let inline = WorkbookMaker(
                rows: "<row><c t='inlineStr'><is><t>\(text)</t></is></c></row>")
            var shared = WorkbookMaker(rows: "<row><c t='s'><v>0</v></c></row>")
            shared.strings = "<si><r><t>\(text)</t></r></si>"
            for maker in [plain, inline, shared] {
                #expect(code(try maker.bytes(), limits) == expected)
            }
        }
    }

    @Test func `packing methods that no spreadsheet program uses are refused`() throws {
        var bytes = try WorkbookMaker(rows: "<row><c><v>1</v></c></row>").bytes()
        // The method stands 8 bytes into a local header and 10 into a directory entry; 14 is LZMA.
        for position in bytes.indices.dropLast(12) where bytes[position] == 0x50 {
            let mark = bytes[position..<position + 4]
            if mark == [0x50, 0x4B, 3, 4][...] { bytes[position + 8] = 14 }
            if mark == [0x50, 0x4B, 1, 2][...] { bytes[position + 10] = 14 }
        }
        #expect(code(bytes) == "forbidden-markup")
    }

    private func code(_ bytes: [UInt8], _ limits: TableLimits = .standard) -> String? {
        errorCode { () throws(TableError) in try Table.read(bytes, limits: limits) }
    }
}
