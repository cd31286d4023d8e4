import GRDB
import SimulatedDisk

/// A curious sqlite3 shell: another connection that holds the write lock of the database (S18).
final class OutsideProgram {
    private let queue: DatabaseQueue

    init(_ disk: Disk) throws {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        queue = try DatabaseQueue(
            path: disk.path(of: Machine.database), configuration: configuration)
        try queue.inDatabase { try $0.execute(sql: "BEGIN IMMEDIATE") }
    }

    func letGo() throws {
        try queue.inDatabase { try $0.execute(sql: "ROLLBACK") }
        try queue.close()
    }
}
