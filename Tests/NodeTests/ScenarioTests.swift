import Foundation
import Records
import Store
import SyncCore
import Synchronization
import Testing
import Wire

@testable import Node

/// Scenarios of reliability.md §5 that are about lines, order and people. Tests/README.md says where
/// the others stand.
@Suite struct ScenarioTests {
    private func company(_ codes: [String] = ["MH01"]) async throws -> (TestCompany, [TestNode]) {
        let company = try await TestCompany()
        var offices: [TestNode] = []
        for code in codes {
            let office = try await TestNode(.office, code: code, clock: company.headquarters.clock)
            try await company.join(office)
            try await company.exchange(office)
            offices.append(office)
        }
        try await company.settle(offices)
        return (company, offices)
    }

    private func groups(_ node: TestNode) async throws -> Int {
        try await node.node.store.spaces().reduce(0) { $0 + $1.groups }
    }

    @Test func `S12 an answer lost after headquarters' commit has one effect`() async throws {
        let (company, offices) = try await company()
        let office = offices[0]
        _ = try await office.node.household("1", "1", "101")
        var line = ScriptedChannel(company.channel)
        line.response = { _, _ throws(PeerFailure) in throw .cut }
        let report = try await company.exchange(office, through: line)
        #expect(report.failure == .cut)
        let held = try await groups(company.headquarters)
        let again = try await company.exchange(office)
        #expect(again.isComplete)
        #expect(try await groups(company.headquarters) == held)
        #expect(try await groups(company.headquarters) >= groups(office))
        try await company.headquarters.node.isSound()
    }

    @Test func `S13 a node that stops between two pages goes on where it stopped`() async throws {
        let (company, offices) = try await company()
        let office = offices[0]
        for room in 100..<130 { _ = try await office.node.household("1", "1", "\(room)") }
        company.pageTargetBytes = 2_000
        var line = ScriptedChannel(company.channel)
        line.request = { number, _ throws(PeerFailure) in if number == 4 { throw .cut } }
        let report = try await company.exchange(office, through: line)
        #expect(report.failure == .cut)
        let held = try await groups(company.headquarters)
        try office.close()
        try await office.open()
        let sent = Mutex(0)
        var rest = ScriptedChannel(company.channel)
        rest.request = { _, body throws(PeerFailure) in
            let parts = (try? ExchangeRequest(decoding: body))?.parts ?? []
            sent.withLock { $0 += parts.reduce(0) { $0 + $1.groups.count } }
        }
        let again = try await company.exchange(office, through: rest)
        #expect(again.isComplete)
        let arrived = try await groups(company.headquarters) - held
        #expect(sent.withLock { $0 } == arrived, "what was delivered was sent again")
    }

    @Test func `S21 a response cut at any byte is refused whole, and the next try repairs it`()
        async throws
    {
        let (company, offices) = try await company()
        let office = offices[0]
        let id = try await office.node.household("1", "1", "101")
        try await company.settle(offices)
        for tenth in 0..<10 {
            try await company.headquarters.node.set(
                .household, id, "property_type", .text("住宅\(tenth)"))
            var line = ScriptedChannel(company.channel)
            line.response = { _, answer throws(PeerFailure) in
                Array(answer.prefix(answer.count * tenth / 10))
            }
            let before = try await office.node.store.states(of: [office.node.identity.space])
            let report = try await company.exchange(office, through: line)
            #expect(report.failure != nil)
            #expect(
                try await office.node.store.states(of: [office.node.identity.space]) == before)
            #expect(try await company.exchange(office).isComplete)
            #expect(
                try await office.node.shown(.household, id).value("property_type")
                    == .text("住宅\(tenth)"))
        }
    }

    @Test func `S22 a request that a proxy repeats, at once or a month later, changes nothing`()
        async throws
    {
        let (company, offices) = try await company()
        let office = offices[0]
        _ = try await office.node.household("1", "1", "101")
        let seen = Mutex<[[UInt8]]>([])
        var line = ScriptedChannel(company.channel)
        line.request = { _, body throws(PeerFailure) in seen.withLock { $0.append(body) } }
        line.repeats = { _ in 3 }
        #expect(try await company.exchange(office, through: line).failure == nil)
        for room in 200..<203 { _ = try await office.node.household("1", "1", "\(room)") }
        try await company.settle(offices)
        let held = try await groups(company.headquarters)
        let spaces: [SpaceID] = [.company, office.node.identity.space]
        let state = try await company.headquarters.node.store.states(of: spaces)
        office.clock.advance(by: .seconds(30 * 24 * 60 * 60))
        let known = try #require(try await office.node.store.headquarters())
        for body in seen.withLock({ $0 }) {
            for _ in 0..<50 {
                _ = try await company.channel.send(
                    body, to: .exchange, credential: known.credential)
            }
        }
        #expect(try await groups(company.headquarters) == held)
        #expect(try await company.headquarters.node.store.states(of: spaces) == state)
        try await company.settle(offices)
    }

    @Test func `S23 a line that carries requests and no answers for a day costs nothing and heals`()
        async throws
    {
        let (company, offices) = try await company()
        let office = offices[0]
        let id = try await office.node.household("1", "1", "101")
        var line = ScriptedChannel(company.channel)
        line.response = { _, _ throws(PeerFailure) in throw .cut }
        _ = try await company.exchange(office, through: line)
        let held = try await groups(company.headquarters)
        for _ in 0..<100 { _ = try await company.exchange(office, through: line) }
        #expect(try await groups(company.headquarters) == held)
        try await office.node.set(.household, id, "property_type", .text("商铺"))
        var sessions = 0
        repeat {
            sessions += 1
        } while try await !company.exchange(office).isComplete && sessions < 3
        try await company.settle(offices)
        #expect(sessions <= 3)
    }

    @Test func `S24 a portal that answers 200 with a page is no headquarters`() async throws {
        let (company, offices) = try await company()
        let office = offices[0]
        _ = try await office.node.household("1", "1", "101")
        let known = try await office.node.store.headquarters()
        var line = ScriptedChannel(company.channel)
        line.response = { _, _ throws(PeerFailure) in
            Array("<html><body>请先登录 Wi-Fi</body></html>".utf8)
        }
        let report = try await company.exchange(office, through: line)
        #expect(report.failure?.code == "malformed-message")
        #expect(report.received.values.allSatisfy { $0 == 0 })
        #expect(try await office.node.store.headquarters()?.token == known?.token)
        try await company.settle(offices)
    }

    @Test func `S26 lines cut one by one and mended in another order lose nothing`() async throws {
        let (company, offices) = try await company(["MH01", "MH02", "MH03", "MH04"])
        var random = SeededRandom(seed: 26)
        var ids: [(TestNode, RecordID)] = []
        for cut in 0...offices.count {
            for (place, office) in offices.enumerated() {
                ids.append(
                    (office, try await office.node.household("1", "\(cut)", "\(place)")))
                if place >= cut { _ = try await company.exchange(office) }
            }
        }
        for office in offices.shuffled(using: &random) {
            _ = try await company.exchange(office)
            ids.append((office, try await office.node.household("2", "1", "\(ids.count)")))
        }
        try await company.settle(offices)
        for (_, id) in ids { _ = try await company.headquarters.node.shown(.household, id) }
        try await company.headquarters.node.isSound()
    }

    @Test func `S27 what commits while a peer reads is never skipped`() async throws {
        let (company, offices) = try await company()
        let office = offices[0]
        company.pageTargetBytes = 1_000
        let node = office.node
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<4 {
                group.addTask {
                    for room in 0..<15 {
                        _ = try await node.household("\(worker)", "1", "\(room)")
                    }
                }
            }
            for _ in 0..<6 { _ = try await company.exchange(office) }
            try await group.waitForAll()
        }
        company.pageTargetBytes = Limits.pageTargetBytes
        try await company.settle(offices)
        #expect(
            try await company.headquarters.node.store.count(RecordQuery(.household)) == 60)
    }

    @Test func `S31 a third value that arrives after the others were settled is still shown`()
        async throws
    {
        let (company, offices) = try await company()
        let office = offices[0]
        let id = try await office.node.household("1", "1", "101")
        try await company.settle(offices)
        let away = try await office.clone()
        try await office.node.set(.household, id, "status", .text("vacant"))
        try await company.headquarters.node.set(.household, id, "status", .text("sold"))
        try await company.settle([office])
        try await away.node.set(.household, id, "status", .text("unsold"))
        try await office.node.resolve(.household, id, "status", .text("vacant"))
        try await company.settle([office])
        _ = try await company.exchange(away)
        try await company.settle([away, office])
        let conflict = try #require(
            try await office.node.store.conflicts(.household, id).first)
        #expect(
            Set(conflict.candidates.compactMap(\.value)) == [.text("vacant"), .text("unsold")])
    }

    @Test func `S32 a hundred rounds of stale saves leave two values`() async throws {
        let (company, offices) = try await company()
        let office = offices[0]
        let id = try await office.node.household("1", "1", "101")
        try await company.settle(offices)
        let opened = try await office.node.shown(.household, id).version
        for round in 0..<100 {
            // One desk saves what its old form shows, another what it sees now.
            if round.isMultiple(of: 2) {
                try await office.node.set(
                    .household, id, "status", .text(round % 4 == 0 ? "sold" : "vacant"))
            } else if round == 1 {
                try await office.node.set(
                    .household, id, "status", .text("unsold"), shown: .version(opened))
            }
        }
        let live = try await office.node.store.history(.household, id)
            .filter { $0.isLive && $0.field?.name == "status" }
        #expect(live.count <= 2)
        try await office.node.isSound()
    }

    @Test func `S35 an upgrade that adds a type sends no change`() async throws {
        let (company, offices) = try await company()
        let office = offices[0]
        _ = try await office.node.household("1", "1", "101")
        try await company.settle(offices)
        let before = try await groups(office)
        try office.close()
        // The version before there were tickets.
        let older = Catalogue.types.filter { $0.name != "tickets" }
        func openAsBefore() async throws {
            let old = try await LocalNode(
                DataFolder(office.folder), surroundings: office.clock.surroundings, types: older,
                log: .silent)
            #expect(try await old.store.count(RecordQuery(.household)) == 1)
            try old.close()
        }
        try await openAsBefore()
        try await office.open()
        #expect(try await groups(office) == before)
        let report = try await company.exchange(office)
        #expect(report.rounds == 1 && report.sent.values.allSatisfy { $0 == 0 })
    }
}
