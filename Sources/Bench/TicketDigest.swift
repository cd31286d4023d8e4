import CSQLite
import Foundation
import Records
import Store
import SyncCore

/// What all tickets say together: equal for equal tickets, in whatever order they stand.
///
/// It is made from the generator's rows on one side and from the projection's plain columns on the
/// other, and knows nothing of the engine: so the bench does not take the engine's word for its own
/// work.
struct TicketDigest: Equatable {
    private(set) var count = 0
    private var sum: UInt64 = 0

    /// Of the rows as they should have become tickets.
    init(_ rows: [BenchRow]) {
        for row in rows {
            let contents = row.contents()
            var hash = RowHash()
            for field in Self.fields {
                switch contents[field.number] {
                case .value(.text(let text)): hash.add(text)
                case .value(.integer(let integer)): hash.add(integer)
                default: hash.addNothing()
                }
            }
            add(hash)
        }
    }

    /// Of the tickets in a node's folder; the node is closed.
    init(folder: URL) throws {
        var opened: OpaquePointer?
        let path = Folders.database(folder)
        guard sqlite3_open_v2(path, &opened, SQLITE_OPEN_READWRITE, nil) == SQLITE_OK, let opened
        else { throw BenchFailure("\(path) cannot be opened.") }
        defer { sqlite3_close(opened) }
        let columns = Self.fields.map { "\"\($0.name)\"" }.joined(separator: ", ")
        var statement: OpaquePointer?
        let sql = "SELECT \(columns) FROM tickets WHERE _state IN (1, 3)"
        guard sqlite3_prepare_v2(opened, sql, -1, &statement, nil) == SQLITE_OK else {
            throw BenchFailure("The tickets in \(path) cannot be read.")
        }
        defer { sqlite3_finalize(statement) }
        while sqlite3_step(statement) == SQLITE_ROW {
            var hash = RowHash()
            for column in Self.fields.indices.map(Int32.init) {
                switch sqlite3_column_type(statement, column) {
                case SQLITE_INTEGER: hash.add(sqlite3_column_int64(statement, column))
                case SQLITE_NULL: hash.addNothing()
                default:
                    let bytes = UnsafeBufferPointer(
                        start: sqlite3_column_text(statement, column),
                        count: Int(sqlite3_column_bytes(statement, column)))
                    hash.add(String(decoding: bytes, as: UTF8.self))
                }
            }
            add(hash)
        }
    }

    /// - Throws: `BenchFailure` when the tickets in a folder are others.
    func check(_ folder: URL, _ whose: String) throws {
        let found = try TicketDigest(folder: folder)
        guard found == self else {
            throw BenchFailure(
                "\(whose) holds \(found.count) tickets that differ from the \(count) expected.")
        }
    }

    private mutating func add(_ row: RowHash) {
        count += 1
        sum &+= row.value
    }

    private static let fields = [
        "no", "place", "caller_name", "caller_phone", "category", "priority", "status", "title",
        "content", "handler_name", "channel", "amount", "kind", "class", "occurred_at",
        "finished_at", "planned_date", "responsible_unit", "rating", "remark",
    ].map { name in
        guard let field = RecordType.ticket.field(named: name) else {
            preconditionFailure("tickets have no field \(name)")
        }
        return field
    }
}

/// Source: Fowler, Noll, Vo, FNV-1a.
private struct RowHash {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func add(_ text: String) {
        mix(1)
        for byte in text.utf8 { mix(byte) }
    }

    mutating func add(_ integer: Int64) {
        mix(2)
        for byte in String(integer).utf8 { mix(byte) }
    }

    mutating func addNothing() { mix(3) }

    private mutating func mix(_ byte: UInt8) {
        value = (value ^ UInt64(byte)) &* 0x100_0000_01B3
    }
}
