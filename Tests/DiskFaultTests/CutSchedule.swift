import Node
import Records
import SimulatedDisk
import Store
import SyncCore
import Wire

/// Saves, corrections, exchanges and checkpoints, interrupted by one power cut after the other. What
/// was acknowledged is written down here, outside the program.
struct CutSchedule {
    /// How many different damages are tried at each moment the power goes.
    private static let damages = 4

    private let company: Company
    private var chance: Chance
    /// The disk of the machine that will lose power says that it syncs and does not.
    private let lies: Bool
    /// Rooms by record, as people were told they are saved.
    private var saved: [RecordID: Value]
    /// What a record may say as well: a correction that the cut met may have come through.
    private var possible: [RecordID: Value] = [:]
    private var lastRoom = 200
    /// Moments and damages tried.
    private(set) var cuts = 0
    /// What was acknowledged and is gone, or does not agree with itself.
    private(set) var losses: [String] = []

    init(seed: UInt64, lies: Bool = false) async throws {
        chance = Chance(seed: seed)
        self.lies = lies
        company = try await Company.inStep().clone(seed: seed)
        for machine in [company.office, company.headquarters] {
            machine.disk.setPowerSafeOverwrite(seed % 2 == 0)
        }
        try await company.start()
        saved = try await company.office.node.rooms()
    }

    /// Works until the power of one of the two goes, and looks at what is left.
    mutating func runUntilCut() async throws {
        let cutsOffice = chance.below(4) != 0
        let machine = cutsOffice ? company.office : company.headquarters
        if lies {
            machine.disk.arm(.lyingSync, of: [.sync], repeats: true)
            for _ in 0..<4 { await act() }
        } else {
            machine.disk.arm(.stop, at: 1 + chance.below(120))
            while !machine.disk.isStopped { await act() }
        }
        for _ in 1..<Self.damages {
            let copy = Machine(machine.disk.clone(), seed: chance.next())
            copy.stop(survival())
            try await check(copy, isOffice: cutsOffice)
            copy.stop(.allWritten)
        }
        machine.stop(survival())
        try await check(machine, isOffice: cutsOffice)
        if machine.running == nil { try await machine.start() }
        saved = try await company.office.node.rooms()
        possible = [:]
    }

    private mutating func survival() -> Disk.Survival {
        chance.below(8) == 0 ? .onlySynced : .someUnsynced(seed: chance.next())
    }

    // MARK: Work

    /// One piece of work. That a cut ends it is no news; what it acknowledged counts.
    private mutating func act() async {
        let office = company.office.node
        do {
            switch chance.below(10) {
            case 0...4:
                lastRoom += 1
                let room = "\(lastRoom)"
                saved[try await office.saveHousehold(room)] = .text(room)
            case 5, 6:
                guard let id = saved.keys.sorted().dropFirst(chance.below(saved.count)).first,
                    let field = RecordType.household.field(named: "room")
                else { return }
                lastRoom += 1
                let room = Value.text("\(lastRoom)")
                possible[id] = room
                try await office.save(
                    [
                        RecordEdit(
                            .household, .change(id), contents: [field.number: .value(room)])
                    ], actor: nil)
                saved[id] = room
            case 7, 8: try await company.exchange()
            default: try office.store.checkpoint()
            }
        } catch {
            // Cut short.
        }
    }

    // MARK: Checks

    /// Starts a machine after a power cut and compares it with what it said before.
    private mutating func check(_ machine: Machine, isOffice: Bool) async throws {
        cuts += 1
        let moment = "cut \(cuts)"
        do {
            let node = try await machine.start()
            if isOffice {
                let rooms = try await node.rooms()
                for (id, room) in saved where rooms[id] != room && rooms[id] != possible[id] {
                    losses.append("\(moment): the room of \(id)")
                }
            }
            // What the peer was told this machine holds.
            let peer = isOffice ? company.headquarters.node : company.office.node
            for (space, receipt) in try await peer.store.receipts(of: node.key.publicKey)
            where try await !node.store.holdsAll(receipt.state.clock, in: space) {
                losses.append("\(moment): a receipt for \(space)")
            }
            if cuts.isMultiple(of: 10) {
                losses += try await node.store.verify().faults.map { "\(moment): \($0)" }
            }
        } catch {
            losses.append("\(moment): \(error)")
        }
    }
}
