/// Reads the first worksheet of an `.xlsx` file (ECMA-376 part 1, "SpreadsheetML").
enum WorkbookReader {
    static func read(_ bytes: [UInt8], limits: TableLimits) throws(TableError) -> Table {
        var package = try WorkbookPackage(bytes, limits: limits)
        let root = try Relationships(of: "", in: &package)
        let workbookName = root.partName(ofKind: "officeDocument") ?? "xl/workbook.xml"
        guard let workbookPart = try package.part(workbookName) else { throw .notAWorkbook }
        let workbook = try Workbook(workbookPart, limits: limits)

        let relationships = try Relationships(of: workbookName, in: &package)
        guard let sheetName = workbook.worksheetPartName(in: relationships) else {
            throw .notAWorkbook
        }
        let strings = try SharedStrings(
            try part(ofKind: "sharedStrings", relationships, &package), limits: limits)
        let formats = try CellFormats(
            try part(ofKind: "styles", relationships, &package), limits: limits)
        guard let sheetPart = try package.part(sheetName) else {
            throw .damagedWorkbook("the first worksheet is missing")
        }
        let cells = CellText(
            strings: strings.all, formats: formats.all, dateSystem: workbook.dateSystem)
        return try Worksheet(sheetPart, cells: cells, limits: limits).table()
    }

    /// A part a workbook may do without.
    private static func part(
        ofKind kind: String, _ relationships: Relationships, _ package: inout WorkbookPackage
    ) throws(TableError) -> [UInt8]? {
        guard let name = relationships.partName(ofKind: kind) else { return nil }
        return try package.part(name)
    }
}
