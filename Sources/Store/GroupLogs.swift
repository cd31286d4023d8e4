import GRDB
import SyncCore

/// The logs of the spaces as they were last read or appended to: one exchange asks for them some
/// twenty times and rarely changes them, and a save continues what the one before it left.
///
/// A log only grows, so its last group, by number and hash, tells whether what is kept still holds.
/// That is so whatever became of the transaction that appended it: after a rollback the log ends
/// with another group.
///
/// `@unchecked Sendable`: it is used only inside blocks of the one connection, one after another.
final class GroupLogs: @unchecked Sendable {
    private var last: LastGroup?
    private var logs: [SpaceID: GroupLog] = [:]

    private struct LastGroup: Equatable {
        var number: Int64
        var hash: [UInt8]
    }

    /// The log of a space; nil when nothing was ever written in it.
    func known(_ space: SpaceID, _ db: Database) throws -> GroupLog? {
        let last = try HotStatement(
            db, "SELECT number, hash FROM log ORDER BY number DESC LIMIT 1"
        ).first { LastGroup(number: try $0.read(0), hash: try $0.bytes(1)) }
        if last != self.last { forget() }
        if let log = logs[space] { return log }
        guard let log = try GroupLog(known: space, db) else { return nil }
        // Inside a transaction there may be more to come than its rows say.
        guard !db.isInsideTransaction else { return log }
        self.last = last
        logs[space] = log
        return log
    }

    /// The log of a space to be written in.
    func open(_ space: SpaceID, _ db: Database) throws -> GroupLog {
        try known(space, db) ?? GroupLog(db, space)
    }

    /// Keeps a log as it was appended to and written back.
    ///
    /// - Parameter number: of the group that was appended last.
    func keep(_ log: GroupLog, last group: Group, _ number: Int64) {
        last = LastGroup(number: number, hash: group.hash.bytes)
        logs[log.space] = log
    }

    /// Must be called when rows are changed by anything but appending.
    func forget() {
        last = nil
        logs = [:]
    }
}
