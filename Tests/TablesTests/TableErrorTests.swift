import Testing

@testable import Tables

@Suite struct TableErrorTests {
    /// One example of every code, word for word.
    private static let examples: [(TableError, String)] = [
        (
            .emptyFile,
            "The file has no rows. Check that the right file was chosen and that its first sheet is filled."
        ),
        (
            .fileTooLarge(maximumBytes: 5),
            "The file is larger than 5 bytes. Split it into several files."
        ),
        (
            .oldWorkbook,
            "The file is an old .xls workbook or has a password. "
                + "Open it in the spreadsheet program and save it as .xlsx without a password."
        ),
        (
            .unreadableText(line: 5, expected: "UTF-8"),
            "Line 5 of the file is not valid UTF-8 text. "
                + "Open the file in the spreadsheet program and save it as .xlsx or as CSV UTF-8."
        ),
        (
            .strayQuote(row: 5, column: 2),
            "Row 5, column 2 has a quotation mark where none may stand. "
                + "Correct the row, or save the file again from the spreadsheet program."
        ),
        (
            .converterMissing("GB18030"),
            "This machine cannot convert GB18030 text. "
                + "Install the system's character set converters, or save the file as CSV UTF-8."
        ),
        (
            .notAWorkbook,
            "The file is a zip archive but not an .xlsx workbook. "
                + "Open it in the spreadsheet program and save it as .xlsx."
        ),
        (
            .damagedWorkbook("cause"),
            "The workbook is damaged. "
                + "Open it in the spreadsheet program, let it repair the file, and save it again."
        ),
        (
            .forbiddenMarkup("cause"),
            "The workbook contains markup that no spreadsheet program writes and may be an attack. "
                + "Ask where the file comes from."
        ),
        (
            .tooManyParts(maximum: 5),
            "The workbook has more than 5 parts. Copy the sheet into a new workbook and save that one."
        ),
        (
            .unpacksTooLarge(maximumBytes: 5, maximumRatio: 6),
            "The workbook unpacks to more than 5 bytes or 6 times its size. "
                + "Copy the filled rows into a new workbook and save that one."
        ),
        (.tooManyRows(maximum: 5), "The table has more than 5 rows. Split it into several files."),
        (
            .tooManyColumns(row: 2, maximum: 5),
            "Row 2 has more than 5 columns. Remove the columns that are not needed."
        ),
        (
            .tooManyCells(maximum: 5),
            "The table has more than 5 cells. Remove columns or split it into several files."
        ),
        (
            .cellTooLarge(row: 2, maximumBytes: 5),
            "A cell in row 2 is larger than 5 bytes. Shorten its text."
        ),
        (
            .tooManyMarks(row: 2, maximum: 5),
            "A cell in row 2 has more than 5 marks on one letter. Type the text again."
        ),
        (
            .tooMuchText(maximumBytes: 5),
            "The table has more than 5 bytes of text. Split it into several files."
        ),
        (
            .tooLargeForWorkbook(maximumRows: 5, maximumColumns: 6),
            "A workbook holds at most 5 rows and 6 columns. "
                + "Export fewer records at a time, or export CSV."
        ),
        (
            .cannotWrite("cause"),
            "The workbook could not be written. "
                + "Check that the temporary folder exists and has free space."
        ),
    ]

    @Test func `every code has its sentence`() {
        for (error, sentence) in Self.examples { #expect(error.message == sentence) }
        #expect(Set(Self.examples.map(\.0.code)) == Set(TableError.Code.allCases))
    }

    @Test func `codes are words with dashes`() {
        for code in TableError.Code.allCases {
            #expect(code.rawValue.allSatisfy { $0 == "-" || ("a"..."z").contains($0) })
        }
    }

    @Test func `no error repeats what stands in a cell`() {
        let secret = "张伟13812345678"
        for text in ["a\n\(secret)\"", "a\n\"\(secret)", "a\n\"x\"\(secret)"] {
            let error = #expect(throws: TableError.self) { try Table.read(Array(text.utf8)) }
            #expect(error?.description.contains("1381") == false)
        }
    }
}
