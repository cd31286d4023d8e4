import GRDB
import Records
import SyncCore
import Testing

@testable import Node
@testable import Store

/// Records that bear one number are all kept, and each is flagged while there are several
/// (design.md §4).
@Suite struct SharedNumberTests {
    private let company: TestCompany
    private let office: TestNode

    init() async throws {
        company = try await TestCompany()
        office = try await company.office("MH01")
        try await company.settle([office])
    }

    private var head: LocalNode { company.headquarters.node }

    /// Of the office and an undetected copy of it, each with a ticket of one number.
    private func twins() async throws -> (copy: TestNode, ids: Set<RecordID>) {
        let copy = try await office.clone()
        let ids = [try await office.node.numbered(), try await copy.node.numbered()]
        let numbers = [
            try await office.node.shown(.ticket, ids[0]).value("no"),
            try await copy.node.shown(.ticket, ids[1]).value("no"),
        ]
        try #require(numbers[0] == numbers[1] && numbers[0] != .empty)
        return (copy, Set(ids))
    }

    private func check(
        _ nodes: [LocalNode], flagged: Set<RecordID>,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        for node in nodes {
            #expect(try await node.flagged() == flagged, sourceLocation: sourceLocation)
            try await node.isSound(sourceLocation: sourceLocation)
            let before = try await ReplicaDump(node.store)
            try await node.store.reproject()
            let after = try await ReplicaDump(node.store)
            #expect(after.differences(from: before) == [], sourceLocation: sourceLocation)
            #expect(try await node.flagged() == flagged, sourceLocation: sourceLocation)
        }
    }

    // MARK: Copies

    @Test(arguments: [false, true])
    func `a number that two copies of an office gave out flags both records on all sides`(
        copyFirst: Bool
    ) async throws {
        let (copy, ids) = try await twins()
        for node in [office.node, copy.node] { #expect(try await node.flagged() == []) }
        try await company.settle(copyFirst ? [copy, office] : [office, copy])
        let nodes = [head, office.node, copy.node]
        for node in nodes {
            let counts = try await node.store.conflictCounts()
            #expect(counts.map(\.count) == [2] && counts[0].type.name == "tickets")
            let shared = try await node.store.sharedConflictCounts()
            #expect(shared == [office.node.identity.space: 2])
            for id in ids {
                let conflicts = try await node.store.conflicts(.ticket, id)
                #expect(conflicts.map(\.field.name) == ["no"])
                #expect(
                    conflicts.map(\.kind) == [
                        .sharedNumber(with: [RecordID](ids.subtracting([id])))
                    ])
                #expect(conflicts.flatMap(\.candidates).isEmpty)
            }
        }
        try await check(nodes, flagged: ids)
    }

    @Test func `deleting one takes the flag from the other, and restoring it brings both back`()
        async throws
    {
        let (copy, ids) = try await twins()
        try await company.settle([office, copy])
        let nodes = [head, office.node, copy.node]
        for id in ids {
            try await head.delete(.ticket, id)
            try await company.settle([office, copy])
            try await check(nodes, flagged: [])
            for node in nodes {
                #expect(try await node.shown(.ticket, id).conflicts == [])
                for other in ids { #expect(try await node.store.conflicts(.ticket, other).isEmpty) }
            }
            try await office.node.bringBack(.ticket, id)
            try await company.settle([office, copy])
            try await check(nodes, flagged: ids)
        }
    }

    @Test func `of three with one number two stay flagged when one leaves`() async throws {
        let ids = [
            try await office.node.numbered("2025-1"),
            try await head.numbered("2025-1", for: office),
            try await office.node.numbered("2025-1"),
        ]
        try await company.settle([office])
        let nodes = [head, office.node]
        try await check(nodes, flagged: Set(ids))
        for (place, left) in [[ids[1], ids[2]], []].enumerated() {
            try await office.node.delete(.ticket, ids[place])
            try await company.settle([office])
            try await check(nodes, flagged: Set(left))
        }
        try await office.node.bringBack(.ticket, ids[0])
        try await company.settle([office])
        try await check(nodes, flagged: [ids[0], ids[2]])
    }

    @Test func `a record deleted here and changed there shows, and so does its flag`() async throws
    {
        let first = try await office.node.numbered("2025-1")
        let second = try await office.node.numbered("2025-1")
        try await company.settle([office])
        try await office.node.delete(.ticket, first)
        try await head.set(.ticket, first, "content", .text("水管漏水，催办"))
        #expect(try await office.node.flagged() == [])
        try await company.settle([office])
        #expect(try await head.shown(.ticket, first).state == .disputed)
        try await check([head, office.node], flagged: [first, second])
    }

    // MARK: Own numbers

    @Test
    func `an imported record with a number of its own that is one of ours is flagged as well`()
        async throws
    {
        let ours = try await office.node.numbered()
        guard case .text(let number) = try await office.node.shown(.ticket, ours).value("no") else {
            Issue.record("a ticket got no number")
            return
        }
        let another = try await office.node.numbered()
        #expect(try await office.node.flagged() == [])
        let imported = try await office.node.numbered(number)
        #expect(try await office.node.flagged() == [ours, imported])
        try await company.settle([office])
        try await check([head, office.node], flagged: [ours, imported])
        #expect(try await head.shown(.ticket, another).conflicts == [])
    }

    @Test func `one number in records of two types is no conflict`() async throws {
        _ = try await office.node.numbered("2025-1")
        try await office.node.save(
            [
                RecordEdit(
                    .contact, .create(office.node.newID(for: .contact)),
                    contents: RecordType.contact.contents([
                        "no": .text("2025-1"), "channel": .text("phone"),
                        "occurred_at": .text("2025-11-13T09:30:00+08:00"),
                    ]))
            ], actor: nil)
        #expect(try await office.node.store.conflictCounts().isEmpty)
        try await office.node.isSound()
    }

    @Test func `a document's number that equals another record's number is no conflict`()
        async throws
    {
        let node = office.node
        let first = try await node.numbered("2025-1", document: "2025-1")
        let second = try await node.numbered("2025-2", document: "2025-1")
        _ = try await node.numbered("2025-3", document: "2025-1")
        try await check([node], flagged: [])
        // Both have its key, and only their own column says who bears it.
        let third = try await node.numbered("2025-1", document: "2025-2")
        try await check([node], flagged: [first, third])
        try await node.set(.ticket, third, "document_no", .text("2025-9"))
        try await node.set(.ticket, second, "document_no", .empty)
        try await check([node], flagged: [first, third])
        try await node.delete(.ticket, third)
        try await check([node], flagged: [])
    }

    @Test func `the records of a number are found by its key`() async throws {
        let store = office.node.store
        let table = store.tables[.ticket]
        let keyed = "USING PRIMARY KEY (kind=? AND key=? AND type=?"
        try await store.queue.read { db in
            func plan(_ sql: String) throws -> [String] {
                let sql = sql.replacing("?", with: "1")
                return try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN \(sql)").map { $0["detail"] }
            }
            let steps = try plan("SELECT t.row \(SharedNumbers.bearing(table))")
            #expect(steps.count == 2 && steps[0].contains(keyed), "\(steps)")
            #expect(steps[1].hasPrefix("SEARCH t USING INTEGER PRIMARY KEY"), "\(steps)")
        }
    }

    @Test func `registers of two offices may count alike`() async throws {
        let second = try await company.office("MH02")
        for node in [office.node, second.node] { _ = try await node.numbered("2025-1") }
        try await company.settle([office, second])
        for node in [head, office.node, second.node] { #expect(try await node.flagged() == []) }
        try await head.isSound()
    }

    // MARK: Together with other conflicts

    @Test func `other conflicts of a record come and go beside the flag of its number`()
        async throws
    {
        let first = try await office.node.numbered("2025-1")
        let second = try await office.node.numbered("2025-1")
        try await company.settle([office])
        try await office.node.set(.ticket, first, "status", .text("dispatched"))
        try await head.set(.ticket, first, "status", .text("closed"))
        try await company.settle([office])
        let nodes = [head, office.node]
        for node in nodes {
            #expect(try await node.shown(.ticket, first).conflicts == ["no", "status"])
        }
        try await check(nodes, flagged: [first, second])
        try await office.node.delete(.ticket, second)
        for node in [office.node] {
            #expect(try await node.shown(.ticket, first).conflicts == ["status"])
        }
        try await office.node.bringBack(.ticket, second)
        try await office.node.resolve(.ticket, first, "status", .text("closed"))
        try await company.settle([office])
        try await check(nodes, flagged: [first, second])
        for node in nodes { #expect(try await node.shown(.ticket, first).conflicts == ["no"]) }
    }

    /// No honest author writes a number twice; two copies that make one record do.
    @Test(arguments: [false, true])
    func
        `a record with two live numbers is flagged for that, and for the shown one while it is shared`(
            copyFirst: Bool
        ) async throws
    {
        let copy = try await office.clone()
        let id = office.node.newID(for: .ticket)
        let early = try await office.node.numbered("2025-1", as: id)
        #expect(early == id)
        _ = try await copy.node.numbered("2025-2", as: id)
        let sharing = [
            try await office.node.numbered("2025-1"), try await copy.node.numbered("2025-2"),
        ]
        #expect(try await office.node.flagged() == [id, sharing[0]])
        #expect(try await copy.node.flagged() == [id, sharing[1]])
        try await company.settle(copyFirst ? [copy, office] : [office, copy])
        let nodes = [head, office.node, copy.node]
        // The earlier write stands, so its number is the one that is shared.
        try await check(nodes, flagged: [id, sharing[0]])
        for node in nodes {
            let kinds = try await node.store.conflicts(.ticket, id).map(\.kind)
            #expect(kinds == [.values, .sharedNumber(with: [sharing[0]])])
        }
        try await head.delete(.ticket, sharing[0])
        try await company.settle([office, copy])
        try await check(nodes, flagged: [id])
        for node in nodes {
            #expect(try await node.store.conflicts(.ticket, id).map(\.kind) == [.values])
        }
        try await head.delete(.ticket, id)
        try await head.bringBack(.ticket, sharing[0])
        try await company.settle([office, copy])
        try await check(nodes, flagged: [])
    }
}

extension LocalNode {
    /// A ticket with a number of its own, or with the next of the series.
    fileprivate func numbered(
        _ number: String? = nil, document: String? = nil, as id: RecordID? = nil,
        for office: TestNode? = nil
    ) async throws -> RecordID {
        let id = id ?? newID(for: .ticket, in: office?.node.identity.space)
        var values: [String: Value] = [
            "kind": .text("repair"), "content": .text("水管漏水"),
            "occurred_at": .text("2025-11-13T09:30:00+08:00"),
        ]
        values["no"] = number.map(Value.text)
        values["document_no"] = document.map(Value.text)
        try await save(
            [RecordEdit(.ticket, .create(id), contents: RecordType.ticket.contents(values))],
            actor: nil)
        return id
    }

    /// The tickets whose number is flagged, as the filter of a list finds them.
    fileprivate func flagged() async throws -> Set<RecordID> {
        var query = RecordQuery(.ticket)
        query.onlyConflicts = true
        let found = try await store.list(query).records
        return Set(found.filter { $0.conflicts.contains("no") }.map(\.id))
    }
}
