import Node
import Records
import SimulatedDisk
import Store
import SyncCore
import Testing
import Wire

/// Row R7 of reliability.md: a call to the disk fails, at each call in turn until the work succeeds
/// (S13, S14, S16), sampled
/// unless `GATEHOUSE_EVERY_CALL=1`.
@Suite struct ErrorAtEveryCallTests {
    /// What goes wrong, and with which calls.
    struct Trouble: Sendable, CustomTestStringConvertible {
        var fault: Disk.Fault
        var calls = Disk.Call.allCases
        /// The disk works again afterwards; otherwise it stays broken until the node was restarted.
        var passes = true

        var testDescription: String { "\(fault)\(passes ? "" : " for good")" }

        /// Locks and shared memory lie in the machine's own memory; that they fail is tried in `all`.
        static let ofCI = [
            Trouble(
                fault: .error,
                calls: [.open, .delete, .access, .read, .write, .truncate, .sync, .size, .rename])
        ]
        static let all = [
            Trouble(fault: .error), Trouble(fault: .error, passes: false),
            Trouble(fault: .full, calls: [.write, .sharedMap]), Trouble(fault: .denied),
            Trouble(fault: .shortRead, calls: [.read]), Trouble(fault: .lostSync, calls: [.sync]),
        ]
    }

    @Test(arguments: Flow.all, Budget.allFaults ? Trouble.all : Trouble.ofCI)
    func `S13 S16 an error at any call loses nothing acknowledged, and the work can be done again`(
        flow: Flow, trouble: Trouble
    ) async throws {
        try await strike(flow, trouble)
    }

    @Test(arguments: Flow.all)
    func `S14 a power cut at any call loses nothing acknowledged, and the work can be done again`(
        flow: Flow
    ) async throws {
        try await strike(flow, Trouble(fault: .stop))
    }

    private func strike(_ flow: Flow, _ trouble: Trouble) async throws {
        let prepared = try await Company.inStep()
        try await prepared.start()
        try await flow.prepare(prepared)
        let saved = try await prepared.rooms()
        try prepared.close()
        let count = try await calls(flow, trouble, prepared)
        try #require(count > 0, "the work never called the disk")
        var struck = 0
        for nth in Budget.sample(of: count)
        where try await attempt(flow, trouble, at: nth, prepared, saved) { struck += 1 }
        #expect(struck > 0)
    }

    /// How often the work calls the disk when nothing goes wrong.
    private func calls(_ flow: Flow, _ trouble: Trouble, _ prepared: Company) async throws -> Int {
        let company = prepared.clone()
        let machine = flow.machine(company)
        let other = flow.failing == .office ? company.headquarters : company.office
        try await other.start()
        if !flow.startsCold { try await machine.start() }
        let before = trouble.calls.reduce(0) { $0 + machine.disk.count(of: $1) }
        if flow.startsCold { try await machine.start() }
        try await flow.run(company)
        let calls = trouble.calls.reduce(0) { $0 + machine.disk.count(of: $1) } - before
        try company.close()
        return calls
    }

    /// - Returns: whether the fault struck before the work was done.
    private func attempt(
        _ flow: Flow, _ trouble: Trouble, at nth: Int, _ prepared: Company,
        _ saved: [RecordID: Value]
    ) async throws -> Bool {
        let company = prepared.clone(seed: UInt64(nth))
        let machine = flow.machine(company)
        let other = flow.failing == .office ? company.headquarters : company.office
        try await other.start()
        if !flow.startsCold { try await machine.start() }
        var saved = saved
        machine.disk.arm(trouble.fault, at: nth, of: trouble.calls, repeats: !trouble.passes)
        do {
            if flow.startsCold { try await machine.start() }
            try await flow.run(company)
        } catch {
            expectDesigned(error, "\(flow.name), \(trouble.testDescription), call \(nth)")
        }
        let struck = machine.disk.faults > 0
        if trouble.passes { machine.disk.disarm() }
        if flow.failing == .office, let node = machine.running {
            // It goes on or it stops; what it says is saved is.
            do {
                let id = try await node.saveHousehold("999")
                saved[id] = .text("999")
            } catch {
                expectDesigned(error, "a save after \(flow.name), call \(nth)")
            }
        }
        let moment = "\(flow.name), \(trouble.testDescription), call \(nth)"
        await #expect(throws: Never.self, "\(moment)") {
            try await machine.restart(Self.survival(nth))
            try await expectSaved(company, saved, moment)
            try await flow.run(company)
            try await expectSaved(company, saved, moment)
            let faults = try await machine.node.store.verify().faults
            #expect(faults == [], "\(moment)")
        }
        return struck
    }

    private static func survival(_ nth: Int) -> Disk.Survival {
        switch nth % 3 {
        case 0: .allWritten
        case 1: .onlySynced
        default: .someUnsynced(seed: UInt64(nth))
        }
    }

    private func expectSaved(
        _ company: Company, _ saved: [RecordID: Value], _ moment: String
    ) async throws {
        let rooms = try await company.office.node.rooms()
        let lost = saved.filter { rooms[$0.key] != $0.value }
        #expect(lost.isEmpty, "\(moment)")
    }
}

/// An error that tells people what happened: nothing of GRDB's or SQLite's comes up from below.
func expectDesigned(_ error: any Error, _ moment: String) {
    switch error {
    case is StoreError, is PeerFailure, is ImportError: break
    default: Issue.record("\(moment): \(type(of: error)) \(error)")
    }
}
