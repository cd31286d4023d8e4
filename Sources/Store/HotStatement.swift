import Foundation
import GRDB
import GRDBSQLite

/// A cached statement of the write path, bound and stepped without the arrays of arguments and rows
/// GRDB makes.
///
/// A record costs one look-up and one insert of some fifty columns; boxing each column took longer
/// than SQLite itself. This is the only file of the target that says Unsafe. Values are copied by
/// SQLite while they are bound.
struct HotStatement {
    private let statement: OpaquePointer
    private var position: Int32 = 0

    /// The statement with this text, prepared once a connection.
    init(_ db: Database, _ sql: String) throws {
        statement = try db.cachedStatement(sql: sql).sqliteStatement
        sqlite3_reset(statement)
    }

    mutating func bind(_ value: Int64) throws {
        position += 1
        try check(sqlite3_bind_int64(statement, position, value))
    }

    mutating func bind(_ value: String?) throws {
        guard var value else { return try bindNull() }
        position += 1
        try check(
            value.withUTF8 { text in
                sqlite3_bind_text(
                    statement, position, text.baseAddress, Int32(text.count), Self.transient)
            })
    }

    mutating func bind(bytes: [UInt8]?) throws {
        guard let bytes else { return try bindNull() }
        position += 1
        try check(
            bytes.withUnsafeBytes { bytes in
                // A null pointer would bind NULL; an empty blob is a blob.
                bytes.isEmpty
                    ? sqlite3_bind_zeroblob(statement, position, 0)
                    : sqlite3_bind_blob(
                        statement, position, bytes.baseAddress, Int32(bytes.count), Self.transient)
            })
    }

    mutating func bind(_ value: DatabaseValue) throws {
        switch value.storage {
        case .null: try bindNull()
        case .int64(let integer): try bind(integer)
        case .string(let text): try bind(text)
        case .blob(let data): try bind(bytes: Array(data))
        case .double(let double):
            position += 1
            try check(sqlite3_bind_double(statement, position, double))
        }
    }

    private mutating func bindNull() throws {
        position += 1
        try check(sqlite3_bind_null(statement, position))
    }

    /// Carries out a statement that gives no rows.
    func run() throws {
        let result = sqlite3_step(statement)
        sqlite3_reset(statement)
        guard result == SQLITE_DONE else { throw failure(result) }
    }

    /// The first column of the first row as an integer; nil without a row.
    func firstInteger() throws -> Int64? {
        let result = sqlite3_step(statement)
        defer { sqlite3_reset(statement) }
        switch result {
        case SQLITE_ROW: return sqlite3_column_int64(statement, 0)
        case SQLITE_DONE: return nil
        default: throw failure(result)
        }
    }

    private func check(_ result: Int32) throws {
        guard result == SQLITE_OK else { throw failure(result) }
    }

    private func failure(_ result: Int32) -> DatabaseError {
        DatabaseError(
            resultCode: ResultCode(rawValue: result),
            message: String(cString: sqlite3_errmsg(sqlite3_db_handle(statement))))
    }

    /// SQLITE_TRANSIENT: SQLite takes a copy before the call returns.
    private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
}
