import Records
import Store
import SyncCore
import Testing
import Wire

@testable import Node

/// Superseded values may be forgotten, and nothing else (design.md §4).
@Suite struct ForgettingTests {
    /// A third of the seeds: each history costs as much as one without forgetting.
    static let seeds = ForkConvergenceTests.seeds.prefix(
        max(1, ForkConvergenceTests.seeds.count / 3))

    @Test(arguments: seeds)
    func `random histories with forgetting, forks and restores agree, and keep every live value`(
        seed: Int
    ) async throws {
        var history = try await RandomHistory(seed: seed, forgets: true)
        for _ in 0..<30 { try await history.step() }
        try await history.heal()
        try await history.check()
    }

    @Test func `a value that a backed-up value replaced is forgotten, and nothing else changes`()
        async throws
    {
        let (company, office) = try await TestCompany.withOffice()
        let id = try await office.node.household("3", "2", "501")
        try await office.change(id, 4)
        try await company.settle([office])
        #expect(try await office.forgetAll().bodies == 0)
        try await company.headquarters.keepBackup()
        try await company.exchange(office)
        let before = try await Everything(office.node, id)
        let report = try await office.forgetAll()
        #expect(report.bodies == 3)
        #expect(try await Everything(office.node, id) == before)
        try await office.node.isSound()
        // The first value stands in one body with values that nothing replaced.
        #expect(
            try await office.node.everSaid(.household, id, "area") == [
                .integer(8_850), .integer(4),
            ])
        let stripped = try await office.node.store.history(.household, id).filter(\.isStripped)
        #expect(stripped.count == 3)
        #expect(stripped.allSatisfy { !$0.isLive && $0.value == nil })
        #expect(try await office.forgetAll() == ForgetReport())
        try await office.node.store.reproject()
        #expect(try await Everything(office.node, id) == before)
    }

    @Test func `headquarters forgets what the backups of any one node of the office hold`()
        async throws
    {
        let (company, office) = try await TestCompany.withOffice()
        let second = try await TestNode(.office, code: "MH01", clock: office.clock)
        try await company.join(second)
        let id = try await office.node.household("3", "2", "501")
        try await office.change(id, 3)
        try await company.settle([office, second])
        #expect(try await company.headquarters.forgetAll().bodies == 0)
        try await second.keepBackup()
        try await company.exchange(second)
        #expect(try await company.headquarters.forgetAll().bodies == 2)
        // The office itself asks for a backup of headquarters.
        #expect(try await office.forgetAll().bodies == 0)
        #expect(try await second.forgetAll().bodies == 0)
        try await company.headquarters.node.isSound()
    }

    @Test func `a value is kept as long as the office wants, counted from its replacement`()
        async throws
    {
        let (company, office) = try await TestCompany.withOffice()
        let id = try await office.node.household("3", "2", "501")
        try await office.change(id, 2)
        office.clock.advance(by: .seconds(86_400))
        let between = office.node.surroundings.now()
        try await office.change(id, 2, from: 10)
        try await company.settleAndBackUp(office)
        #expect(try await office.node.store.forget(before: between).bodies == 1)
        #expect(try await office.node.store.forget(before: between).groups == 0)
        // A clock that goes back looks at the rest again when its time has come.
        #expect(try await office.node.store.forget(before: 0).bodies == 0)
        #expect(try await office.node.store.forget(before: between).bodies == 0)
        #expect(try await office.forgetAll().bodies == 2)
        try await office.node.isSound()
        let job = ForgettingJob(node: office.node, keptDays: 1_095)
        try await office.change(id, 2, from: 20)
        try await company.settleAndBackUp(office)
        #expect(try await job.forget().bodies == 0)
        office.clock.advance(by: .seconds(1_096 * 86_400))
        #expect(try await job.forget().bodies == 2)
    }

    @Test func `a body goes when every value in it was replaced, and not before`() async throws {
        let (company, office) = try await TestCompany.withOffice()
        let id = try await office.node.household("3", "2", "501")
        let type = RecordType.household
        try await office.node.save(
            [
                RecordEdit(
                    type, .change(id),
                    contents: type.contents([
                        "area": .integer(1), "property_type": .text("商铺"),
                    ]))
            ], actor: nil)
        try await office.node.set(type, id, "area", .integer(2))
        try await company.settleAndBackUp(office)
        #expect(try await office.forgetAll().bodies == 0)
        try await office.node.set(type, id, "property_type", .text("住宅"))
        try await company.settleAndBackUp(office)
        #expect(try await office.forgetAll().bodies == 1)
        #expect(try await office.node.everSaid(type, id, "property_type") == [.text("住宅")])
    }

    @Test func `a note goes with what it explains, and the reason of a deletion stays`()
        async throws
    {
        let (company, office) = try await TestCompany.withOffice()
        let id = try await office.node.household("3", "2", "501")
        let type = RecordType.household
        func notes() async throws -> [Value?] {
            try await office.node.store.history(type, id).filter { $0.number == 3 }.map(\.value)
        }
        try await office.node.save(
            [
                RecordEdit(
                    type, .change(id), contents: type.contents(["area": .integer(1)]),
                    note: "量过")
            ], actor: nil)
        try await office.node.save(
            [RecordEdit(type, .delete(id), note: "拆除")], actor: nil)
        try await company.settleAndBackUp(office)
        #expect(try await office.forgetAll().bodies == 0)
        try await office.node.bringBack(type, id)
        try await office.change(id, 1, from: 5)
        try await company.settleAndBackUp(office)
        #expect(try await office.forgetAll().bodies == 2)
        #expect(try await notes() == [.text("拆除"), nil])
        try await office.node.isSound()
    }

    @Test func `what this version cannot judge is not forgotten and lets nothing go`() async throws
    {
        let (company, office) = try await TestCompany.withOffice()
        let id = try await office.node.household("3", "2", "501")
        let type = RecordType.household
        try await office.node.set(type, id, "property_type", .text("商铺"))
        let store = office.node.store
        let live = try #require(
            try await store.history(type, id).first {
                $0.field?.name == "property_type" && $0.isLive
            }
        ).write
        let area = try #require(
            try await store.history(type, id).first { $0.field?.name == "area" && $0.isLive }
        ).write
        func draft(_ writes: [WriteDraft], type number: UInt32 = type.number) -> [ChangeDraft] {
            [
                ChangeDraft(
                    record: id, type: number, writes: writes,
                    salt: office.node.surroundings.random(16))
            ]
        }
        let field = try #require(type.field(named: "property_type")).number
        // Of a later version, of an unknown type, of a field that is not this role's to write here,
        // and of another field than the one it names.
        try await office.write(
            draft([WriteDraft(field: field, value: .text("一"), names: [live])]), requires: 2)
        try await office.write(
            draft([WriteDraft(field: field, value: .text("二"), names: [live])], type: 9_999))
        try await office.write(
            draft([WriteDraft(field: 25, value: .text("三"), names: [live])]))
        try await office.write(
            draft([WriteDraft(field: field, value: .text("四"), names: [area])]))
        // An unknown field beside a known one that was replaced.
        let mixed = try await office.write(
            draft([
                WriteDraft(field: field, value: .text("五"), names: [live]),
                WriteDraft(field: 200, value: .text("来自未来")),
            ]))
        try await company.settleAndBackUp(office)
        #expect(try await office.forgetAll().bodies == 1)
        #expect(!(try await office.node.everSaid(type, id, "property_type")).contains(.text("商铺")))
        try await office.write(
            draft([
                WriteDraft(
                    field: field, value: .text("六"),
                    names: [WriteID(group: mixed.hash, index: 0)])
            ]))
        try await company.settleAndBackUp(office)
        #expect(try await office.forgetAll().bodies == 0)
        #expect(try await office.node.everSaid(type, id, "property_type").contains(.text("五")))
        try await office.node.isSound()
    }

    @Test func `private values stay: nobody else holds a backup of them`() async throws {
        let (company, office) = try await TestCompany.withOffice()
        let id = try await office.node.household("3", "2", "501")
        for number in 1...3 {
            try await office.node.set(.household, id, "special_needs", .text("\(number)"))
        }
        try await office.keepBackup()
        try await company.settleAndBackUp(office)
        #expect(try await office.forgetAll().bodies == 0)
        #expect(try await office.node.everSaid(.household, id, "special_needs").count == 3)
    }

    @Test func `forgetting in small parts with a restart between them forgets the same`()
        async throws
    {
        let (company, office) = try await TestCompany.withOffice()
        for number in 1...3 {
            try await office.change(try await office.node.household("3", "2", "\(number)"), 3)
        }
        try await company.settleAndBackUp(office)
        let copy = try await office.clone()
        let atOnce = try await copy.forgetAll(limit: 10_000)
        var inParts = ForgetReport()
        var part = ForgetReport()
        repeat {
            part = try await office.node.store.forget(before: .max, limit: 2)
            inParts = inParts + part
            #expect(part.groups <= 2)
            try office.close()
            try await office.open()
        } while !part.isFinished
        #expect(inParts.bodies == 6 && inParts.bodies == atOnce.bodies)
        #expect(inParts.bytes == atOnce.bytes)
        try await office.node.isSound()
    }

    @Test func `a peer whose backups come to cover less stops what follows`() async throws {
        let (company, office) = try await TestCompany.withOffice()
        let id = try await office.node.household("3", "2", "501")
        try await company.settleAndBackUp(office)
        try await office.change(id, 3)
        try await company.settle([office])
        // A second, older backup is kept as well: only what both hold is safe.
        let store = company.headquarters.node.store
        let older = try await store.keptBackups()
        try await company.headquarters.keepBackup()
        let newer = try await store.keptBackups()
        try await store.keep(backups: [
            KeptBackup(name: "older", madeAt: 1, clocks: older[0].clocks), newer[0],
        ])
        #expect(try await store.backedUpClocks() == older[0].clocks)
        try await company.exchange(office)
        #expect(try await office.forgetAll().bodies == 0)
        try await store.keep(backups: newer)
        try await company.exchange(office)
        #expect(try await office.forgetAll(limit: 1).bodies == 2)
        try await store.keep(backups: [])
        try await company.exchange(office)
        try await office.change(id, 3, from: 10)
        try await company.settle([office])
        #expect(try await office.forgetAll().bodies == 0)
    }

    @Test func `an import taken back after the former value was forgotten leaves the field alone`()
        async throws
    {
        let (company, office) = try await TestCompany.withOffice()
        let node = office.node
        func register(_ area: String) -> [UInt8] {
            Fixtures.csv("楼栋房号,建筑面积,姓名,关系,电话,入住日期", "3-2-501,\(area),王伟,业主,,2020-01-02")
        }
        _ = try await node.importRegister("households", bytes: register("88.50"), actor: nil)
        let id = try #require(try await node.store.list(RecordQuery(.household)).records.first).id
        try await node.set(.household, id, "area", .integer(9_000))
        let second = try await node.importRegister(
            "households", bytes: register("91"), actor: nil)
        let now = try await node.shown(.household, id).value("area")
        try await company.settleAndBackUp(office)
        try await office.forgetAll()
        try #require(try await !node.everSaid(.household, id, "area").contains(.integer(9_000)))
        _ = try await node.undoImport(try #require(second.batch), actor: nil)
        #expect(try await node.shown(.household, id).value("area") == now)
    }
}

/// What a new or long-absent node gets of a log whose values were forgotten.
@Suite struct StrippedLogTests {
    @Test func `a new node gets the forgotten log, cut at every page, and ends as everybody else`()
        async throws
    {
        let (company, office) = try await TestCompany.withOffice()
        var ids: [RecordID] = []
        for number in 1...4 {
            let id = try await office.node.household("3", "2", "\(number)")
            ids.append(id)
            // Each group is delivered alone, so that it keeps its seal and a page may end there.
            for area in 1...3 {
                try await company.exchange(office)
                try await office.change(id, 1, from: area)
            }
            try await company.exchange(office)
            try await office.node.set(.household, id, "property_type", .text("\(number)"))
            try await company.exchange(office)
        }
        try await office.keepBackup()
        try await company.settleAndBackUp(office)
        try await company.exchange(office)
        #expect(try await company.headquarters.forgetAll().bodies >= 8)
        let newcomer = try await TestNode(.office, code: "MH01", clock: office.clock)
        try await company.join(newcomer)
        company.pageTargetBytes = 600
        var sawMissing = false
        var pages = 0
        while true {
            // The second request of each exchange finds no line any more.
            var line = ScriptedChannel(company.channel)
            line.request = { number, _ throws(PeerFailure) in if number > 1 { throw .cut } }
            let report = try await company.exchange(newcomer, through: line)
            pages += 1
            for record in try await newcomer.node.store.list(RecordQuery(.household)).records
            where record.missing.contains("area") {
                sawMissing = true
                #expect(record.value("area") == .empty)
            }
            let isWhole = try await newcomer.node.store.damage() == DamageSummary()
            if report.failure == nil && isWhole { break }
            try #require(pages < 200)
        }
        #expect(sawMissing)
        #expect(pages > 8)
        company.pageTargetBytes = Limits.pageTargetBytes
        try await company.settle([office, newcomer])
        let dump = try await ReplicaDump(office.node.store, isShared: true)
        for node in [newcomer.node, company.headquarters.node] {
            #expect(
                try await ReplicaDump(node.store, isShared: true).differences(from: dump) == [])
            try await node.isSound()
        }
        for id in ids {
            #expect(try await newcomer.node.shown(.household, id).missing == [])
            #expect(try await newcomer.node.shown(.household, id).value("area") == .integer(3))
        }
    }

    @Test
    func
        `S34: an office a year behind brings its own work and loses nothing, and what was deleted stays deleted`()
        async throws
    {
        let (company, office) = try await TestCompany.withOffice()
        let second = try await TestNode(.office, code: "MH01", clock: office.clock)
        try await company.join(second)
        let kept = try await office.node.household("3", "2", "501")
        let gone = try await office.node.household("3", "2", "502")
        let disputed = try await office.node.household("3", "2", "503")
        try await company.settle([office, second])

        // The office works on without a line.
        try await office.node.set(.household, kept, "property_type", .text("商铺"))
        let own = try await office.node.household("4", "1", "101")
        try await office.node.set(.household, disputed, "area", .integer(77))

        // A year goes by. Headquarters and the other node go on, delete, take in a rule of a later
        // version, back up and forget.
        office.clock.advance(by: .seconds(366 * 86_400))
        let head = company.headquarters
        try await head.change(kept, 5)
        try await head.node.delete(.household, gone)
        try await head.node.delete(.household, disputed)
        try await second.write([
            ChangeDraft(
                record: second.node.newID(for: .household), type: 9_999,
                writes: [
                    WriteDraft(field: ReservedField.created, value: .empty),
                    WriteDraft(field: 77, value: .text("来自未来")),
                ], salt: second.node.surroundings.random(16))
        ])
        try await company.settle([second])
        try await second.keepBackup()
        try await company.settleAndBackUp(second)
        try await company.exchange(second)
        #expect(try await head.forgetAll().bodies >= 4)
        #expect(try await second.forgetAll().bodies >= 4)

        try await company.settle([office])
        try await company.settle([office, second])
        let dump = try await ReplicaDump(head.node.store, isShared: true)
        for node in [office.node, second.node, head.node] {
            #expect(
                try await ReplicaDump(node.store, isShared: true).differences(from: dump) == [])
            let record = try await node.shown(.household, kept)
            #expect(record.value("property_type") == .text("商铺"))
            #expect(record.value("area") == .integer(5))
            _ = try await node.shown(.household, own)
            #expect(try await node.shown(.household, gone).state == .hidden)
            #expect(try await node.shown(.household, disputed).state == .disputed)
            #expect(try await node.shown(.household, disputed).value("area") == .integer(77))
            #expect(try await node.store.damage() == DamageSummary())
            #expect(try await node.store.unprojected().map(\.reason) == ["unknown-type"])
            try await node.isSound()
        }
    }

    @Test func `a new backup is told once, and an idle exchange stays as small as it was`()
        async throws
    {
        let (company, office) = try await TestCompany.withOffice()
        _ = try await office.node.household("3", "2", "501")
        try await company.settle([office])
        let idle = try await company.exchange(office)
        try await company.headquarters.keepBackup()
        try await office.keepBackup()
        let told = try await company.exchange(office)
        #expect(told.isComplete && told.rounds == 1)
        #expect(told.sentBytes > idle.sentBytes && told.receivedBytes > idle.receivedBytes)
        let head = company.headquarters.node
        let clocks = try await head.store.backedUpClocks()
        #expect(try await office.node.store.peerBackups(of: head.key.publicKey) == clocks)
        #expect(
            try await head.store.peerBackups(of: office.node.key.publicKey)
                == office.node.store.backedUpClocks(of: [.company, office.node.identity.space]))
        let again = try await company.exchange(office)
        #expect(again.sentBytes == idle.sentBytes && again.receivedBytes == idle.receivedBytes)
    }
}

/// What forgetting must not change.
private struct Everything: Equatable {
    let states: [SpaceID: SpaceState]
    let dump: ReplicaDump
    let conflicts: Int
    let version: RecordVersion?

    init(_ node: LocalNode, _ id: RecordID) async throws {
        states = try await node.store.states(of: [.company, node.identity.space])
        dump = try await ReplicaDump(node.store)
        conflicts = try await node.store.conflictCounts().reduce(0) { $0 + $1.count }
        version = try await node.store.record(.household, id)?.version
    }
}

extension TestCompany {
    /// Headquarters and one office, settled, by one clock.
    static func withOffice() async throws -> (TestCompany, TestNode) {
        let clock = TestClock()
        let company = try await TestCompany(clock: clock)
        let office = try await TestNode(.office, code: "MH01", clock: clock)
        try await company.join(office)
        try await company.settle([office])
        return (company, office)
    }

    /// Everything is at headquarters, in its only backup, and the office knows.
    func settleAndBackUp(_ office: TestNode) async throws {
        try await settle([office])
        try await headquarters.keepBackup()
        try await exchange(office)
    }
}

extension TestNode {
    /// Says that this node keeps one backup, of its present state.
    func keepBackup() async throws {
        let spaces = try await node.store.spaces()
        try await node.store.keep(
            backups: [
                KeptBackup(
                    name: "kept", madeAt: 1,
                    clocks: Dictionary(
                        uniqueKeysWithValues: spaces.map { ($0.space, $0.state.clock) }))
            ])
    }

    /// Forgets whatever may be forgotten, however young.
    @discardableResult
    func forgetAll(limit: Int = 7) async throws -> ForgetReport {
        var sum = ForgetReport()
        repeat {
            sum = sum + (try await node.store.forget(before: .max, limit: limit))
        } while !sum.isFinished
        sum.groups = 0
        return sum
    }

    /// Changes a household's area so many times.
    func change(_ id: RecordID, _ times: Int, from first: Int = 1) async throws {
        for number in first..<first + times {
            try await node.set(.household, id, "area", .integer(Int64(number)))
        }
    }
}
