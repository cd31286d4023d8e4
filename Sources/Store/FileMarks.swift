import CSQLite
import Foundation
import GRDB
import SyncCore

/// What tells the database file and the write-ahead log beside it from other ones: a few bytes of
/// the header of each.
///
/// The database file changes only when the log is moved into it, and then its header changes. The
/// log begins anew with new random bytes. So the guard file can say which of the two belong
/// together; SQLite itself plays any log over any file.
public struct FileMarks: Hashable, Sendable, Codable {
    /// Of the database file, in hexadecimal: change counter, size, free pages, the number of the
    /// session, and the counter at which the size was noted.
    public var database: String
    /// The salts of the write-ahead log; nil while there is none or it is empty.
    public var log: String?

    /// Where these bytes stand (sqlite.org/fileformat.html §1.3, §4.1).
    private static let databaseParts: [Range<Int>] = [24..<40, 60..<64, 92..<96]
    private static let logPart = 16..<24
    static let databaseBytes = 100
    static let logBytes = 32

    /// From the first 100 bytes of the database file and the first 32 of the log; shorter ones
    /// count as none.
    public init(database: [UInt8], log: [UInt8]) {
        self.database =
            database.count < Self.databaseBytes
            ? "" : Self.databaseParts.map { Hexadecimal.text(Array(database[$0])) }.joined()
        self.log = log.count < Self.logBytes ? nil : Hexadecimal.text(Array(log[Self.logPart]))
    }

    /// Of the files a connection has open.
    init(_ db: Database) {
        self.init(
            database: Self.read(db, ofLog: false, Self.databaseBytes),
            log: Self.read(db, ofLog: true, Self.logBytes))
    }

    /// Of files that no connection of this process has open: closing them here would end SQLite's
    /// locks.
    public init(closedDatabase path: String) {
        self.init(
            database: Self.read(path, Self.databaseBytes),
            log: Self.read(path + "-wal", Self.logBytes))
    }

    private static func read(_ db: Database, ofLog: Bool, _ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let result = csqlite_read_file(db.sqliteConnection, ofLog ? 1 : 0, &bytes, Int32(count), 0)
        return result == SQLITE_OK ? bytes : []
    }

    private static func read(_ path: String, _ count: Int) -> [UInt8] {
        // A file that is not there, or cannot be read, has no marks.
        guard let file = FileHandle(forReadingAtPath: path) else { return [] }
        defer { try? file.close() }  // Nothing was written.
        return (try? file.read(upToCount: count)).map { Array($0) } ?? []
    }
}
