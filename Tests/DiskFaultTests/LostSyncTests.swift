import Node
import Records
import SimulatedDisk
import Store
import SyncCore
import Testing
import Wire

/// Invariant I13: after an fsync that failed nobody knows what is on the disk, so nothing more is
/// acknowledged by this process (S16). On Linux the next fsync succeeds and what the first one
/// should have written is lost at a power cut.
@Suite struct LostSyncTests {
    @Test(arguments: 0..<12)
    func `S16 after a failed fsync nothing more is acknowledged, and a new start has all that was`(
        seed: UInt64
    ) async throws {
        let company = try await Company.inStep().clone(seed: seed)
        try await company.start()
        let node = company.office.node
        var saved = try await node.rooms()
        company.office.disk.arm(.lostSync, at: 1 + Int(seed % 4), of: [.sync])
        var isFailing = false
        for room in 0..<8 {
            do {
                saved[try await node.saveHousehold("50\(room)")] = .text("50\(room)")
                #expect(!isFailing, "a save was acknowledged after a failed fsync")
                if room == 3 { try node.store.checkpoint() }
            } catch {
                expectDesigned(error, "seed \(seed), save \(room)")
                isFailing = true
            }
        }
        #expect(isFailing)
        await #expect(throws: StoreError.self) { try await company.exchange() }
        company.office.stop(.onlySynced)
        let left = try await company.office.start().rooms()
        #expect(saved.allSatisfy { left[$0.key] == $0.value })
        let faults = try await company.office.node.store.verify().faults
        #expect(faults == [])
        try await company.exchange()
    }
}
