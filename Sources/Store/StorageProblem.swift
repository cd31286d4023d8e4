import GRDB

/// What an error of SQLite says about the disk, and about going on.
struct StorageProblem {
    enum Kind {
        /// No room. Nothing was changed; the next try may succeed.
        case full
        /// Another program holds the database. Nothing was changed.
        case busy
        /// The disk or the file cannot be trusted any more.
        case failed
        /// The system did not let us; nothing was changed.
        case refused
        /// Nothing about the disk.
        case other
    }

    let kind: Kind
    let error: StoreError

    init(_ error: DatabaseError) {
        let kind = Self.kind(error)
        self.kind = kind
        let cause = "SQLite error \(error.extendedResultCode.rawValue): \(error.message ?? "")"
        self.error =
            switch kind {
            case .full:
                StoreError(
                    .storageFull,
                    "The disk is full, so nothing was saved. Make room and save again; the node need not be restarted.",
                    cause: cause)
            case .busy:
                StoreError(
                    .storageBusy,
                    "Another program holds the database, so nothing was saved. Close that program and save again.",
                    cause: cause)
            case .failed where Self.isDamage(error):
                StoreError(
                    .damaged,
                    "The database file is damaged. The node stops, so that nothing of it is sent to anyone. Restore a backup with gatehouse backup restore.",
                    cause: cause)
            case .failed:
                StoreError(
                    .storageFailed,
                    "The disk failed while the database was read or written. The node stops, so that it confirms nothing it may have lost. See to the disk, then start it again.",
                    cause: cause)
            case .refused, .other:
                StoreError(
                    .storageFailed,
                    "The system does not let the database be used. See to the rights of the data folder.",
                    cause: cause)
            }
    }

    private static func isDamage(_ error: DatabaseError) -> Bool {
        [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode)
    }

    private static func kind(_ error: DatabaseError) -> Kind {
        switch error.resultCode {
        case .SQLITE_FULL: .full
        case .SQLITE_BUSY, .SQLITE_PROTOCOL: .busy
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: .failed
        case .SQLITE_READONLY:
            error.extendedResultCode == .SQLITE_READONLY_DBMOVED ? .failed : .refused
        case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH: .refused
        case .SQLITE_IOERR:
            switch error.extendedResultCode {
            // The index beside the log could not grow; it holds nothing that must last.
            case .SQLITE_IOERR_SHMSIZE: .full
            case .SQLITE_IOERR_NOMEM: .other
            case .SQLITE_IOERR_BLOCKED: .busy
            default: .failed
            }
        default: .other
        }
    }
}
