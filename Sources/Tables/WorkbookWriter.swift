import CXlsxWriter
import Foundation

/// A workbook with one sheet, being written by libxlsxwriter into a folder of its own.
///
/// A file rather than memory, because version 1.1.4, which Debian 12 has, writes nowhere else.
final class WorkbookWriter {
    /// Rows and columns of a sheet, and characters of a cell, beyond which programs refuse a
    /// workbook.
    static let maximumRowCount = Int(LXW_ROW_MAX)
    static let maximumColumnCount = Int(LXW_COL_MAX)
    static let maximumCellCharacters = 32_767

    private var workbook: WorkbookHandle?
    private let sheet: WorksheetHandle
    private let heading: FormatHandle
    private let plain: FormatHandle
    /// Where libxlsxwriter puts its own temporary files, so that they go with the folder.
    private let folderName: PinnedBytes

    /// The bytes of a workbook. The folder holds residents' data for that time, so only this user
    /// may look into it, and it is removed whatever happens.
    static func bytes(
        _ fill: (WorkbookWriter) throws(TableError) -> Void
    ) throws(TableError) -> [UInt8] {
        let files = FileManager.default
        let folder = files.temporaryDirectory.appending(path: "tables-\(UUID().uuidString)")
        let result: Result<[UInt8], any Error> = Result {
            try files.createDirectory(
                at: folder, withIntermediateDirectories: false,
                attributes: [.posixPermissions: 0o700])
            let file = folder.appending(path: "table.xlsx")
            let writer = try WorkbookWriter(file.path, temporaryFolder: folder.path)
            try fill(writer)
            try writer.close()
            return try Array(Data(contentsOf: file))
        }
        let removal: Result<Void, any Error> = Result { try files.removeItem(at: folder) }
        do {
            let bytes = try result.get()
            try removal.get()
            return bytes
        } catch let error as TableError {
            throw error
        } catch {
            throw .cannotWrite("\((error as NSError).domain) \((error as NSError).code)")
        }
    }

    private init(_ path: String, temporaryFolder: String) throws(TableError) {
        folderName = PinnedBytes(Array(temporaryFolder.utf8) + [0])
        var options = lxw_workbook_options(
            constant_memory: 0, tmpdir: folderName.characters, use_zip64: 0)
        guard let workbook = workbook_new_opt(path, &options),
            let sheet = workbook_add_worksheet(workbook, nil),
            let heading = workbook_add_format(workbook),
            let plain = workbook_add_format(workbook)
        else { throw .cannotWrite("libxlsxwriter has no memory") }
        self.workbook = workbook
        self.sheet = sheet
        self.heading = heading
        self.plain = plain
        for format in [heading, plain] {
            // "@" is the format of text: a phone typed into such a cell keeps its zeros as well.
            format_set_num_format(format, "@")
        }
        format_set_bold(heading)
        worksheet_freeze_panes(sheet, 1, 0)
        try check(worksheet_set_column(sheet, 0, lxw_col_t(LXW_COL_MAX - 1), 16, plain))
        try check(
            worksheet_ignore_errors(
                sheet, UInt8(LXW_IGNORE_NUMBER_STORED_AS_TEXT.rawValue), "A1:XFD1048576"))
    }

    deinit {
        if let workbook { lxw_workbook_free(workbook) }
    }

    /// Writes one cell as text. Row and column count from 0; row 0 is the header.
    func write(_ text: String, row: Int, column: Int) throws(TableError) {
        let format = row == 0 ? heading : plain
        try check(
            worksheet_write_string(
                sheet, lxw_row_t(row), lxw_col_t(column), EscapedText.encoded(text), format))
    }

    /// Closing writes the file and frees the workbook, also when it fails.
    private func close() throws(TableError) {
        defer { workbook = nil }
        try check(workbook_close(workbook))
    }

    private func check(_ result: lxw_error) throws(TableError) {
        if result != LXW_NO_ERROR { throw .cannotWrite("libxlsxwriter error \(result.rawValue)") }
    }
}
