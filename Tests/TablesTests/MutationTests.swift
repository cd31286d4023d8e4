import Testing

@testable import Tables

/// Whatever bytes come in, reading ends in a table or in an error of ours; a trap would end this
/// run.
@Suite struct MutationTests {
    @Test(arguments: 0..<500)
    func `a changed file is read or refused`(seed: Int) throws {
        for name in Fixtures.names {
            check(try Self.fixture(name).mutated(seed: seed))
        }
    }

    @Test(arguments: 0..<500)
    func `a workbook whose parts are changed is read or refused`(seed: Int) throws {
        let index = seed % Self.parts.count
        var parts = Self.parts
        parts[index].bytes = parts[index].bytes.mutated(seed: seed)
        check(try ZipMaker.archive(parts))
    }

    @Test(arguments: 0..<500)
    func `a workbook with odd values in well-formed parts is read or refused`(seed: Int) throws {
        var generator = SeededGenerator(seed: seed)
        let parts = Self.parts.map { part in
            (part.name, part.bytes.withOddValues(&generator))
        }
        check(try ZipMaker.archive(parts))
    }

    private func check(_ bytes: [UInt8]) {
        do {
            let table = try Table.read(bytes)
            #expect(table.rows.allSatisfy { $0.cells.count == table.header.count })
            let numbers = table.rows.map(\.number)
            #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 })
        } catch {
            #expect(!error.message.isEmpty)
        }
    }

    @Test(arguments: Fixtures.names)
    func `the files that are changed can be read before`(name: String) throws {
        #expect(try Table.read(Self.fixture(name)).rows.count > 100)
    }

    @Test func `the parts that are changed can be read before`() throws {
        let table = try Table.read(ZipMaker.archive(Self.parts))
        #expect(table.header == ["房", "1", ""])
        #expect(table.rows.map(\.number) == [2, 9])
    }

    /// The first rows are enough to reach every branch; whole files would make the run slow.
    private static func fixture(_ name: String) throws -> [UInt8] {
        let bytes = try Fixtures.bytes(name)
        if name.hasSuffix(".xlsx") { return bytes }
        // Rows end with CR LF and cells break lines with LF, so this cuts between two rows.
        let start = bytes.prefix(20_000)
        return Array(start[...(start.lastIndex(of: 0x0D) ?? 0)])
    }

    private static let parts: [(name: String, bytes: [UInt8])] = [
        (
            "_rels/.rels",
            Array(
                #"<Relationships><Relationship Id="w" Type="x/officeDocument" Target="xl/workbook.xml"/>"#
                    .utf8) + Array("</Relationships>".utf8)
        ),
        (
            "xl/workbook.xml",
            Array(
                #"<workbook xmlns:r="r"><workbookPr date1904="0"/><sheets><sheet r:id="r1"/></sheets>"#
                    .utf8) + Array("</workbook>".utf8)
        ),
        (
            "xl/_rels/workbook.xml.rels",
            Array(
                """
                <Relationships><Relationship Id="r1" Type="x/worksheet" Target="a.xml"/>
                <Relationship Id="r2" Type="x/sharedStrings" Target="b.xml"/>
                <Relationship Id="r3" Type="x/styles" Target="c.xml"/></Relationships>
                """.utf8)
        ),
        (
            "xl/a.xml",
            Array(
                """
                <worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1"><v>1</v></c></row>
                <row r="2"><c r="A2" s="1"><v>45420.5</v></c><c r="B2" s="2"><v>1.5E10</v></c>
                <c r="C2" t="inlineStr"><is><r><t>a_x000D_</t></r><rPh><t>b</t></rPh></is></c></row>
                <row r="9"><c t="d" s="1"><v>2024-05-08T10:30:00</v></c><c t="b"><v>1</v></c></row>
                </sheetData></worksheet>
                """.utf8)
        ),
        ("xl/b.xml", Array("<sst><si><r><t>房</t></r><rPh><t>b</t></rPh></si></sst>".utf8)),
        (
            "xl/c.xml",
            Array(
                """
                <styleSheet><numFmts><numFmt numFmtId="164" formatCode="yyyy\\-mm hh[$-804]"/></numFmts>
                <cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="14"/></cellXfs></styleSheet>
                """.utf8)
        ),
    ]
}

extension [UInt8] {
    /// XML with a few attribute values and texts replaced by ones that are right to the parser and
    /// wrong to everything behind it.
    fileprivate func withOddValues(_ generator: inout SeededGenerator) -> [UInt8] {
        let odd = [
            "", "0", "1", "-1", "65535", "99999999999999999999", "1e400", "nan", "inf", "-0.5",
            "1E-400", "2958465.99999999999", "XFD1048576", "XFE1", "a", "_x0000_", "_xD83D_", "T",
            "2024T", "../../..", "/", "[", "\\", "[h", "s", "b", "d", "e", "inlineStr", "str", "房",
        ]
        var result: [UInt8] = []
        var position = 0
        while position < count {
            let byte = self[position]
            result.append(byte)
            position += 1
            // A value begins behind an opening quote or behind a tag, and ends at the next mark.
            guard byte == .quote || byte == UInt8(ascii: ">") else { continue }
            let end = self[position...].firstIndex { $0 == .quote || $0 == UInt8(ascii: "<") }
            guard let end, !self[position..<end].contains(UInt8(ascii: "=")),
                !self[position..<end].contains(UInt8(ascii: ">"))
            else { continue }
            if Int.random(in: 0..<12, using: &generator) == 0 {
                result += (odd.randomElement(using: &generator) ?? "").utf8
            } else {
                result += self[position..<end]
            }
            position = end
        }
        return result
    }
}
