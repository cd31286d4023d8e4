import Foundation
import GRDB
import GRDBSQLite

/// A cached statement of the write path, bound and stepped without the arrays of arguments and rows
/// GRDB makes.
///
/// A record costs one look-up and one write of some fifty columns; boxing each column took longer
/// than SQLite itself. This is the only file of the target that says Unsafe. Values are copied by
/// SQLite while they are bound; what is not bound is NULL.
struct HotStatement {
    private let statement: OpaquePointer
    private var position: Int32 = 0

    /// The statement with this text, prepared once a connection.
    init(_ db: Database, _ sql: String) throws {
        try self.init(db.cachedStatement(sql: sql))
    }

    init(_ prepared: Statement) {
        statement = prepared.sqliteStatement
        sqlite3_reset(statement)
        sqlite3_clear_bindings(statement)
    }

    mutating func bind(_ value: Int64) throws {
        position += 1
        try check(sqlite3_bind_int64(statement, position, value))
    }

    mutating func bind(_ value: String?) throws {
        position += 1
        guard var value else { return }
        try check(
            value.withUTF8 { text in
                sqlite3_bind_text(
                    statement, position, text.baseAddress, Int32(text.count), Self.transient)
            })
    }

    mutating func bind(bytes: [UInt8]?) throws {
        position += 1
        guard let bytes else { return }
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
        case .null: position += 1
        case .int64(let integer): try bind(integer)
        case .string(let text): try bind(text)
        case .blob(let data): try bind(bytes: Array(data))
        case .double(let double):
            position += 1
            try check(sqlite3_bind_double(statement, position, double))
        }
    }

    /// Carries out a statement that gives no rows.
    func run() throws {
        let result = sqlite3_step(statement)
        sqlite3_reset(statement)
        guard result == SQLITE_DONE else { throw failure(result) }
    }

    /// What is read from the first row; nil without one.
    func first<Found>(_ read: (HotRow) throws -> Found) throws -> Found? {
        let result = sqlite3_step(statement)
        defer { sqlite3_reset(statement) }
        switch result {
        case SQLITE_ROW: return try read(HotRow(statement: statement))
        case SQLITE_DONE: return nil
        default: throw failure(result)
        }
    }

    /// What is read from each row.
    func all<Found>(_ read: (HotRow) throws -> Found) throws -> [Found] {
        defer { sqlite3_reset(statement) }
        var found: [Found] = []
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_ROW: found.append(try read(HotRow(statement: statement)))
            case SQLITE_DONE: return found
            case let result: throw failure(result)
            }
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

/// The row a statement stands on.
struct HotRow: ColumnReading {
    fileprivate let statement: OpaquePointer

    func value(_ column: Int) -> DatabaseValue {
        DatabaseValue(sqliteStatement: statement, index: CInt(column))
    }

    func name(_ column: Int) -> String {
        sqlite3_column_name(statement, CInt(column)).map { String(cString: $0) } ?? "\(column)"
    }
    func bytesIfAny(_ column: Int) throws -> [UInt8]? {
        let column = CInt(column)
        switch sqlite3_column_type(statement, column) {
        case SQLITE_NULL: return nil
        case SQLITE_BLOB:
            // The pointer first: asking for it may change the count.
            let start = sqlite3_column_blob(statement, column)
            return Array(
                UnsafeRawBufferPointer(
                    start: start, count: Int(sqlite3_column_bytes(statement, column))))
        default: throw damage(Int(column))
        }
    }
}
