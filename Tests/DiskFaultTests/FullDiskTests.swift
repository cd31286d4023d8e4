import Node
import Records
import SimulatedDisk
import Store
import SyncCore
import Testing
import Wire

/// Row R8 of reliability.md: the disk is full after each number of bytes (S15).
@Suite struct FullDiskTests {
    @Test(arguments: Flow.all)
    func `S15 a full disk refuses the work, keeps what is there readable, and needs no restart`(
        flow: Flow
    ) async throws {
        let prepared = try await Company.inStep()
        try await prepared.start()
        try await flow.prepare(prepared)
        let saved = try await prepared.rooms()
        try prepared.close()
        let needed = try await bytesNeeded(flow, prepared)
        var refusals = 0
        for step in 0..<Budget.freeSpaces {
            let free = needed * step / Budget.freeSpaces
            let company = prepared.clone(seed: UInt64(step))
            if try await isRefused(flow, company, free: free, saved) { refusals += 1 }
            try company.close()
        }
        #expect(refusals > 0 || needed == 0, "there was always room for \(flow.name)")
    }

    /// How much the files of the failing machine grow at most.
    private func bytesNeeded(_ flow: Flow, _ prepared: Company) async throws -> Int {
        let company = prepared.clone()
        let machine = flow.machine(company)
        let before = machine.disk.used
        try await company.start()
        try await flow.run(company)
        return max(0, machine.disk.used - before)
    }

    private func isRefused(
        _ flow: Flow, _ company: Company, free: Int, _ saved: [RecordID: Value]
    ) async throws -> Bool {
        let moment = "\(flow.name) with \(free) bytes free"
        let machine = flow.machine(company)
        let other = flow.failing == .office ? company.headquarters : company.office
        try await other.start()
        machine.disk.setCapacity(machine.disk.used + free)
        var isRefused = false
        do {
            try await machine.start()
        } catch {
            expectDesigned(error, moment)
            isRefused = true
        }
        if machine.running != nil {
            do {
                try await flow.run(company)
            } catch {
                expectDesigned(error, moment)
                isRefused = true
            }
            // A restore stops the node, and leaves it stopped when it fails.
            if flow.failing == .office, let node = machine.running {
                let rooms = try await node.rooms()
                #expect(saved.allSatisfy { rooms[$0.key] == $0.value }, "\(moment)")
            }
        }
        machine.disk.setCapacity(nil)
        if machine.running == nil { try await machine.start() }
        await #expect(throws: Never.self, "\(moment), and then room") {
            try await flow.run(company)
            let rooms = try await company.office.node.rooms()
            #expect(saved.allSatisfy { rooms[$0.key] == $0.value }, "\(moment)")
            let faults = try await machine.node.store.verify().faults
            #expect(faults == [], "\(moment)")
        }
        return isRefused
    }
}
