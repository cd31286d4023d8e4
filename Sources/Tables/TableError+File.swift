/// The sentences about a file as a whole and about text files.
extension TableError {
    static let emptyFile = TableError(
        .emptyFile,
        "The file has no rows. Check that the right file was chosen and that its first sheet is filled."
    )

    static func fileTooLarge(maximumBytes: Int) -> TableError {
        TableError(
            .fileTooLarge,
            "The file is larger than \(maximumBytes) bytes. Split it into several files."
        )
    }

    static let oldWorkbook = TableError(
        .unsupportedFormat,
        "The file is an old .xls workbook or has a password. "
            + "Open it in the spreadsheet program and save it as .xlsx without a password."
    )

    static let webPage = TableError(
        .unsupportedFormat,
        "The file is a web page or XML text, whatever its name says. "
            + "Open it in the spreadsheet program and save it as .xlsx."
    )

    static func unreadableText(line: Int, expected: String) -> TableError {
        TableError(
            .unreadableText,
            "Line \(line) of the file is not valid \(expected) text. "
                + "Open the file in the spreadsheet program and save it as .xlsx or as CSV UTF-8."
        )
    }

    static func zeroByte(line: Int) -> TableError {
        TableError(
            .unreadableText,
            "Line \(line) of the file has a zero byte, so the file is not text. "
                + "Choose a .csv or .xlsx file."
        )
    }

    static func converterMissing(_ encoding: String) -> TableError {
        TableError(
            .converterMissing,
            "This machine cannot convert \(encoding) text. "
                + "Install the system's character set converters, or save the file as CSV UTF-8."
        )
    }

    static func unclosedQuote(row: Int) -> TableError {
        TableError(
            .brokenQuoting,
            "A cell in row \(row) opens a quotation mark that is never closed. "
                + "Correct the row, or save the file again from the spreadsheet program."
        )
    }

    static func strayQuote(row: Int, column: Int) -> TableError {
        TableError(
            .brokenQuoting,
            "Row \(row), column \(column) has a quotation mark where none may stand. "
                + "Correct the row, or save the file again from the spreadsheet program."
        )
    }
}
