import Foundation
import Records
import Store
import SyncCore
import Testing
import Wire

@testable import Node

@Suite struct RestoreTests {
    @Test(arguments: [TestNode.Part.database, .folder, .databaseWithoutGuard])
    func
        `an office copied back from earlier and edited loses nothing, and both sides report the fork`(
            part: TestNode.Part
        ) async throws
    {
        let company = try await TestCompany()
        let office = try await company.office("MH01")
        let id = try await office.node.household("3", "2", "501")
        let first = try await office.ticket()
        try await company.exchange(office)
        let backup = try await office.backup()
        let life = try await office.node.store.life()
        // Backing up opens the node anew, and it is the same copy: no new life.
        #expect(try await office.node.store.ownProgress().life == life)

        try await office.node.set(.household, id, "area", .integer(9_001))
        let lost = try await office.node.household("4", "1", "101")
        let second = try await office.ticket()
        try await company.exchange(office)
        try await office.restore(backup, part)
        try await office.node.set(.household, id, "property_type", .text("商铺"))
        let kept = try await office.node.household("5", "1", "101")
        let third = try await office.ticket()
        try await company.settle([office])

        for node in [office.node, company.headquarters.node] {
            let record = try await node.shown(.household, id)
            #expect(record.value("area") == .integer(9_001))
            #expect(record.value("property_type") == .text("商铺"))
            _ = try await node.shown(.household, lost)
            _ = try await node.shown(.household, kept)
            try await node.isSound()
        }
        #expect(try await office.node.store.life() != life)
        for node in [office.node, company.headquarters.node] {
            let space = try await node.store.spaces().first {
                $0.space == office.node.identity.space
            }
            #expect(try #require(space).forkedStreams.count == 1)
        }
        // Without a word of the guard file the copy cannot know, before it hears of itself.
        if part != .folder {
            #expect(Set([first, second, third]).count == 3, "a number was given out twice")
        }
        let fourth = try await office.ticket()
        #expect(!Set([first, second, third]).contains(fourth))
        #expect(fourth.contains("MH01" + (try await office.node.store.life()).prefix(3)))
        try await company.settle([office])
        #expect(
            try await ReplicaDump(office.node.store)
                .differences(from: ReplicaDump(company.headquarters.node.store)) == [])
    }

    @Test func `a copy that is not edited gets its lost groups back and forks nothing`()
        async throws
    {
        let company = try await TestCompany()
        let office = try await company.office("MH01")
        let backup = try await office.backup()
        let id = try await office.node.household("3", "2", "501")
        try await company.exchange(office)
        try await office.restore(backup, .folder)
        #expect(try await office.node.store.record(.household, id) == nil)
        try await company.settle([office])
        _ = try await office.node.shown(.household, id)
        try await office.node.set(.household, id, "area", .integer(1))
        try await company.settle([office])
        for node in [office.node, company.headquarters.node] {
            #expect(try await node.store.spaces().allSatisfy { $0.forkedStreams.isEmpty })
            try await node.isSound()
        }
    }

    @Test
    func
        `a copy restored twice, once before it exchanged, keeps all three branches that were seen`()
        async throws
    {
        let company = try await TestCompany()
        let office = try await company.office("MH01")
        let id = try await office.node.household("3", "2", "501")
        try await company.exchange(office)
        let backup = try await office.backup()
        var said: Set<Value> = [.integer(8_850)]
        for value in [Int64(1), 2, 3] {
            try await office.node.set(.household, id, "area", .integer(value))
            said.insert(.integer(value))
            try await company.exchange(office)
            try await office.restore(backup, .folder)
        }
        try await office.node.set(.household, id, "property_type", .text("四"))
        try await company.settle([office])
        for node in [office.node, company.headquarters.node] {
            let record = try await node.shown(.household, id)
            #expect(record.conflicts == ["area"])
            #expect(record.value("property_type") == .text("四"))
            #expect(try await node.everSaid(.household, id, "area") == said)
            try await node.isSound()
        }
        try await office.node.resolve(.household, id, "area", .integer(2))
        try await company.settle([office])
        #expect(try await company.headquarters.node.shown(.household, id).conflicts == [])
    }

    @Test func `a copy of a fork restored again keeps every branch`() async throws {
        let company = try await TestCompany()
        let office = try await company.office("MH01")
        let id = try await office.node.household("3", "2", "501")
        try await company.exchange(office)
        let early = try await office.backup()
        try await office.node.set(.household, id, "area", .integer(1))
        try await company.exchange(office)
        try await office.restore(early, .folder)
        try await office.node.set(.household, id, "area", .integer(2))
        let forked = try await office.backup()
        try await company.settle([office])
        try await office.node.set(.household, id, "property_type", .text("甲"))
        try await company.settle([office])
        try await office.restore(forked, .folder)
        try await office.node.set(.household, id, "status", .text("vacant"))
        try await company.settle([office])
        for node in [office.node, company.headquarters.node] {
            let record = try await node.shown(.household, id)
            #expect(record.value("property_type") == .text("甲"))
            #expect(record.value("status") == .text("vacant"))
            #expect(
                try await node.everSaid(.household, id, "area")
                    == [.integer(8_850), .integer(1), .integer(2)])
            try await node.isSound()
        }
    }

    @Test func `two live copies of one folder end with the same records and streams of their own`()
        async throws
    {
        let company = try await TestCompany()
        let office = try await company.office("MH01")
        let id = try await office.node.household("3", "2", "501")
        try await company.exchange(office)
        let clone = try await office.clone()
        var made: [RecordID] = [id]
        for round in 0..<6 {
            made.append(try await office.node.household("1", "1", "\(round)01"))
            made.append(try await clone.node.household("2", "1", "\(round)01"))
            try await company.exchange(office)
            try await company.exchange(clone)
        }
        try await company.settle([office, clone])
        for node in [office.node, clone.node, company.headquarters.node] {
            for id in made { _ = try await node.shown(.household, id) }
            try await node.isSound()
            let space = office.node.identity.space
            let streams = try #require(
                try await node.store.states(of: [space])[space]
            ).clock.tips.count
            // The shared one with its two branches, and one for each copy since it knows.
            #expect(streams <= 4, "live copies keep beginning new lives")
        }
        #expect(try await clone.node.store.life() != office.node.store.life())
    }

    @Test
    func `headquarters copied back gets its own groups and those of all offices from the offices`()
        async throws
    {
        for part in [TestNode.Part.database, .folder] {
            let company = try await TestCompany()
            let first = try await TestNode(.office, code: "MH01")
            let second = try await TestNode(.office, code: "MH02")
            try await company.join(first)
            try await company.join(second)
            let id = try await first.node.household("3", "2", "501")
            let other = try await second.node.household("9", "9", "909")
            try await company.settle([first, second])
            let backup = try await company.headquarters.backup()
            let head = company.headquarters
            try await head.node.set(.household, id, "area", .integer(1))
            try await head.node.set(.household, other, "area", .integer(2))
            try await first.node.set(.household, id, "property_type", .text("甲"))
            let policy = try await head.policy()
            try await company.settle([first, second])
            try await head.restore(backup, part)
            try await head.node.set(.household, id, "status", .text("vacant"))
            try await company.settle([first, second])
            for node in [head.node, first.node] {
                let record = try await node.shown(.household, id)
                #expect(record.value("area") == .integer(1))
                #expect(record.value("property_type") == .text("甲"))
                #expect(record.value("status") == .text("vacant"))
                try await node.isSound()
            }
            #expect(try await head.node.shown(.household, other).value("area") == .integer(2))
            _ = try await head.node.shown(.policy, policy)
            let space = first.node.identity.space
            for node in [head.node, first.node] {
                let found = try await node.store.spaces().first { $0.space == space }
                #expect(try #require(found).forkedStreams.count >= 1)
            }
            #expect(try await first.node.store.record(.household, other) == nil)
        }
    }

    @Test
    func
        `headquarters and an office copied back to different days lose nothing a third party holds`()
        async throws
    {
        let company = try await TestCompany()
        let office = try await company.office("MH01")
        let id = try await office.node.household("3", "2", "501")
        try await company.settle([office])
        let officeBackup = try await office.backup()
        try await office.node.set(.household, id, "area", .integer(1))
        try await company.settle([office])
        let headBackup = try await company.headquarters.backup()
        try await company.headquarters.node.set(.household, id, "property_type", .text("乙"))
        try await company.settle([office])
        try await company.headquarters.restore(headBackup, .folder)
        try await office.restore(officeBackup, .folder)
        try await office.node.set(.household, id, "status", .text("vacant"))
        try await company.headquarters.node.set(.household, id, "key_customer", .integer(1))
        try await company.settle([office])
        for node in [office.node, company.headquarters.node] {
            let record = try await node.shown(.household, id)
            #expect(record.value("area") == .integer(1))
            #expect(record.value("status") == .text("vacant"))
            #expect(record.value("key_customer") == .integer(1))
            try await node.isSound()
        }
    }

    @Test
    func
        `headquarters restored from before a second node joined learns its key again from another`()
        async throws
    {
        let company = try await TestCompany()
        let office = try await company.office("MH01")
        try await company.settle([office])
        let backup = try await company.headquarters.backup()
        let second = try await company.office("MH01")
        try await company.settle([office, second])
        let id = try await second.node.household("7", "1", "101")
        try await company.settle([second, office])
        try await company.headquarters.restore(backup, .database)
        let report = try await company.exchange(office)
        #expect(report.isComplete, "\(report)")
        _ = try await company.headquarters.node.shown(.household, id)
        try await company.headquarters.node.isSound()
        // Its credential is forgotten; with a fresh code it comes back as who it was.
        try await company.join(second)
        try await company.settle([office, second])
    }

    @Test func `lost answers and repeated requests are never taken for a copy`() async throws {
        let company = try await TestCompany()
        let office = try await company.office("MH01")
        let life = try await office.node.store.life()
        let headLife = try await company.headquarters.node.store.life()
        for round in 0..<5 {
            _ = try await office.node.household("3", "2", "\(round)01")
            var losing = ScriptedChannel(company.channel)
            losing.response = { _, _ throws(PeerFailure) in throw .cut }
            #expect(try await company.exchange(office, through: losing).failure == .cut)
            var repeating = ScriptedChannel(company.channel)
            repeating.repeats = { _ in 3 }
            #expect(try await company.exchange(office, through: repeating).isComplete)
        }
        #expect(try await office.node.store.life() == life)
        #expect(try await company.headquarters.node.store.life() == headLife)
        for node in [office.node, company.headquarters.node] {
            #expect(try await node.store.spaces().allSatisfy { $0.forkedStreams.isEmpty })
        }
        let space = office.node.identity.space
        let tips = try #require(try await office.node.store.states(of: [space])[space]).clock.tips
        #expect(tips.count == 1)
    }

    @Test func `a database copied without its write-ahead log is an earlier copy like any other`()
        async throws
    {
        let company = try await TestCompany()
        let office = try await company.office("MH01")
        let id = try await office.node.household("3", "2", "501")
        try await company.exchange(office)
        try office.node.store.checkpoint()
        try await office.node.set(.household, id, "area", .integer(77))
        try await company.exchange(office)
        // The copy is taken under the running node: the last saves stand in the log beside the file
        // only.
        let copied = office.folder.appending(path: "copied.db")
        try FileManager.default.copyItem(
            at: office.folder.appending(path: "gatehouse.db"), to: copied)
        let life = try await office.node.store.life()
        try office.close()
        let database = office.folder.appending(path: "gatehouse.db")
        try FileManager.default.removeItem(at: database)
        try FileManager.default.moveItem(at: copied, to: database)
        try await office.open()
        #expect(try await office.node.store.life() != life)
        #expect(try await office.node.shown(.household, id).value("area") == .integer(8_850))
        try await company.settle([office])
        #expect(try await office.node.shown(.household, id).value("area") == .integer(77))
        try await office.node.isSound()
    }
}

extension TestNode {
    /// A record of the company, as only headquarters makes them.
    func policy() async throws -> RecordID {
        let id = node.newID(for: .policy)
        let field = try #require(RecordType.policy.fields.first { $0.kind == .text })
        try await node.save(
            [RecordEdit(.policy, .create(id), contents: [field.number: .value(.text("x"))])],
            actor: nil)
        return id
    }
}
