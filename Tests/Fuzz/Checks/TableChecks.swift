@testable import Tables

extension FuzzTarget {
    static let tables = [
        FuzzTarget(
            name: "csv", share: 8, maximumBytes: 4_096,
            seeds: {
                try ["MH01-households", "MH02-households", "MH01-tickets", "MH01-visits"].map {
                    try Seeds.register($0, rows: 5)
                } + Seeds.texts("a;b\r\n\"c\";'=1", "\u{FEFF}x,y\n1\n\n,2,3", "a\tb\n\"\"\"\"\t")
            }, check: TableChecks.read),
        FuzzTarget(
            name: "xlsx", share: 2, maximumBytes: 32_768,
            seeds: {
                [
                    WorkbookParts.sample.archive(), WorkbookParts(rows: "").archive(),
                    try Seeds.file("Tests/Fixtures/MH03-households.xlsx"),
                ]
            }, check: TableChecks.read),
        FuzzTarget(
            name: "workbook", share: 6, maximumBytes: 8_192,
            seeds: { [WorkbookParts.sample.joined, WorkbookParts(rows: "").joined] },
            check: { try TableChecks.read(WorkbookParts(joined: $0).archive()) }),
    ]
}

/// Spreadsheets that people bring.
enum TableChecks {
    static func read(_ bytes: [UInt8]) throws {
        let limits = TableLimits.standard
        let table: Table
        do {
            table = try Table.read(bytes, limits: limits)
        } catch {
            try law(!error.message.isEmpty, "a refusal says why")
            return
        }
        let width = table.header.count
        try law((1...limits.maximumColumnCount).contains(width), "maximumColumnCount")
        try law(table.rows.count < limits.maximumRowCount, "maximumRowCount")
        try law(table.rows.allSatisfy { $0.cells.count == width }, "rows of one width")
        let numbers = table.rows.map(\.number)
        try law(zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 }, "rows in order")
        let cells = table.header + table.rows.flatMap(\.cells)
        try law(cells.count <= limits.maximumCellCount, "maximumCellCount")
        try law(cells.allSatisfy { $0.utf8.count <= limits.maximumCellBytes }, "maximumCellBytes")
        try law(!cells.contains { $0.utf8.contains(0) }, "no zero character")
        let again = try always("what we write is read") { try Table.read(table.csv()) }
        try law(again.header == table.header, "CSV keeps the header")
        try law(again.rows.map(\.cells) == table.rows.map(\.cells), "CSV keeps the cells")
    }
}
