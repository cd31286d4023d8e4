import GRDB

/// SQLite's own look at the whole file: pages, the order of keys, indexes against tables.
///
/// A page that the disk does not give out it names like a fault of the file, and goes on. That is
/// told apart here: a disk that fails says nothing about the file, and ends the connection.
enum IntegrityCheck {
    /// What is wrong with the file, in SQLite's words.
    ///
    /// - Parameter limit: lines at most.
    /// - Throws: `DatabaseError` when the disk failed meanwhile.
    static func faults(_ db: Database, limit: Int) throws -> [String] {
        let lines = try String.fetchAll(db, sql: "PRAGMA integrity_check(\(limit))")
        for line in lines {
            if let code = failure(in: line) { throw DatabaseError(resultCode: code, message: line) }
        }
        return lines.filter { $0 != "ok" }
    }

    /// Page numbers beyond the file are said otherwise, so these two lines mean that reading failed.
    private static func failure(in line: String) -> ResultCode? {
        if line.contains("failed to get page") { return .SQLITE_IOERR_READ }
        guard let mark = line.firstRange(of: "error code="),
            let number = Int32(line[mark.upperBound...].prefix(while: \.isNumber))
        else { return nil }
        let code = ResultCode(rawValue: number)
        return code.primaryResultCode == .SQLITE_CORRUPT ? nil : code
    }
}
