import GRDB
import SimulatedDisk
import Testing

/// The disk itself: what survives, what fails, and that the same seed gives the same disk.
@Suite struct DiskTests {
    private let disk = Disk()

    private func open(synchronous: String = "FULL") throws -> DatabaseQueue {
        let queue = try DatabaseQueue(path: disk.path(of: "test.db"))
        try queue.writeWithoutTransaction { db in
            try db.execute(
                sql: """
                    PRAGMA journal_mode = WAL; PRAGMA synchronous = \(synchronous);
                    CREATE TABLE IF NOT EXISTS numbers (value INTEGER PRIMARY KEY, filler BLOB);
                    """)
        }
        return queue
    }

    private func insert(_ value: Int, into queue: DatabaseQueue) throws {
        try queue.write { db in
            try db.execute(
                sql: "INSERT INTO numbers VALUES (?, zeroblob(700))", arguments: [value])
        }
    }

    private func count(_ queue: DatabaseQueue) throws -> Int {
        try queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM numbers") ?? -1 }
    }

    @Test func `what was committed survives a kill and a power cut`() throws {
        for survival in [Disk.Survival.allWritten, .onlySynced, .someUnsynced(seed: 3)] {
            let queue = try open()
            let before = try count(queue)
            for value in 0..<20 { try insert(before + value, into: queue) }
            disk.restart(survival)
            #expect(throws: DatabaseError.self) { try count(queue) }
            try? queue.close()  // Dead with its disk: it has nothing to give back.
            #expect(try count(open()) == before + 20)
        }
    }

    @Test(arguments: 0..<40)
    func `a stop at any call loses nothing that was committed`(seed: UInt64) throws {
        var committed: Set<Int> = []
        var next = 0
        for life in 0..<5 {
            let queue = try open()
            let found = try queue.read {
                try Set(Int.fetchAll($0, sql: "SELECT value FROM numbers"))
            }
            #expect(found.isSuperset(of: committed))
            disk.arm(.stop, at: 3 + Int((seed * 31 + UInt64(life) * 17) % 97))
            do {
                while true {
                    next += 1
                    try insert(next, into: queue)
                    committed.insert(next)
                }
            } catch is DatabaseError {}
            #expect(disk.isStopped)
            disk.restart(.someUnsynced(seed: seed &* 1_000 &+ UInt64(life)))
            try? queue.close()  // Dead with its disk: it has nothing to give back.
        }
    }

    @Test func `the power cut is a real one: a database that does not sync loses rows`() throws {
        let queue = try open()
        try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = NORMAL") }
        for value in 0..<20 { try insert(value, into: queue) }
        disk.restart(.onlySynced)
        try? queue.close()  // Dead with its disk: it has nothing to give back.
        #expect(try count(open()) == 0)
    }

    @Test func `a full disk refuses and goes on when there is room`() throws {
        let queue = try open()
        try insert(1, into: queue)
        disk.setCapacity(disk.used + 100)
        let error = #expect(throws: DatabaseError.self) { try insert(2, into: queue) }
        #expect(error?.resultCode == .SQLITE_FULL)
        disk.setCapacity(nil)
        try insert(2, into: queue)
        #expect(try count(queue) == 2)
    }

    @Test func `after a lost sync the next one succeeds and a power cut shows the loss`() throws {
        let queue = try open()
        try insert(1, into: queue)
        disk.arm(.lostSync, of: [.sync])
        let error = #expect(throws: DatabaseError.self) { try insert(2, into: queue) }
        #expect(error?.extendedResultCode == .SQLITE_IOERR_FSYNC)
        #expect(disk.faults == 1)
        try insert(3, into: queue)
        disk.restart(.onlySynced)
        try? queue.close()  // Dead with its disk: it has nothing to give back.
        #expect(try count(open()) < 3)
    }

    @Test func `a clone shares nothing that is written later`() throws {
        let queue = try open()
        try insert(1, into: queue)
        let copy = disk.clone()
        try insert(2, into: queue)
        let other = try DatabaseQueue(path: copy.path(of: "test.db"))
        #expect(try count(other) == 1)
        #expect(try count(queue) == 2)
        #expect(copy.path(of: "test.db") != disk.path(of: "test.db"))
    }

    @Test func `the same seed gives the same disk`() throws {
        func left(_ seed: UInt64) throws -> [[UInt8]?] {
            Disk.seedSQLite(5)
            let disk = Disk()
            for number in 0..<30 {
                try disk.replace(
                    "file-\(number)", with: [UInt8](repeating: UInt8(number), count: 3_000))
            }
            disk.restart(.someUnsynced(seed: seed))
            return try disk.names.map { try disk.read($0) }
        }
        #expect(try left(1) == left(1))
        #expect(try left(1) != left(2))
    }

    @Test func `a plain file that was synced survives, and one that was not may not`() throws {
        try disk.replace("kept", with: [1, 2, 3], isSynced: true)
        try disk.replace("lost", with: [4, 5, 6])
        #expect(try disk.read("lost") == [4, 5, 6])
        disk.restart(.onlySynced)
        #expect(try disk.read("kept") == [1, 2, 3])
        #expect(try disk.read("lost") == nil)
        try disk.replace("kept", with: [7])
        disk.restart(.allWritten)
        #expect(try disk.read("kept") == [7])
        try disk.delete("kept")
        #expect(disk.names == [])
    }

    @Test func `damage at rest stands where it was put`() throws {
        try disk.replace("file", with: [UInt8](0..<200), isSynced: true)
        disk.flipBit(0, at: 10, of: "file")
        disk.swapPages(0, 1, of: "file", pageBytes: 100)
        #expect(disk.bytes(of: "file", at: 110, count: 2) == [11, 11])
        disk.zeroPage(1, of: "file", pageBytes: 100)
        disk.resize("file", to: 150)
        disk.restart(.onlySynced)
        #expect(try disk.read("file")?.suffix(51) == [199] + [UInt8](repeating: 0, count: 50))
        #expect(!disk.flipBit(0, at: 150, of: "file"))
    }

    @Test func `a second connection meets the locks of the first`() throws {
        let first = try open()
        let second = try DatabaseQueue(path: disk.path(of: "test.db"))
        try first.inDatabase { db in
            try db.execute(sql: "BEGIN IMMEDIATE")
            let error = #expect(throws: DatabaseError.self) {
                try second.inDatabase { try $0.execute(sql: "BEGIN IMMEDIATE") }
            }
            #expect(error?.resultCode == .SQLITE_BUSY)
            try db.execute(sql: "COMMIT")
        }
        try insert(1, into: second)
        #expect(try count(first) == 1)
    }
}
