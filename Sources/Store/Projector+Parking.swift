import GRDB

/// A group that SQLite will not take into the projection, whatever the reason: it is logged and
/// passed on like any other, and one bad group never blocks the rest (design.md §3.9).
///
/// No group is known to do that; what a column cannot hold is found before. It is for the mistake
/// that nobody knows of yet: without it the page that brings the group would be refused at each
/// exchange for ever, and with it everything behind.
extension Projector {
    /// Why a group is not projected that could not be. It is looked at again when the projection is
    /// made anew.
    static let failedRemark = "failed"

    /// Projects a group, or nothing of it.
    ///
    /// Cost: a savepoint, which makes SQLite keep a copy of each page that is touched. So it is not
    /// used until something failed.
    ///
    /// - Returns: why the group could not be projected in full; nil when it could.
    /// - Throws: what says something of the disk and not of the group.
    func projectOrPark(_ logged: Logged) throws -> String? {
        var remark: String?
        do {
            try db.inSavepoint {
                remark = try project(logged)
                return .commit
            }
        } catch let error as DatabaseError where Self.isOfOneStatement(error) {
            return Self.failedRemark
        }
        return remark
    }

    /// Whether SQLite said no to a statement and its values, and all else is as it was.
    static func isOfOneStatement(_ error: DatabaseError) -> Bool {
        [.SQLITE_CONSTRAINT, .SQLITE_MISMATCH, .SQLITE_TOOBIG, .SQLITE_RANGE, .SQLITE_ERROR]
            .contains(error.resultCode)
    }

    /// Whether a group was parked.
    static func isParked(_ number: Int64, _ db: Database) throws -> Bool {
        try Bool.fetchOne(
            db.cachedStatement(
                sql:
                    "SELECT EXISTS (SELECT 1 FROM unprojected WHERE group_number = ? AND reason = ?)"
            ), arguments: [number, failedRemark]) ?? false
    }
}
