import Node
import Store
import SyncCore
import Wire

extension World {
    /// One exchange of an office with headquarters, over a line as bad as the schedule says.
    func exchange(_ office: SimulatedNode) async throws {
        guard !exchanging.contains(office.number) else { return }
        if headquarters.running == nil { try await start(headquarters) }
        try await withNode(office) { running in
            guard let known = try await running.store.headquarters() else {
                throw Violation("I1", "\(office.name) forgot its headquarters")
            }
            exchanging.insert(office.number)
            defer { exchanging.remove(office.number) }
            lineFaults[office.number] = 0
            let caller = ExchangeCaller(
                node: running.local,
                channel: SimulatedLine(world: self, office: office.number), headquarters: known,
                pageTargetBytes: chance.pick([200, 3_000, Limits.pageTargetBytes]))
            let report = try await caller.run()
            note("\(office.name) exchanges in \(report.rounds) \(brief(report.failure))")
            guard office.running === running.local else { return }
            try await observe(office)
            if case .refused(let problem)? = report.failure, lineFaults[office.number] == 0 {
                throw Violation(
                    "I16",
                    "\(office.name) was refused without a fault: \(problem.code) \(problem.detail)")
            }
            // A bit turned over on the line can stand in a digest.
            for (space, outcome) in report.outcomes
            where outcome.state == .unequal && lineFaults[office.number] == 0 {
                throw Violation(
                    "I2", "\(office.name) and HQ have equal clocks and unequal digests of \(space)")
            }
        }
    }

    private func brief(_ failure: PeerFailure?) -> String {
        switch failure {
        case nil: "done"
        case .notReached(let code, _): code
        case .refused(let problem): problem.code
        }
    }

    // MARK: The line

    /// Carries a request to headquarters and its answer back, or does not.
    func carry(
        _ body: [UInt8], to address: ExchangeAddress, _ credential: [UInt8]?, from number: Int
    ) async throws(PeerFailure) -> [UInt8] {
        tally.messages += 1
        let office = nodes[number]
        do {
            return try await deliver(body, to: address, credential, from: office)
        } catch let failure as PeerFailure {
            throw failure
        } catch let violation as Violation {
            // The engine must not swallow it: the schedule ends with it.
            found = found ?? violation
            throw .lineCut
        } catch {
            found = found ?? Violation("I16", "the line failed: \(error)")
            throw .lineCut
        }
    }

    private func deliver(
        _ body: [UInt8], to address: ExchangeAddress, _ credential: [UInt8]?,
        from office: SimulatedNode
    ) async throws -> [UInt8] {
        try scan(body, office)
        if office.link == .cut { throw PeerFailure.lineCut }
        if nemesis.hasHostileNode || chance.happens(nemesis.replayedLater), !isHealing {
            captured.append(
                Captured(body: body, credential: credential, office: office.number))
            if captured.count > 20 { captured.removeFirst() }
        }
        if !isHealing, chance.happens(nemesis.lostRequest) { throw PeerFailure.lineCut }
        try await meanwhile()
        var arriving = body
        if !isHealing, chance.happens(nemesis.cutAnywhere) {
            arriving = damaged(body)
            lineFaults[office.number, default: 0] += 1
        }
        var answer = try await ask(arriving, at: address, credential, office)
        if !isHealing, chance.happens(nemesis.doubled) {
            answer = try await ask(arriving, at: address, credential, office)
        }
        try await meanwhile()
        if !isHealing, chance.happens(nemesis.lostAnswer) { throw PeerFailure.lineCut }
        if office.link == .oneWay { throw PeerFailure.lineCut }
        try scan(answer, office)
        if !isHealing, chance.happens(nemesis.cutAnywhere) {
            lineFaults[office.number, default: 0] += 1
            return damaged(answer)
        }
        return answer
    }

    /// Headquarters answers. What its answer says it holds, it must hold from now on (I1b).
    func ask(
        _ body: [UInt8], at address: ExchangeAddress, _ credential: [UInt8]?,
        _ office: SimulatedNode
    ) async throws -> [UInt8] {
        guard let running = headquarters.running else { throw PeerFailure.lineCut }
        let responder = ExchangeResponder(
            node: running, pageTargetBytes: chance.pick([200, 3_000, Limits.pageTargetBytes]))
        do {
            let answer = try await responder.respond(to: body, at: address, credential: credential)
            guard headquarters.running === running else { throw PeerFailure.lineCut }
            try await observe(headquarters)
            try checkReceipt(answer)
            return answer
        } catch let problem as Problem {
            if headquarters.running !== running { throw PeerFailure.lineCut }
            if ["internal-error", "server-full"].contains(problem.code) {
                lineFaults[office.number, default: 0] += 1
                if headquarters.isInDoubt || headquarters.isFull {
                    try await weather(problem, on: headquarters, running)
                } else {
                    throw Violation("I16", "headquarters failed without a fault")
                }
            }
            throw PeerFailure.refused(problem)
        }
    }

    private func checkReceipt(_ answer: [UInt8]) throws {
        let response = try ExchangeResponse(decoding: answer)
        for part in response.parts {
            for tip in part.clock.tips {
                let isHeld = headquarters.model.held.contains(tip.hash)
                try demand(
                    headquarters.isInDoubt || isHeld, "I1",
                    "HQ gave a receipt for group \(tip.hash), which is not in its log")
                // A receipt is a promise, whatever the disk does at the moment.
                if isHeld { headquarters.promise(tip.hash) }
            }
        }
    }

    /// No byte of another office, and nothing private, on any line (I8).
    func scan(_ bytes: [UInt8], _ office: SimulatedNode) throws {
        let mark = UInt8(ascii: "@")
        let own = Array(office.code.utf8)
        let marks = ["MH01", "MH02", "MH03", "PRIV"].map { Array($0.utf8) }
        var at = 0
        while at + 6 < bytes.count {
            guard bytes[at] == mark, bytes[at + 1] == mark else {
                at += 1
                continue
            }
            let found = Array(bytes[at + 2..<at + 6])
            guard marks.contains(found) else {
                at += 1
                continue
            }
            try demand(
                found == own, "I8",
                "a value marked \(String(decoding: found, as: UTF8.self)) was on the line of \(office.name)"
            )
            tally.ownMarkers += 1
            at += 6
        }
    }

    /// Cut off, a bit turned over, or a piece repeated.
    func damaged(_ bytes: [UInt8]) -> [UInt8] {
        guard !bytes.isEmpty else { return [0xFF] }
        var bytes = bytes
        switch chance.below(3) {
        case 0: bytes.removeLast(1 + chance.below(bytes.count))
        case 1: bytes[chance.below(bytes.count)] ^= 1 << UInt8(chance.below(8))
        default:
            let start = chance.below(bytes.count)
            bytes.insert(
                contentsOf: bytes[start..<min(bytes.count, start + 1 + chance.below(64))],
                at: chance.below(bytes.count))
        }
        return bytes
    }

    /// A request that was seen long ago arrives again (S22).
    func replay() async throws {
        guard !captured.isEmpty, headquarters.running != nil else { return }
        let old = chance.pick(captured)
        do {
            let office = nodes[old.office]
            try scan(try await ask(old.body, at: .exchange, old.credential, office), office)
            note("an old request of \(nodes[old.office].name) arrives again")
        } catch is PeerFailure {
            note("an old request of \(nodes[old.office].name) is refused")
        }
    }
}
