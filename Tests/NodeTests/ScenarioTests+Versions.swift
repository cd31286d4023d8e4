import Foundation
import GRDB
import Records
import SyncCore
import Testing
import Wire

@testable import Node
@testable import Store

/// Scenarios of reliability.md §5 that are about long absence, other versions, and a change that
/// cannot be shown.
@Suite struct VersionScenarioTests {
    private func moved(_ report: ExchangeReport) -> Int {
        report.sent.values.reduce(0, +) + report.received.values.reduce(0, +)
    }

    @Test
    func
        `S34 an office a year behind in its version too is served, upgraded, and loses nothing of its year`()
        async throws
    {
        let (company, office) = try await TestCompany.withOffice()
        let second = try await TestNode(.office, code: "MH01", clock: office.clock)
        try await company.join(second)
        let kept = try await office.node.household("3", "2", "501")
        let gone = try await office.node.household("3", "2", "502")
        try await company.settle([office, second])

        // The office works on without a line, in a program that knows no tickets yet.
        try office.close()
        func asBefore<Found>(_ body: (LocalNode) async throws -> Found) async throws -> Found {
            let node = try await LocalNode(
                DataFolder(office.folder), surroundings: office.clock.surroundings,
                types: Catalogue.types.filter { $0.number != RecordType.ticket.number },
                log: .silent)
            let found = try await body(node)
            try node.close()
            return found
        }
        let own = try await asBefore { node in
            var made: [RecordID] = []
            for room in 0..<20 { made.append(try await node.household("4", "1", "\(room)")) }
            try await node.set(.household, kept, "property_type", .text("商铺"))
            return made
        }

        // A year goes by for the others: they work, delete, take up tickets, back up and forget.
        office.clock.advance(by: .seconds(366 * 86_400))
        let head = company.headquarters
        try await head.change(kept, 6)
        try await head.node.delete(.household, gone)
        let ticket = try await second.ticketID()
        try await company.settle([second])
        try await second.keepBackup()
        try await company.settleAndBackUp(second)
        try await company.exchange(second)
        #expect(try await head.forgetAll().bodies >= 5)
        #expect(try await second.forgetAll().bodies >= 5)

        // The old program is served: its year goes up, and what it cannot show waits.
        try await asBefore { node in
            var report: ExchangeReport
            var rounds = 0
            repeat {
                rounds += 1
                report = try await ExchangeCaller(
                    node: node, channel: company.channel,
                    headquarters: try #require(try await node.store.headquarters())
                ).run()
            } while moved(report) > 0 && rounds < 4
            #expect(report.isComplete, "\(report)")
            #expect(Set(try await node.store.unprojected().map(\.reason)) == ["unknown-type"])
            #expect(try await node.shown(.household, gone).state == .hidden)
            #expect(try await node.shown(.household, kept).value("area") == .integer(6))
            #expect(try await node.store.damage() == DamageSummary())
        }
        for id in own { _ = try await head.node.shown(.household, id) }

        // The upgrade shows what waited, and everybody holds and shows the same.
        try await office.open()
        #expect(try await office.node.store.unprojected().isEmpty)
        try await company.settle([office, second])
        let dump = try await ReplicaDump(head.node.store, isShared: true)
        for node in [office.node, second.node, head.node] {
            #expect(
                try await ReplicaDump(node.store, isShared: true).differences(from: dump) == [])
            #expect(try await node.shown(.ticket, ticket).value("content") == .text("水管漏水"))
            let record = try await node.shown(.household, kept)
            #expect(record.value("property_type") == .text("商铺"))
            #expect(record.value("area") == .integer(6))
            #expect(try await node.shown(.household, gone).state == .hidden)
            for id in own { #expect(try await node.shown(.household, id).state == .shown) }
            #expect(try await node.store.damage() == DamageSummary())
            try await node.isSound()
        }
    }

    /// The household that SQLite does not take into the projection, whoever brings it.
    private static let poison = """
        CREATE TRIGGER poison_%@ BEFORE %@ ON households WHEN NEW.property_type = '毒'
        BEGIN SELECT RAISE(ABORT, 'poison'); END
        """

    private static func plant(_ db: Database) throws {
        for event in ["INSERT", "UPDATE"] {
            try db.execute(sql: String(format: poison, event, event))
        }
    }

    @Test
    func `S36 one change that always fails to apply is parked, counted, and holds up nothing`()
        async throws
    {
        let (company, office) = try await TestCompany.withOffice()
        let second = try await TestNode(.office, code: "MH01", clock: office.clock)
        try await company.join(second)
        let id = try await office.node.household("3", "2", "501")
        try await company.settle([office, second])
        let head = company.headquarters.node
        for node in [head, second.node] { try await node.store.queue.write(Self.plant) }

        try await office.node.set(.household, id, "property_type", .text("毒"))
        try await office.node.set(.household, id, "area", .integer(91))
        var others: [RecordID] = []
        for room in 0..<20 { others.append(try await office.node.household("5", "1", "\(room)")) }
        try await company.settle([office, second])
        for node in [head, second.node] {
            let parked = try await node.store.unprojected()
            // The second one finds the first one's group put aside, so its own write stands alone.
            #expect(parked.map(\.reason) == ["failed"])
            let record = try await node.shown(.household, id)
            #expect(record.value("property_type") == .empty)
            #expect(record.value("area") == .integer(91))
            for other in others { _ = try await node.shown(.household, other) }
        }
        #expect(try await office.node.store.unprojected().isEmpty)
        // The queue does not stand still behind it, nor is it sent again.
        let idle = try await company.exchange(office)
        #expect(idle.isComplete && idle.rounds == 1 && moved(idle) == 0)
        // It replaced nothing that is shown, so nothing is forgotten for its sake.
        for node in [office, second] { try await node.keepBackup() }
        try await company.settleAndBackUp(second)
        try await company.exchange(office)
        let before = try await ReplicaDump(head.store)
        try await company.headquarters.forgetAll()
        #expect(try await ReplicaDump(head.store).differences(from: before) == [])

        // A program that can show it does, and all agree. (The fault goes with the tables.)
        for node in [head, second.node] { try await node.store.reproject() }
        try await company.settle([office, second])
        let dump = try await ReplicaDump(office.node.store, isShared: true)
        for node in [head, second.node] {
            #expect(try await node.store.unprojected().isEmpty)
            #expect(try await node.shown(.household, id).value("property_type") == .text("毒"))
            #expect(
                try await ReplicaDump(node.store, isShared: true).differences(from: dump) == [])
            try await node.isSound()
        }
    }

    @Test func `S36 the same when the projection is made anew, and one's own save is refused`()
        async throws
    {
        let (company, office) = try await TestCompany.withOffice()
        let id = try await office.node.household("3", "2", "501")
        try await office.node.set(.household, id, "property_type", .text("毒"))
        try await company.settle([office])
        let store = company.headquarters.node.store
        try await store.queue.write { db in
            // The progress is told on this thread, inside this transaction.
            nonisolated(unsafe) let here = db
            try store.rebuildProjection(db) { done, total in
                if done == total { #expect(throws: Never.self) { try Self.plant(here) } }
            }
        }
        #expect(try await store.unprojected().map(\.reason) == ["failed"])
        let record = try await company.headquarters.node.shown(.household, id)
        #expect(record.value("area") == .integer(8_850) && record.value("property_type") == .empty)
        let groups = try await store.spaces().map(\.groups)
        await #expect(throws: DatabaseError.self) {
            try await company.headquarters.node.set(
                .household, id, "property_type", .text("毒"))
        }
        #expect(try await store.spaces().map(\.groups) == groups)
        try await store.reproject()
        #expect(try await store.unprojected().isEmpty)
        try await company.headquarters.node.isSound()
    }

    @Test
    func `S37 a program older than the database refuses it, names what to do, and changes nothing`()
        async throws
    {
        let (company, office) = try await TestCompany.withOffice()
        let id = try await office.node.household("3", "2", "501")
        try await office.node.store.queue.write { db in
            try db.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('99 later')")
        }
        try office.close()
        func files() throws -> [String: Data] {
            let names = try FileManager.default.contentsOfDirectory(atPath: office.folder.path)
            // The index beside a database is made anew whenever it is opened, and an empty log too.
            return try Dictionary(
                uniqueKeysWithValues: names.filter { !$0.hasSuffix("-shm") }.map {
                    ($0, try Data(contentsOf: office.folder.appending(path: $0)))
                }
            ).filter { !$0.value.isEmpty }
        }
        let before = try files()
        for _ in 0..<2 {
            let error = await #expect(throws: StoreError.self) { try await office.open() }
            #expect(error?.code == .newerDatabase)
            #expect(
                error?.message
                    == "The database was written by a newer program. Install that version or a later one."
            )
            #expect(try files() == before)
        }
        // The newer program goes on where it was.
        let queue = try DatabaseQueue(
            path: office.folder.appending(path: "gatehouse.db").path)
        try await queue.write { db in
            try db.execute(sql: "DELETE FROM grdb_migrations WHERE identifier = '99 later'")
        }
        try queue.close()
        try await office.open()
        try await company.settle([office])
        _ = try await company.headquarters.node.shown(.household, id)
        try await office.node.isSound()
    }
}
