import Foundation
import GRDB
import Records
import SyncCore
import Testing
import Wire

@testable import Node
@testable import Store

/// Bytes that a disk spoiled are found, never passed on, and fetched again.
@Suite struct DamageTests {
    private let company: TestCompany
    private let office: TestNode
    private let id: RecordID

    init() async throws {
        (company, office) = try await TestCompany.withOffice()
        id = try await office.node.household("3", "2", "501")
        try await office.node.set(.household, id, "area", .integer(1))
        try await company.settle([office])
    }

    private var head: TestNode { company.headquarters }

    @Test func `a damaged group is not sent, nor what builds on it, and the rest goes`()
        async throws
    {
        let other = try await head.node.household("5", "1", "101")
        let bad = try await office.last()
        try await office.node.set(.household, id, "area", .integer(2))
        let damaged = try await office.last()
        try await office.node.set(.household, id, "area", .integer(3))
        #expect(damaged > bad)
        try await office.spoil(damaged)
        let report = try await company.exchange(office)
        #expect(report.failure == nil, "\(report)")
        #expect(report.sent.values.reduce(0, +) == 0)
        #expect(!report.isComplete)
        _ = try await office.node.shown(.household, other)
        #expect(try await office.node.store.damage().damaged == 1)
        // Nobody else holds it: it stays, is said, and blocks nothing else.
        #expect(try await head.node.shown(.household, id).value("area") == .integer(1))
        try await head.node.set(.household, id, "property_type", .text("商铺"))
        try await company.exchange(office)
        #expect(try await office.node.shown(.household, id).value("property_type") == .text("商铺"))
        let faults = try await office.node.store.verify().faults
        #expect(faults.count == 1)
        #expect(faults[0].hasPrefix("Group \(damaged) ("))
        #expect(faults[0].hasSuffix("The next exchange fetches it again."))
    }

    @Test(arguments: [0, 3, 30, 90, 150, 210, 260])
    func `a group with a spoiled byte is fetched again at the next exchange`(place: Int)
        async throws
    {
        let dump = try await ReplicaDump(office.node.store)
        let states = try await office.node.store.states(of: [office.node.identity.space])
        let number = try await office.last()
        try await office.spoil(number, place)
        #expect(try await office.node.store.verify().damaged == 1)
        let report = try await company.exchange(office)
        #expect(report.isComplete, "\(report)")
        #expect(report.mended == 1)
        #expect(try await office.node.store.damage() == DamageSummary())
        #expect(try await ReplicaDump(office.node.store).differences(from: dump) == [])
        #expect(
            try await office.node.store.states(of: [office.node.identity.space]) == states)
        try await office.node.isSound()
        let again = try await company.exchange(office)
        #expect(again.rounds == 1 && again.mended == 0)
    }

    /// A group so long that the log packs it.
    private func packed() async throws -> Int64 {
        let node = office.node
        let fields = try ["building", "unit", "room"].map { name in
            try #require(RecordType.household.field(named: name)).number
        }
        try await node.save(
            (0..<20).map { room in
                RecordEdit(
                    .household, .create(node.newID(for: .household)),
                    contents: Dictionary(
                        uniqueKeysWithValues: zip(fields, ["9", "1", "\(room)"]).map {
                            ($0, .value(.text($1)))
                        }))
            }, actor: nil)
        try await company.settle([office])
        return try await office.last()
    }

    static let spoilings = [
        "bytes = substr(bytes, 1, length(bytes) - 1)", "bytes = CAST(bytes || x'00' AS BLOB)",
        "bytes = x''",
        "bytes = zeroblob(length(bytes))", "plain_length = plain_length + 1",
        "plain_length = plain_length - 1", "plain_length = -1", "plain_length = 0",
        "plain_length = 9223372036854775807", "plain_length = NULL",
        "bytes = (SELECT bytes FROM log p WHERE p.plain_length IS NULL), plain_length = 400",
        "bytes = zeroblob(0), plain_length = 1048577",
    ]

    @Test(arguments: spoilings)
    func `a packed group that cannot be unpacked is found, kept back and fetched again`(
        spoiling: String
    ) async throws {
        let number = try await packed()
        let space = office.node.identity.space
        let dump = try await ReplicaDump(office.node.store)
        let before = try await office.stored(number)
        #expect(before.plainLength != nil)
        try await office.node.store.queue.write { db in
            try db.execute(
                sql: "UPDATE log SET \(spoiling) WHERE number = ?", arguments: [number])
        }
        let page = try await office.node.store.page(
            of: space, toPeer: .empty, past: [], targetBytes: Limits.pageTargetBytes)
        #expect(try await office.numbers(in: space).count == page.groups.count + 1)
        #expect(try await office.node.store.damage().damaged == 1)
        let report = try await office.node.store.verify()
        #expect(report.damaged == 1 && report.faults.count == 1, "\(report.faults)")
        #expect(report.faults[0].hasPrefix("Group \(number) ("), "\(report.faults)")
        let exchanged = try await company.exchange(office)
        #expect(exchanged.isComplete && exchanged.mended == 1, "\(exchanged)")
        #expect(try await office.stored(number) == before)
        #expect(try await ReplicaDump(office.node.store).differences(from: dump) == [])
        try await office.node.isSound()
    }

    @Test func `headquarters gets its damaged groups back from an office, when it next calls`()
        async throws
    {
        let numbers = try await head.numbers(in: office.node.identity.space)
        for number in numbers.suffix(2) { try await head.spoil(number) }
        #expect(try await head.node.store.verify().damaged == 2)
        let report = try await company.exchange(office)
        #expect(report.isComplete, "\(report)")
        #expect(try await head.node.store.damage() == DamageSummary())
        try await head.node.isSound()
    }

    @Test func `many damaged groups come back in pages, over a line that breaks`() async throws {
        for number in 0..<12 { _ = try await office.node.household("6", "1", "\(number)") }
        try await company.settle([office])
        let numbers = try await office.numbers(in: office.node.identity.space)
        for number in numbers { try await office.spoil(number) }
        #expect(try await office.node.store.verify().damaged == numbers.count)
        company.pageTargetBytes = 1_000
        var line = ScriptedChannel(company.channel)
        line.response = { number, answer throws(PeerFailure) in
            if number == 2 { throw .cut }
            return answer
        }
        try await company.exchange(office, through: line)
        let left = try await office.node.store.damage().damaged
        #expect(left > 0 && left < numbers.count)
        let report = try await company.exchange(office)
        #expect(report.isComplete, "\(report)")
        #expect(report.mended == left)
        try await office.node.isSound()
    }

    @Test func `a peer that cannot help is asked once an hour, and at once after a repair`()
        async throws
    {
        for node in [office, head] {
            let number = try #require(
                try await node.numbers(in: office.node.identity.space).last)
            try await node.spoil(number)
            #expect(try await node.node.store.verify().damaged == 1)
        }
        let first = try await company.exchange(office)
        #expect(first.mended == 0)
        let second = try await company.exchange(office)
        #expect(second.rounds == 1)
        #expect(second.sentBytes < first.sentBytes)
        office.clock.advance(by: .seconds(3_600))
        #expect(try await company.exchange(office).sentBytes > second.sentBytes)
        #expect(try await company.exchange(office).sentBytes == second.sentBytes)
        let left = try await office.node.store.repair()
        #expect(left.damaged == 1)
        #expect(try await company.exchange(office).sentBytes > second.sentBytes)
    }

    @Test func `a rebuild passes over what is damaged, and is right when it has come back`()
        async throws
    {
        try await office.node.delete(.household, id)
        try await office.node.set(.household, id, "property_type", .text("x"))
        _ = try await office.node.household("7", "1", "101")
        try await company.settle([office])
        let dump = try await ReplicaDump(office.node.store)
        let numbers = try await office.numbers(in: office.node.identity.space)
        for number in numbers.suffix(4) { try await office.spoil(number) }
        try await office.node.store.reproject()
        #expect(try await office.node.store.damage().damaged == 4)
        #expect(try await office.node.store.unprojected().map(\.reason).contains("damaged"))
        // The node works on meanwhile: history, page and saving do not stop.
        _ = try await office.node.store.history(.household, id)
        _ = try await office.node.store.spaces()
        let report = try await company.exchange(office)
        #expect(report.isComplete && report.mended == 4, "\(report)")
        #expect(try await ReplicaDump(office.node.store).differences(from: dump) == [])
        #expect(try await office.node.store.unprojected().isEmpty)
        try await office.node.isSound()
    }

    @Test func `a spoiled seal is made anew by its author, and fetched again by others`()
        async throws
    {
        let space = office.node.identity.space
        let own = try #require(try await office.numbers(in: space).last)
        try await office.spoilSeal(own)
        #expect(try await office.node.store.verify().damaged == 1)
        try await office.node.isSound()
        try await office.node.set(.household, id, "area", .integer(5))
        try await office.spoilSeal(try await office.last())
        let report = try await company.exchange(office)
        #expect(report.isComplete || report.failure == nil, "\(report)")
        try await company.settle([office])
        #expect(try await head.node.shown(.household, id).value("area") == .integer(5))

        let foreign = try #require(try await head.numbers(in: space).last)
        try await head.spoilSeal(foreign)
        let newcomer = try await TestNode(.office, code: "MH01", clock: office.clock)
        try await company.join(newcomer)
        #expect(try await company.exchange(newcomer).failure == nil)
        try await company.exchange(office)
        try await company.settle([office, newcomer])
        #expect(try await newcomer.node.shown(.household, id).value("area") == .integer(5))
        for node in [office, head, newcomer] { try await node.node.isSound() }
    }

    @Test func `a damaged group of the private space is said to be in a backup only`()
        async throws
    {
        _ = try await office.person(["name": .text("王伟"), "id_no": .text("110101199003077758")])
        try await company.settle([office])
        let node = office.node
        let own = SpaceID.officePrivate(node.identity.space.office)
        let number = try #require(try await office.numbers(in: own).last)
        try await office.spoil(number)
        let (report, _) = try await node.verify(repairs: false)
        #expect(report.faults.count == 1 && report.onlyInBackups == 1)
        #expect(report.faults[0].hasSuffix("No other node has it; only a backup does."))
        #expect(try await node.store.damage().onlyInBackups == 1)
        let advice = try #require(try await node.damageAdvice(nil))
        #expect(advice.en.hasSuffix("gatehouse backup restore BACKUP --data \(node.homeName)"))
        #expect(try await node.verify(repairs: true).report.onlyInBackups == 1)
        #expect(try await node.damageAdvice(nil) == advice)
        // One that headquarters has as well needs nobody.
        let (others, other) = try await TestCompany.withOffice()
        try await others.settle([other])
        try await other.spoil(try await other.last())
        #expect(try await other.node.verify(repairs: false).report.onlyInBackups == 0)
        let needed = try await other.node.damageAdvice(nil)
        #expect(needed == nil)
    }

    @Test func `what a check found is known until the next one, with the step that mends it`()
        async throws
    {
        let before = try await office.node.lastVerify()
        #expect(before == nil)
        try await office.node.store.queue.write { db in
            try db.execute(sql: "UPDATE households SET room = '999'")
        }
        #expect(try await office.node.verify(repairs: false).last.faults > 0)
        try office.close()
        try await office.open()
        #expect(try await office.node.lastVerify()?.isRepair == false)
        let advice = try #require(try await office.node.damageAdvice(nil))
        #expect(advice.en == "Run gatehouse verify --repair --data \(office.node.homeName)")
        #expect(try await office.node.verify(repairs: true).report.isSound)
        #expect(try await office.node.lastVerify()?.faults == 0)
        let needed = try await office.node.damageAdvice(nil)
        #expect(needed == nil)
    }

    @Test(arguments: [
        (0, 0, false, 0, nil), (0, 0, true, 0, nil), (1, 1, false, 0, DamageAdvice.repair),
        (2, 0, false, 0, .repair), (1, 1, true, 0, .exchange), (2, 1, true, 0, .exchange),
        (1, 0, true, 0, .restore), (1, 1, false, 1, .restore), (0, 0, true, 1, .restore),
    ])
    func `the next step follows from what was found, what was tried and who else has it`(
        faults: Int, damaged: Int, isRepair: Bool, onlyInBackups: Int, advice: DamageAdvice?
    ) {
        var report = VerifyReport()
        report.faults = Array(repeating: "", count: faults)
        report.damaged = damaged
        let last = LastVerify(report, at: 1, isRepair: isRepair)
        #expect(DamageAdvice(last, onlyInBackups: onlyInBackups) == advice)
    }

    @Test func `sums that differ from the log are made anew by a repair`() async throws {
        let store = office.node.store
        for change in [
            "UPDATE spaces SET lane_0 = lane_0 + 1", "DELETE FROM named",
            "UPDATE households SET room = '999'", "DELETE FROM lookup",
        ] {
            try await store.queue.write { db in try db.execute(sql: change) }
            #expect(try await !store.verify().isSound, "\(change)")
            let report = try await store.repair()
            #expect(report.isSound && report.repairs.count == 1, "\(change) \(report)")
            try await office.node.isSound()
        }
    }
}
