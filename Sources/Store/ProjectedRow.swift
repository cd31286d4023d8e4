import Foundation
import GRDB
import Records
import SyncCore

/// Whether a record is there for people.
public enum RecordState: Int64, Sendable {
    /// Only parts of it have arrived: it was not created here yet.
    case absent = 0
    case shown = 1
    case hidden = 2
    /// Deleted on one side and changed on the other: shown, and flagged.
    case disputed = 3

    public var isShown: Bool { self == .shown || self == .disputed }
}

/// One row of a projection table while it is being changed.
struct ProjectedRow {
    var row: Int64?
    let id: String
    let office: String
    let type: RecordType
    var columns: [DatabaseValue]
    var state = RecordState.absent
    var alias: String?
    /// Names of fields with several live writes that a person decides, and of a number that others
    /// bear as well (`SharedNumbers`).
    var conflicts: [String] = []
    /// Names of fields with a live write whose value is not here.
    var missing: [String] = []
    var position: Int64
    var live = LiveMap()

    init(row: Int64?, id: String, office: String, type: RecordType, position: Int64) {
        self.row = row
        self.id = id
        self.office = office
        self.type = type
        self.position = position
        columns = Array(repeating: .null, count: type.fields.count)
    }

    /// Reads a row of `Table.select`.
    init(_ row: some ColumnReading, _ type: RecordType) throws {
        let count = type.fields.count
        self.row = try row.read(0) as Int64
        id = try row.read(1)
        office = try row.read(2)
        self.type = type
        columns = (0..<count).map { row.value(3 + $0) }
        state = try RecordState(rawValue: row.read(3 + count)).held("a record's state")
        alias = try row.readIfAny(4 + count)
        conflicts = Self.names(try row.readIfAny(5 + count))
        missing = Self.names(try row.readIfAny(6 + count))
        position = try row.read(7 + count)
        live = try LiveMap(blob: row.bytes(8 + count))
    }

    /// The text in the column of a field; nil when there is none.
    func text(at position: Int) -> String? {
        if case .string(let text) = columns[position].storage { text } else { nil }
    }

    func texts(at positions: [Int]) -> [String] { positions.compactMap(text(at:)) }

    static func names(_ column: String?) -> [String] {
        column?.split(separator: ",").map(String.init) ?? []
    }

    static func fetch(
        _ db: Database, _ table: ProjectionTables.Table, id: String
    ) throws -> ProjectedRow? {
        try fetch(with: HotStatement(db, table.find), table, id: id)
    }

    /// - Parameter statement: `find` of the table.
    static func fetch(
        with statement: HotStatement, _ table: ProjectionTables.Table, id: String
    ) throws -> ProjectedRow? {
        var statement = statement
        try statement.bind(id)
        return try statement.first { try ProjectedRow($0, table.type) }
    }

    /// Takes the writes of a record that was not here before.
    ///
    /// - Returns: false, leaving the row as it was, when some field has several writes or is a set:
    ///   then the registers must decide.
    mutating func fill(with writes: [Projector.Write]) -> Bool {
        var live = LiveMap(capacity: writes.count)
        var columns = columns
        for write in writes {
            guard write.field != ReservedField.deleted, !live.hasWrites(of: write.field) else {
                return false
            }
            live.add(write.name, of: write.field)
            guard let position = type.position(ofField: write.field) else { continue }
            guard type.fields[position].merge != .set else { return false }
            columns[position] = ColumnValue.column(write.value)
        }
        self.live = live
        self.columns = columns
        return true
    }

    /// Shows what the class makes of several live writes.
    mutating func show(_ writes: [LiveWrite], in field: Field, at position: Int) {
        if field.merge == .set {
            columns[position] = ColumnValue.column(elements: MergeClass.elements(writes), field)
            return
        }
        columns[position] = ColumnValue.column(field.merge.shown(writes)?.value)
        conflicts.removeAll { $0 == field.name }
        if field.merge.isConflict(writes) {
            conflicts = (conflicts + [field.name]).sorted()
        }
    }

    private func bindOwn(to statement: inout HotStatement) throws {
        for column in columns { try statement.bind(column) }
        try statement.bind(state.rawValue)
        try statement.bind(alias)
        try statement.bind(conflicts.isEmpty ? nil : conflicts.joined(separator: ","))
        try statement.bind(missing.isEmpty ? nil : missing.joined(separator: ","))
        try statement.bind(position)
        try statement.bind(bytes: live.blob)
    }

    /// - Parameter statement: `RowStatements.insert` of the row's table.
    /// - Returns: false when a row has this id already; that stays as it was.
    mutating func insert(_ db: Database, with statement: HotStatement) throws -> Bool {
        var statement = statement
        try statement.bind(id)
        try statement.bind(office)
        try bindOwn(to: &statement)
        try statement.run()
        guard db.changesCount > 0 else { return false }
        row = db.lastInsertedRowID
        return true
    }

    /// - Parameter statement: `RowStatements.update` of the row's table.
    func update(with statement: HotStatement) throws {
        var statement = statement
        try bindOwn(to: &statement)
        try statement.bind(row.held("a row's number"))
        try statement.run()
    }
}

/// Values as they stand in a projection column.
enum ColumnValue {
    static func column(_ value: Value?) -> DatabaseValue {
        switch value {
        case nil, .empty?: .null
        case .text(let text)?: text.databaseValue
        case .integer(let integer)?: integer.databaseValue
        case .record(let record)?: record.description.databaseValue
        }
    }

    /// Whether a column of this field can hold the value. Nothing more: what a peer wrote is shown
    /// whatever it says.
    static func holds(_ value: Value, _ kind: Field.Kind) -> Bool {
        switch (kind, value) {
        case (_, .empty): true
        case (.integer, .integer), (.decimal, .integer), (.money, .integer), (.flag, .integer): true
        case (.integer, _), (.decimal, _), (.money, _), (.flag, _): false
        case (.reference, .record): true
        case (.reference, _), (_, .record), (_, .integer): false
        // SQLite takes it for the end of the text, here and there.
        case (_, .text(let text)): !text.utf8.contains(0)
        }
    }

    /// Reads a column, or a sibling's value, back.
    static func value(_ column: DatabaseValue, _ field: Field) -> Value {
        switch column.storage {
        case .null, .blob, .double: return .empty
        case .int64(let integer): return .integer(integer)
        case .string(let text):
            if case .reference = field.kind { return RecordID(text).map(Value.record) ?? .empty }
            return .text(text)
        }
    }

    /// A set's elements as one JSON array, or NULL when there are none.
    static func column(elements: [Value], _ field: Field) -> DatabaseValue {
        guard !elements.isEmpty else { return .null }
        return field.jsonText(ofElements: elements).databaseValue
    }
}
