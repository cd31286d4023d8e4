import GRDB

extension StoreError {
    /// The damage to the file that made reading fail; nil when the disk or something else was at
    /// fault, so that trying again may help.
    static func damage(behind error: any Error) -> StoreError? {
        switch error {
        case let error as StoreError:
            return error.code == .damaged ? error : nil
        case is RowDecodingError:
            return StoreError(
                .damaged,
                "The database is damaged: a value is not of its column's kind. Run gatehouse verify."
            )
        case let error as DatabaseError:
            switch error.resultCode {
            // Schema that cannot be parsed, rows that break their own constraints.
            case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_ERROR, .SQLITE_CONSTRAINT,
                .SQLITE_MISMATCH, .SQLITE_TOOBIG, .SQLITE_SCHEMA:
                return StoreError(
                    .damaged, "SQLite cannot read the database. Restore a backup.",
                    cause: "SQLite \(error.extendedResultCode.rawValue): \(error.message ?? "")")
            default: return nil
            }
        default: return nil
        }
    }
}
