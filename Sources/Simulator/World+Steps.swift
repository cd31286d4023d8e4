import Node
import Records
import SimulatedDisk
import Store
import SyncCore

extension World {
    /// One operation, drawn from the schedule's mix.
    func step() async throws {
        tally.operations += 1
        let node = pickNode()
        var draw = chance.below(1_000)
        func strikes(_ permille: Int) -> Bool {
            draw -= permille
            return draw < 0
        }
        if strikes(nemesis.partition) { return changeLink() }
        if strikes(nemesis.clockFault) { return disturbClock(node) }
        if strikes(nemesis.powerCut) { return try await cutPower(node) }
        if strikes(nemesis.kill) { return try await kill(node) }
        if strikes(nemesis.brokenDisk) { return breakDisk(node) }
        if strikes(nemesis.fullDisk) { return fillDisk(node) }
        if strikes(nemesis.backup) { return try await backUp(node) }
        if strikes(nemesis.restore) { return try await restore(node) }
        if strikes(nemesis.clone) { return try await clone(node) }
        if strikes(nemesis.upgrade) { return try await upgrade(node) }
        if strikes(nemesis.forgetting) { return try await forget(node) }
        if strikes(nemesis.checkpoint) { return try await checkpoint(node) }
        if strikes(nemesis.hostileMessage) { return try await forge() }
        if strikes(nemesis.audit) { return try await audit(node) }
        if strikes(nemesis.replayedLater) { return try await replay() }
        try await ordinaryStep(node)
    }

    /// What offices do all day.
    func ordinaryStep(_ node: SimulatedNode) async throws {
        switch chance.below(100) {
        case ..<26: try await open(node)
        case ..<33: try await read(node)
        case ..<43: try await create(node)
        case ..<62: try await change(node)
        case ..<68: try await fillIn(node)
        case ..<73: try await resolve(node)
        case ..<79: try await hide(node)
        default: try await exchange(chance.pick(offices))
        }
    }

    /// Headquarters works less than an office does.
    func pickNode() -> SimulatedNode {
        chance.happens(150) ? headquarters : chance.pick(offices)
    }

    /// Something else happens while a message is under way.
    func meanwhile() async throws {
        guard !isHealing, chance.happens(nemesis.otherWorkMeanwhile) else { return }
        for _ in 0...chance.below(2) {
            tally.operations += 1
            let node = pickNode()
            switch chance.below(100) {
            case ..<3: try await cutPower(node)
            case ..<6: try await kill(node)
            case ..<30: try await open(node)
            case ..<50: try await create(node)
            case ..<78: try await change(node)
            case ..<85: try await fillIn(node)
            default:
                let other = chance.pick(offices)
                if !exchanging.contains(other.number) { try await exchange(other) }
            }
        }
    }

    /// Runs `work` if the node is up, starting it first. What a broken or full disk refuses is
    /// passed over; the node is then started again.
    func withNode(
        _ node: SimulatedNode, _ work: (LocalRunning) async throws -> Void
    ) async throws {
        if node.running == nil { try await start(node) }
        guard let running = node.running else { return }
        do {
            try await work(LocalRunning(node: node, local: running))
        } catch let violation as Violation {
            throw violation
        } catch {
            try await weather(error, on: node, running)
        }
    }

    /// An error is right where a fault struck, and nowhere else.
    func weather(
        _ error: any Error, on node: SimulatedNode, _ running: LocalRunning.Local
    ) async throws {
        guard node.running === running else {
            // It was stopped under the operation.
            return
        }
        if node.isInDoubt {
            note("\(node.name) \(brief(error)) on a broken disk")
            tally.brokenCalls += 1
            try await checkRefusal(of: running, at: node, after: error)
            node.stop(chance.happens(500) ? .someUnsynced(seed: chance.next()) : .allWritten)
            try await start(node)
        } else if node.isFull {
            note("\(node.name) \(brief(error)) on a full disk")
            // An exchange may have stored a page before it found no room.
            try await observe(node)
            if chance.happens(300) { node.isFull = false }
        } else {
            throw Violation("I16", "\(node.name) failed without a fault: \(error)")
        }
    }

    /// After an error of the disk nothing is acknowledged any more (I13, S16).
    private func checkRefusal(
        of running: LocalRunning.Local, at node: SimulatedNode, after error: any Error
    ) async throws {
        guard let cause = (error as? StoreError)?.cause,
            let found = cause.firstMatch(of: /^SQLite error (\d+)/),
            let code = Int(found.1), Self.isDiskError(code)
        else { return }
        let edit = RecordEdit(.person, .create(running.newID(for: .person)))
        do {
            _ = try await running.save([edit], actor: nil)
        } catch {
            return
        }
        throw Violation("I13", "\(node.name) saved something after its disk had failed")
    }

    /// SQLITE_IOERR but for SQLITE_IOERR_SHMSIZE, which is about room, _NOMEM and _BLOCKED
    /// (sqlite.org/rescode.html).
    private static func isDiskError(_ code: Int) -> Bool {
        code & 0xFF == 10 && ![10 | 19 << 8, 10 | 12 << 8, 10 | 11 << 8].contains(code)
    }

    func brief(_ error: any Error) -> String {
        (error as? StoreError)?.code.rawValue ?? "\(type(of: error))"
    }
}
