import GRDB
import SyncCore

/// The logs of the spaces as they were last read, kept until a group is appended: one exchange asks
/// for them some twenty times and rarely changes them.
///
/// A log only grows, so the number of its last group tells whether what was read still holds. What
/// is read inside a transaction, which may yet be taken back, is not kept.
///
/// `@unchecked Sendable`: it is used only inside blocks of the one connection, one after another.
final class GroupLogs: @unchecked Sendable {
    private var lastGroup: Int64?
    private var logs: [SpaceID: GroupLog] = [:]

    /// The log of a space; nil when nothing was ever written in it.
    func known(_ space: SpaceID, _ db: Database) throws -> GroupLog? {
        let last = try Int64.fetchOne(db.cachedStatement(sql: "SELECT max(number) FROM log"))
        if last == lastGroup, let log = logs[space] { return log }
        guard let log = try GroupLog(known: space, db) else { return nil }
        guard !db.isInsideTransaction else { return log }
        if last != lastGroup { forget() }
        lastGroup = last
        logs[space] = log
        return log
    }

    /// The log of a space to be written in.
    func open(_ space: SpaceID, _ db: Database) throws -> GroupLog {
        try known(space, db) ?? GroupLog(db, space)
    }

    /// Must be called when rows are changed by anything but appending.
    func forget() {
        lastGroup = nil
        logs = [:]
    }
}
