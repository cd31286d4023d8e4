import GRDB

/// A row of the database, whoever read it: columns as their kind of value, or an error.
///
/// GRDB's subscripts end the process at a value of another kind. STRICT and NOT NULL keep such values
/// out of a sound file, and SQLite does not look again when it reads a damaged one, so the files of
/// this target read rows by these functions only.
protocol ColumnReading {
    func value(_ column: Int) -> DatabaseValue
    func name(_ column: Int) -> String
    /// - Throws: `StoreError.damaged` when the column holds anything but a blob or NULL.
    func bytesIfAny(_ column: Int) throws -> [UInt8]?
}

extension ColumnReading {
    /// - Throws: `StoreError.damaged` when the column holds NULL or a value of another kind, such as
    ///   a negative number for an unsigned one.
    func read<Value: DatabaseValueConvertible>(_ column: Int) throws -> Value {
        guard let value = Value.fromDatabaseValue(value(column)) else { throw damage(column) }
        return value
    }

    /// Like `read`, and nil for NULL.
    func readIfAny<Value: DatabaseValueConvertible>(_ column: Int) throws -> Value? {
        value(column).isNull ? nil : try read(column)
    }

    func bytes(_ column: Int) throws -> [UInt8] {
        guard let bytes = try bytesIfAny(column) else { throw damage(column) }
        return bytes
    }

    func damage(_ column: Int) -> StoreError {
        StoreError(
            .damaged,
            "The database is damaged: a value is not of its column's kind. Run gatehouse verify.",
            cause: "the column \(name(column))")
    }
}

extension Row: ColumnReading {
    func value(_ column: Int) -> DatabaseValue { self[column] }

    func name(_ column: Int) -> String { Array(columnNames)[column] }

    func bytesIfAny(_ column: Int) throws -> [UInt8]? {
        try (readIfAny(column) as Blob?)?.bytes
    }
}
