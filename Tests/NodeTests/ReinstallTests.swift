import Records
import Store
import SyncCore
import Testing
import Wire

@testable import Node

/// S8: five hundred restores and reinstalls in a year. In process: as processes it would take hours.
@Suite struct ReinstallTests {
    /// Bytes of a tip on the line, with its tags.
    private static let tipBytes = 16 + 2 + 9 + 32 + 2 + 3

    @Test func `S8 five hundred lives of a node cost one tip each, and no more`() async throws {
        let company = try await TestCompany()
        let office = try await company.office("MH01")
        let id = try await office.node.household("1", "1", "101")
        try await company.settle([office])
        for life in 0..<500 {
            // What every restore comes down to.
            try await office.node.store.beginAfterRestore(
                life: office.node.surroundings.lifeName())
            try await office.node.set(.household, id, "area", .integer(Int64(life)))
            if life.isMultiple(of: 50) { try await company.settle([office]) }
        }
        try await company.settle([office])
        let space = office.node.identity.space
        for node in [office.node, company.headquarters.node] {
            let state = try #require(try await node.store.states(of: [space])[space])
            #expect(state.clock.tips.count == 501)
            #expect(try await node.shown(.household, id).value("area") == .integer(499))
            try await node.isSound()
        }
        let idle = try await company.exchange(office)
        #expect(idle.sentBytes < 1_024 && idle.receivedBytes < 1_024, "\(idle)")
        try await office.node.set(.household, id, "area", .integer(1))
        let busy = try await company.exchange(office)
        // Both sides state their tips, and nothing else grew.
        let limit = 501 * Self.tipBytes + 4_096
        #expect(busy.isComplete && busy.rounds <= 2, "\(busy)")
        #expect(busy.sentBytes < busy.rounds * limit, "\(busy)")
        #expect(busy.receivedBytes < busy.rounds * limit, "\(busy)")
    }

    @Test func `S8 a hundred machines set up anew for one office end as one office`() async throws {
        let company = try await TestCompany()
        let first = try await company.office("MH01")
        try await company.settle([first])
        var last = first
        for machine in 0..<100 {
            last = try await company.office("MH01")
            let report = try await company.exchange(last)
            #expect(report.isComplete, "\(machine): \(report)")
            _ = try await last.node.household("1", "1", "\(machine)")
            try await company.exchange(last)
        }
        try await company.settle([last, first])
        let space = first.node.identity.space
        let state = try #require(try await last.node.store.states(of: [space])[space])
        #expect(state.clock.tips.count == 101)
        #expect(try await last.node.store.count(RecordQuery(.household)) == 100)
        #expect(try await last.node.store.count(RecordQuery(.office)) == 1)
        try await last.node.isSound()
    }
}
