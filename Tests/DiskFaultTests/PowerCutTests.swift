import Node
import Records
import SimulatedDisk
import Store
import SyncCore
import Testing
import Wire

/// Row R5a of reliability.md: the power goes at any call to the disk, and what was not synced is
/// kept, dropped or torn by sectors (S12, S14).
@Suite struct PowerCutTests {
    private static let parts = 10

    @Test(arguments: 0..<parts)
    func `S14 nothing acknowledged is lost in a power cut, whatever becomes of unsynced sectors`(
        part: Int
    ) async throws {
        var schedule = try await CutSchedule(seed: UInt64(part) + 1)
        while schedule.cuts < Budget.powerCuts / Self.parts {
            try await schedule.runUntilCut()
            try #require(schedule.losses == [])
        }
    }

    @Test func `S14 the checks have teeth: a disk that lies about syncing loses acknowledged rows`()
        async throws
    {
        var schedule = try await CutSchedule(seed: 99, lies: true)
        for _ in 0..<40 where schedule.losses == [] {
            try await schedule.runUntilCut()
        }
        #expect(schedule.losses != [])
    }

    @Test(arguments: 0..<40)
    func `S14 what is shown after a kill is there after the next power cut`(seed: UInt64)
        async throws
    {
        let company = try await Company.inStep().clone(seed: seed)
        try await company.office.start()
        // Killed in the middle of a commit: everything written, not everything synced.
        company.office.disk.arm(.stop, at: 1 + Int(seed) % 20, of: [.write, .sync])
        _ = try? await company.office.node.saveHousehold("601")  // It may be cut.
        company.office.stop(.allWritten)
        let shown = try await company.office.start().rooms()
        try await company.office.restart(.onlySynced)
        let left = try await company.office.node.rooms()
        #expect(shown.allSatisfy { left[$0.key] == $0.value })
    }

    @Test func `S14 nothing of a save is unsynced when it is acknowledged`() async throws {
        let company = try await Company.inStep()
        // Otherwise SQLite fills the sector up behind the commit, and that is never synced.
        company.office.disk.setPowerSafeOverwrite(true)
        company.headquarters.disk.setPowerSafeOverwrite(true)
        try await company.start()
        for room in 0..<5 {
            try await company.office.node.saveHousehold("60\(room)")
            #expect(company.office.disk.unsynced(of: Machine.log) == 0)
        }
        try await company.exchange()
        #expect(company.headquarters.disk.unsynced(of: Machine.log) == 0)
        try company.office.node.store.checkpoint()
        #expect(company.office.disk.unsynced(of: Machine.database) == 0)
    }
}
