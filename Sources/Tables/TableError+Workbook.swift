/// The sentences about workbooks, about tables that are too large, and about writing.
extension TableError {
    static let notAWorkbook = TableError(
        .notAWorkbook,
        "The file is a zip archive but not an .xlsx workbook. "
            + "Open it in the spreadsheet program and save it as .xlsx."
    )

    static func damagedWorkbook(_ cause: String) -> TableError {
        TableError(
            .damagedWorkbook,
            "The workbook is damaged. "
                + "Open it in the spreadsheet program, let it repair the file, and save it again.",
            cause: cause
        )
    }

    static func forbiddenMarkup(_ cause: String) -> TableError {
        TableError(
            .forbiddenMarkup,
            "The workbook contains markup that no spreadsheet program writes and may be an attack. "
                + "Ask where the file comes from.",
            cause: cause
        )
    }

    static func tooManyParts(maximum: Int) -> TableError {
        TableError(
            .tooManyParts,
            "The workbook has more than \(maximum) parts. "
                + "Copy the sheet into a new workbook and save that one."
        )
    }

    static func unpacksTooLarge(maximumBytes: Int, maximumRatio: Int) -> TableError {
        TableError(
            .unpacksTooLarge,
            "The workbook unpacks to more than \(maximumBytes) bytes or \(maximumRatio) times its size. "
                + "Copy the filled rows into a new workbook and save that one."
        )
    }

    static func tooManyRows(maximum: Int) -> TableError {
        TableError(
            .tooManyRows,
            "The table has more than \(maximum) rows. Split it into several files."
        )
    }

    static func tooManyColumns(row: Int, maximum: Int) -> TableError {
        TableError(
            .tooManyColumns,
            "Row \(row) has more than \(maximum) columns. Remove the columns that are not needed."
        )
    }

    static func tooManyCells(maximum: Int) -> TableError {
        TableError(
            .tooManyCells,
            "The table has more than \(maximum) cells. Remove columns or split it into several files."
        )
    }

    static func cellTooLarge(row: Int, maximumBytes: Int) -> TableError {
        TableError(
            .cellTooLarge,
            "A cell in row \(row) is larger than \(maximumBytes) bytes. Shorten its text."
        )
    }

    static func tooManyMarks(row: Int, maximum: Int) -> TableError {
        TableError(
            .tooManyMarks,
            "A cell in row \(row) has more than \(maximum) marks on one letter. Type the text again."
        )
    }

    static func sharedTextTooLarge(maximumBytes: Int) -> TableError {
        TableError(
            .cellTooLarge,
            "A cell in the workbook is larger than \(maximumBytes) bytes. Shorten its text."
        )
    }

    static func tooMuchText(maximumBytes: Int) -> TableError {
        TableError(
            .tooMuchText,
            "The table has more than \(maximumBytes) bytes of text. Split it into several files."
        )
    }

    static func tooLargeForWorkbook(maximumRows: Int, maximumColumns: Int) -> TableError {
        TableError(
            .doesNotFit,
            "A workbook holds at most \(maximumRows) rows and \(maximumColumns) columns. "
                + "Export fewer records at a time, or export CSV."
        )
    }

    static func tooLongForWorkbook(row: Int, column: Int, maximumCharacters: Int) -> TableError {
        TableError(
            .doesNotFit,
            "Row \(row), column \(column) is longer than the \(maximumCharacters) characters "
                + "a workbook's cell holds. Export CSV instead."
        )
    }

    static func cannotWrite(_ cause: String) -> TableError {
        TableError(
            .cannotWrite,
            "The workbook could not be written. "
                + "Check that the temporary folder exists and has free space.",
            cause: cause
        )
    }
}
