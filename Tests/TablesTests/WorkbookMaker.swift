/// Makes small workbooks for tests, part by part, as spreadsheet programs write them or as an
/// attacker might.
struct WorkbookMaker {
    var workbookProperties = ""
    var sheets = #"<sheet name="a" sheetId="1" r:id="r1"/>"#
    var relationships = """
        <Relationship Id="r1" Type="http://x/worksheet" Target="worksheets/sheet1.xml"/>
        <Relationship Id="r2" Type="http://x/sharedStrings" Target="/xl/sharedStrings.xml"/>
        <Relationship Id="r3" Type="http://x/styles" Target="styles.xml"/>
        """
    /// The inside of `sheetData`.
    var rows = ""
    /// The inside of `sst`.
    var strings: String?
    /// The inside of `styleSheet`.
    var styles: String?
    /// Parts beside the usual ones, or instead of one with the same name.
    var others: [(name: String, bytes: [UInt8])] = []

    static let declaration = #"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#

    func bytes() throws -> [UInt8] {
        var parts: [(name: String, bytes: [UInt8])] = [
            (
                "_rels/.rels",
                xml(
                    #"<Relationships><Relationship Id="w" Type="http://x/officeDocument" "#
                        + #"Target="xl/workbook.xml"/></Relationships>"#)
            ),
            (
                "xl/workbook.xml",
                xml(
                    "<workbook xmlns:r=\"r\">\(workbookProperties)<sheets>\(sheets)</sheets></workbook>"
                )
            ),
            (
                "xl/_rels/workbook.xml.rels",
                xml("<Relationships>\(relationships)</Relationships>")
            ),
            (
                "xl/worksheets/sheet1.xml",
                xml("<worksheet><sheetData>\(rows)</sheetData></worksheet>")
            ),
        ]
        if let strings { parts.append(("xl/sharedStrings.xml", xml("<sst>\(strings)</sst>"))) }
        if let styles {
            parts.append(("xl/styles.xml", xml("<styleSheet>\(styles)</styleSheet>")))
        }
        let replaced = Set(others.map(\.name))
        return try ZipMaker.archive(parts.filter { !replaced.contains($0.name) } + others)
    }

    private func xml(_ body: String) -> [UInt8] {
        Array((Self.declaration + body).utf8)
    }
}
