import GRDB

extension StoreError {
    /// What SQLite refused, as an error of ours; nil for an error that did not come from SQLite.
    ///
    /// The transaction was rolled back, so nothing of it was saved.
    public init?(sqlite error: any Error) {
        guard let error = error as? DatabaseError else { return nil }
        switch error.resultCode {
        case .SQLITE_FULL:
            self.init(
                .storageFailed,
                "The disk is full, so nothing was saved. Make room on it and save again.",
                cause: "\(error.extendedResultCode)")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            self.init(
                .damaged, "The database is damaged. Run gatehouse verify.",
                cause: "\(error.extendedResultCode)")
        default:
            self.init(
                .storageFailed,
                "The disk refused, so nothing was saved. Look at the disk and save again.",
                cause: "\(error.extendedResultCode)")
        }
    }
}
