import Foundation
import GRDB
import Node
import Records
import SimulatedDisk
import Store
import SyncCore
import Wire

/// One schedule: a company of real nodes on simulated disks, lines and clocks, with the ledger of
/// what happened beside it.
///
/// One thing happens at a time, in the one task that runs the schedule. While a message is under way
/// other things may happen; they are drawn from the same chance, so a seed says everything.
final class World {
    var chance: Chance
    let nemesis: Nemesis
    var trace: Trace
    var nodes: [SimulatedNode]
    /// Every group anybody ever logged, with the values its author wrote.
    var groups: [GroupHash: Group]
    let authors: [NodeKey: Template.Author]
    /// Records people know of.
    var records: [(type: RecordType, id: RecordID, code: String)] = []
    /// Human numbers ever given out or typed in, with every record that bears one.
    var numbers: [String: [Numbered]] = [:]
    /// The same by office, in the order in which they came.
    var numbersOfOffices: [SpaceID: [String]] = [:]
    /// Where each text stands.
    private var places: [String: GroupHash] = [:]
    /// Requests seen on the line, to be delivered again much later.
    var captured: [Captured] = []
    var count: Int64 = 0
    var memories = 1_000
    /// Nodes whose exchange is under way.
    var exchanging: Set<Int> = []
    /// Damage done to the messages of an office's present exchange.
    var lineFaults: [Int: Int] = [:]
    /// What was found where the engine would not have passed it on.
    var found: Violation?
    var tally = Tally()
    /// No new faults: the company is being healed.
    var isHealing = false

    struct Captured {
        var body: [UInt8]
        var credential: [UInt8]?
        var office: Int
    }

    /// What a schedule did, for the summary.
    struct Tally {
        var operations = 0
        var messages = 0
        var saves = 0
        var powerCuts = 0
        var restores = 0
        var clones = 0
        var brokenCalls = 0
        /// Bodies of groups reduced to their commitments.
        var forgotten = 0
        var ownMarkers = 0
    }

    init(_ template: Template, seed: UInt64, keepsTrace: Bool) {
        var chance = Chance(seed: seed)
        nemesis = Nemesis(&chance)
        trace = Trace(isKept: keepsTrace)
        groups = template.groups
        authors = template.authors
        let offices = 1 + chance.below(template.offices.count)
        var members = [template.headquarters]
        var left = template.offices
        for _ in 0..<offices { members.append(left.remove(at: chance.below(left.count))) }
        nodes = []
        for (number, member) in members.enumerated() {
            let isOld = nemesis.hasOldVersions && chance.happens(500)
            let disk = member.disk.clone()
            // As production supposes of Linux, and now and then harsher.
            disk.setPowerSafeOverwrite(!nemesis.hasHarshSectors)
            nodes.append(
                SimulatedNode(
                    number: number, role: member.role, space: member.space, code: member.code,
                    key: member.key, disk: disk,
                    clock: SimulatedClock(milliseconds: 1_763_000_000_000),
                    promised: member.promised,
                    types: isOld ? Self.olderTypes(&chance) : Catalogue.types))
        }
        self.chance = chance
    }

    /// A catalogue from before a type or a field was added.
    private static func olderTypes(_ chance: inout Chance) -> [RecordType] {
        if chance.happens(500) { return Catalogue.types.filter { $0.name != "tickets" } }
        return Catalogue.types.map { type in
            guard type.name == "persons" else { return type }
            return RecordType(
                type.number, type.name, type.title, home: type.home, creator: type.creator,
                series: type.series, naturalKey: type.naturalKey, label: type.label,
                columns: type.columns.filter { $0 != "tags" }, rules: type.rules,
                fields: type.fields.filter { $0.name != "tags" })
        }
    }

    var headquarters: SimulatedNode { nodes[0] }
    var offices: [SimulatedNode] { Array(nodes.dropFirst()) }

    // MARK: The course of a schedule

    /// - Throws: `Violation`, or whatever the engine threw where it should not have.
    func run(operations: Int) async throws {
        for node in nodes {
            try await start(node)
            if node.types.count < Catalogue.types.count { note("\(node.name) is an old version") }
        }
        while tally.operations < operations {
            try await step()
            if let found { throw found }
        }
        try await heal()
        if let found { throw found }
    }

    func note(_ line: @autoclosure () -> String) {
        trace.note("\(tally.operations) \(line())")
    }

    // MARK: Looking into a node

    /// Reads what came into a node's log since the last look, and takes its word for it from now
    /// on.
    func observe(_ node: SimulatedNode) async throws {
        guard let running = node.running else { return }
        let after = node.lastNumber
        let name = node.name
        let found: [(number: Int64, hash: GroupHash, bytes: [UInt8], key: NodeKey)]
        do {
            found = try running.store.inspect { db in
                try Row.fetchAll(
                    db.cachedStatement(
                        sql: """
                            SELECT l.number, l.hash, s.key, l.bytes, l.plain_length FROM log l
                            JOIN branches b ON b.number = l.branch
                            JOIN streams s ON s.number = b.stream
                            WHERE l.number > ? ORDER BY l.number
                            """), arguments: [after]
                ).map { row in
                    guard let hash = GroupHash(row[1] as Data),
                        let key = NodeKey(row[2] as Data)
                    else { throw Violation("I13", "\(name) holds a damaged row") }
                    return (row[0], hash, try PackedGroup(row, at: 3).plain(), key)
                }
            }
        } catch  where node.isInDoubt {
            // What cannot be read now is looked at after the restart.
            return
        }
        for (number, hash, bytes, key) in found {
            if groups[hash] == nil {
                do {
                    let group = try GroupCodec().decode(bytes)
                    groups[hash] = group
                    for case .text(let text)? in group.changes.lazy.flatMap(\.values) {
                        places[text] = hash
                    }
                } catch {
                    throw Violation("I13", "\(node.name) logged bytes that are no group")
                }
            }
            guard let group = groups[hash], group.hash == hash else {
                throw Violation("I14", "\(node.name) holds a group under another hash")
            }
            try demand(
                node.sharedSpaces.contains(group.place.space)
                    || node.role == .headquarters && group.place.space.kind == .office
                    || group.place.space == node.space.privateCompanion, "I8",
                "\(node.name) holds a group of \(group.place.space)")
            guard let author = authors[key], author.mayWrite(in: group.place.space) else {
                throw Violation(
                    "I8",
                    "\(node.name) holds a group of \(group.place.space) by somebody who may not write there"
                )
            }
            try node.enter(group, number: number, role: author.role)
        }
        if !node.isInDoubt { node.promiseHeld() }
    }

    /// Starts a node and holds it to what it promised.
    func start(_ node: SimulatedNode) async throws {
        // Not promised (PROMISES.md): a node believes the log it finds, and what a failed sync lost of
        // it no later sync brings to the disk. What is saved behind that part on a disk too full for
        // a checkpoint is lost at a power cut; a checkpoint that is cut off leaves half a
        // transaction. So this start has room and luck.
        var mayLoseSync = false
        if node.isInDoubt, node.mayHaveLostSync {
            node.isFull = false
        } else if !isHealing, nemesis.brokenDisk > 0, chance.happens(100) {
            node.mayHaveLostSync = false
            breakDisk(node)
            mayLoseSync = node.mayHaveLostSync
        }
        while node.running == nil {
            do {
                try await node.start(random: chance.branch())
            } catch {
                guard node.isInDoubt || node.isFull else {
                    throw Violation(
                        "I16", "\(node.name) does not start: \(error)",
                        isOfDamage: (error as? StoreError)?.code == .damaged)
                }
                note("\(node.name) does not start on its broken or full disk")
                node.isFull = false
                node.stop(chance.happens(500) ? .someUnsynced(seed: chance.next()) : .allWritten)
            }
        }
        // The fault may strike yet.
        if mayLoseSync { node.mayHaveLostSync = true }
        try await observeFromTheStart(node)
    }

    private func observeFromTheStart(_ node: SimulatedNode) async throws {
        let promised = node.promised
        try await observe(node)
        let missing = promised.subtracting(node.model.held)
        try demand(
            missing.isEmpty || node.isInDoubt, "I1",
            "\(node.name) lost \(missing.count) of \(promised.count) groups it had acknowledged, such as \(missing.min()?.description ?? "")"
        )
        try checkWholes(node)
        for space in node.sharedSpaces + (node.role == .headquarters ? allOffices : []) {
            try await checkClock(node, space)
        }
    }

    /// Of what one save wrote a node holds all or nothing, in however many spaces.
    private func checkWholes(_ node: SimulatedNode) throws {
        guard !node.isInDoubt else { return }
        for texts in node.wholes {
            let held = texts.filter { places[$0].map(node.model.held.contains) ?? false }
            try demand(
                held.isEmpty || held.count == texts.count, "I3",
                "\(node.name) holds \(held.count) of \(texts.count) fields of one save")
        }
    }

    var allOffices: [SpaceID] { Array(Set(offices.map(\.space))).sorted() }

    /// Clock and digest as the definitions have them.
    func checkClock(_ node: SimulatedNode, _ space: SpaceID) async throws {
        guard let running = node.running, !node.isInDoubt else { return }
        guard let state = try await running.store.states(of: [space])[space] else { return }
        try demand(
            state.clock == node.model.clock(space), "I2",
            "the clock of \(space) at \(node.name) is not that of its log")
        try demand(
            state.digest == node.model.digest(space), "I2",
            "the digest of \(space) at \(node.name) is not that of its log")
    }
}
