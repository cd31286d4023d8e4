import GRDB
import Logging
import Node
import Records
import SimulatedDisk
import Store
import SyncCore

/// One machine of a simulated company: its disk, its clock, the real node that runs on it, and
/// beside it what the node promised and must show.
final class SimulatedNode {
    /// What the line to headquarters does.
    enum Link {
        case open
        case cut
        /// Requests arrive, answers never do.
        case oneWay
    }

    /// A form somebody opened: the version it shows, and which writes that version showed.
    struct Form {
        var type: RecordType
        var id: RecordID
        var version: RecordVersion
        var shown: [UInt32: Set<WriteID>]
    }

    /// A copy of the whole disk, with what it promises.
    struct Backup {
        var disk: Disk
        var promised: Set<GroupHash>
        var types: [RecordType]
        var life: String?
        /// As the node's peers are told of it.
        var kept: KeptBackup
    }

    let number: Int
    let role: Role
    let space: SpaceID
    /// Stands in every value written for the office, so that values that went astray are found.
    let code: String
    let clock: SimulatedClock
    let key: NodeKey

    private(set) var disk: Disk
    private(set) var running: LocalNode?
    private(set) var types: [RecordType]
    var link = Link.open
    /// They outlive the program: a browser keeps its pages open.
    var forms: [Form] = []
    /// What each save of a whole form wrote, every text of which is unique: all of it is held or
    /// nothing.
    var wholes: [Set<String>] = []
    var backups: [Backup] = []

    /// What the log holds, computed outside the engine.
    private(set) var model = ReplicaModel()
    /// The log's numbering, as far as it was read.
    private(set) var hashes: [Int64: GroupHash] = [:]
    private(set) var lastNumber: Int64 = 0
    /// Groups this machine told somebody it holds: they must be there after whatever happens to it.
    private(set) var promised: Set<GroupHash>
    /// What was read from the log and not yet promised.
    private var unpromised: [GroupHash] = []
    /// Changes when the machine's memory becomes an older or another one's.
    private(set) var memory: Int
    /// A call to the disk went wrong, so that the running node may be in doubt.
    var isInDoubt: Bool { disk.faults > faultsAtStart || disk.isStopped }
    private var faultsAtStart = 0
    /// A sync may have failed and lost what it was to write, since the last start.
    var mayHaveLostSync = false
    /// Less room than the node needs.
    var isFull = false {
        didSet { if !isFull { disk.setCapacity(nil) } }
    }

    init(
        number: Int, role: Role, space: SpaceID, code: String, key: NodeKey, disk: Disk,
        clock: SimulatedClock, promised: Set<GroupHash>, types: [RecordType]
    ) {
        self.number = number
        self.role = role
        self.space = space
        self.code = code
        self.key = key
        self.disk = disk
        self.clock = clock
        self.promised = promised
        self.types = types
        memory = number
    }

    var name: String { role == .headquarters ? "HQ" : "\(code)/\(number)" }

    /// The spaces this node shares with headquarters.
    var sharedSpaces: [SpaceID] { [.company, space] }

    // MARK: Running

    func start(random: Chance) async throws {
        let source = RandomSource(random)
        let clock = clock
        faultsAtStart = disk.faults
        running = try await LocalNode(
            SimulatedHome(disk),
            surroundings: Surroundings(now: { clock.look() }, random: source.bytes),
            types: types, log: .silent)
        mayHaveLostSync = false
        model = ReplicaModel()
        hashes = [:]
        unpromised = []
        lastNumber = 0
    }

    /// The machine or the process stops at once.
    func stop(_ survival: Disk.Survival) {
        disk.restart(survival)
        // The files it had open are dead, so closing it can do nothing any more.
        try? running?.close()
        running = nil
    }

    /// Ends the process in order.
    func close() throws {
        try running?.close()
        running = nil
    }

    /// Another disk stands in the machine from now on.
    func replace(disk: Disk, promised: Set<GroupHash>, memory: Int) {
        self.disk = disk
        self.promised = promised
        self.memory = memory
        wholes = []
    }

    func upgrade(to types: [RecordType]) {
        self.types = types
    }

    func promise(_ group: GroupHash) {
        promised.insert(group)
    }

    /// Everything read from the log so far is promised.
    func promiseHeld() {
        promised.formUnion(unpromised)
        unpromised = []
    }

    /// Enters a group that was found in the log behind what is known.
    func enter(_ group: Group, number: Int64, role: Role?) throws {
        hashes[number] = group.hash
        unpromised.append(group.hash)
        lastNumber = number
        try model.hold(group, role: role)
    }

}

extension Logger {
    static var silent: Logger { Logger(label: "simulation") { _ in SwiftLogNoOpLogHandler() } }
}
