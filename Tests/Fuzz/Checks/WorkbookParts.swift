import CDeflate

/// A workbook as libFuzzer changes it: its parts one behind the other, a zero byte between them. In
/// a packed file nearly every change would only break a check sum.
struct WorkbookParts {
    private static let names = [
        "xl/a.xml", "xl/b.xml", "xl/c.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels",
        "_rels/.rels",
    ]

    /// By place in `names`.
    private var parts: [[UInt8]]

    init(joined: [UInt8]) {
        parts = joined.split(separator: 0, maxSplits: 5, omittingEmptySubsequences: false).map(
            Array.init)
        let usual = WorkbookParts(rows: "").parts
        // Whoever left a part out meant the usual one, so that changes of one part are enough.
        for place in usual.indices where place >= parts.count || parts[place].isEmpty {
            if place < parts.count {
                parts[place] = usual[place]
            } else {
                parts.append(usual[place])
            }
        }
    }

    init(rows: String, strings: String = "", styles: String = "") {
        parts = [
            "<worksheet><sheetData>\(rows)</sheetData></worksheet>", "<sst>\(strings)</sst>",
            "<styleSheet>\(styles)</styleSheet>",
            #"<workbook xmlns:r="r"><workbookPr date1904="0"/><sheets><sheet r:id="r1"/></sheets></workbook>"#,
            """
            <Relationships><Relationship Id="r1" Type="x/worksheet" Target="a.xml"/>\
            <Relationship Id="r2" Type="x/sharedStrings" Target="b.xml"/>\
            <Relationship Id="r3" Type="x/styles" Target="c.xml"/></Relationships>
            """,
            """
            <Relationships><Relationship Id="w" Type="x/officeDocument" \
            Target="xl/workbook.xml"/></Relationships>
            """,
        ].map { Array($0.utf8) }
    }

    static let sample = WorkbookParts(
        rows: """
            <row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1"><v>1</v></c></row>\
            <row r="2"><c r="A2" s="1"><v>45420.5</v></c><c r="B2" s="2"><v>1.5E10</v></c>\
            <c r="C2" t="inlineStr"><is><r><t>a_x000D_</t></r><rPh><t>b</t></rPh></is></c></row>\
            <row r="9"><c t="d" s="1"><v>2024-05-08T10:30:00</v></c><c t="b"><v>1</v></c></row>
            """,
        strings: "<si><r><t>房</t></r><rPh><t>b</t></rPh></si>",
        styles: """
            <numFmts><numFmt numFmtId="164" formatCode="yyyy\\-mm hh[$-804]"/></numFmts>\
            <cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="14"/></cellXfs>
            """)

    var joined: [UInt8] { Array(parts.joined(separator: [0])) }

    /// The parts in a zip archive, not packed: local headers, directory, end (APPNOTE 4.3).
    func archive() -> [UInt8] {
        var bytes: [UInt8] = []
        var directory: [UInt8] = []
        for (name, part) in zip(Self.names, parts) {
            let start = bytes.count
            // Version 2.0, no flags, method 0, midnight of 1980-01-01.
            let common =
                Self.little(20, 2) + Self.little(0, 6) + Self.little(33, 2)
                + Self.little(Self.check(part), 4) + Self.little(part.count, 4)
                + Self.little(part.count, 4) + Self.little(name.utf8.count, 2)
            bytes += Self.little(0x0403_4B50, 4) + common + Self.little(0, 2) + name.utf8 + part
            directory += Self.little(0x0201_4B50, 4) + Self.little(20, 2) + common
            directory += Self.little(0, 12) + Self.little(start, 4) + name.utf8
        }
        let end =
            Self.little(0x0605_4B50, 4) + Self.little(0, 4) + Self.little(parts.count, 2)
            + Self.little(parts.count, 2) + Self.little(directory.count, 4)
            + Self.little(bytes.count, 4) + Self.little(0, 2)
        return bytes + directory + end
    }

    private static func check(_ part: [UInt8]) -> Int {
        Int(libdeflate_crc32(0, part, part.count))
    }

    private static func little(_ number: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }
}
