import Logging
import Node
import Records
import SimulatedDisk
import Store
import SyncCore
import Synchronization
import Wire

/// A node with its disk: started, stopped in every way, and started again.
final class Machine {
    let disk: Disk
    let surroundings: Surroundings
    private(set) var running: LocalNode?

    init(_ disk: Disk, seed: UInt64 = 1) {
        self.disk = disk
        surroundings = .seeded(seed)
    }

    var home: any NodeHome { DiskHome(disk) }

    /// The node as it runs; the test fails to begin when it does not.
    var node: LocalNode {
        guard let running else { preconditionFailure("the machine is off") }
        return running
    }

    @discardableResult
    func start() async throws -> LocalNode {
        let node = try await LocalNode(home, surroundings: surroundings, log: .silent)
        running = node
        return node
    }

    func found(_ role: Role, code: String) async throws {
        try await LocalNode.found(
            home, role: role, code: code, name: "幸福花园", surroundings: surroundings, log: .silent)
    }

    /// The process or the machine ends at once.
    func stop(_ survival: Disk.Survival) {
        disk.restart(survival)
        // Its database is dead, so closing that can do nothing any more. The node is not closed: it
        // would still write its guard file.
        try? running?.store.close()
        running = nil
    }

    /// The process ends in order.
    func close() throws {
        try running?.close()
        running = nil
    }

    func restart(_ survival: Disk.Survival) async throws {
        stop(survival)
        try await start()
    }
}

extension Machine {
    static let database = "gatehouse.db"
    static let log = "gatehouse.db-wal"
}

extension Surroundings {
    /// A clock that moves a second at each look, and chance from a seed.
    static func seeded(_ seed: UInt64) -> Surroundings {
        let now = Mutex<UInt64>(1_763_000_000_000)
        let chance = Mutex(Chance(seed: seed))
        return Surroundings(
            now: {
                now.withLock { now in
                    now += 1_000
                    return now
                }
            },
            random: { count in chance.withLock { $0.bytes(count) } })
    }
}

extension Logger {
    static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}
