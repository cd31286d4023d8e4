import Node
import Records
import SimulatedDisk
import Store
import SyncCore
import Testing
import Wire

/// Row R21 of reliability.md: Debian 12's SQLite can corrupt a write-ahead log when two connections
/// write or checkpoint at once, so there is never a second one (S20).
@Suite struct OneConnectionTests {
    @Test(arguments: Flow.all)
    func `S20 the database is open once and never twice, whatever the node does`(
        flow: Flow
    ) async throws {
        let company = try await Company.inStep()
        try await company.start()
        try await flow.prepare(company)
        for machine in [company.office, company.headquarters] {
            if machine.running == nil { try await machine.start() }
        }
        try await flow.run(company)
        for machine in [company.office, company.headquarters] {
            #expect(machine.disk.openCount(of: Machine.database) == 1)
            #expect(machine.disk.mostOpen(of: Machine.database) == 1)
        }
    }

    @Test func `S18 a lock of an outside program is waited for, named, and overwrites nothing`()
        async throws
    {
        let company = try await Company.inStep()
        try await company.start()
        let node = company.office.node
        let before = try await node.rooms()
        let outside = try OutsideProgram(company.office.disk)
        // The wait is bounded: this returns.
        let error = await #expect(throws: StoreError.self) { try await node.saveHousehold("640") }
        #expect(error?.code == .storageBusy)
        #expect(
            error?.message
                == "Another program holds the database, so nothing was saved. Close that program and save again."
        )
        #expect(try await node.rooms() == before)
        #expect(!node.store.hasFailed)
        try outside.letGo()
        try await node.saveHousehold("640")
        #expect(try await node.rooms().count == before.count + 1)
        try await company.exchange()
    }

    @Test func `S18 an office hears that headquarters is busy while an outside program locks it`()
        async throws
    {
        let company = try await Company.inStep()
        try await company.start()
        let outside = try OutsideProgram(company.headquarters.disk)
        try await company.office.node.saveHousehold("650")
        let failure = await #expect(throws: PeerFailure.self) { try await company.exchange() }
        #expect(failure?.code == "busy")
        #expect(failure?.state == .waiting)
        #expect(!company.headquarters.node.store.hasFailed)
        try outside.letGo()
        try await company.exchange()
        #expect(try await company.headquarters.node.rooms().count == 7)
    }
}
