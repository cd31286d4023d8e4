import GRDB
import Records
import SyncCore
import Testing

@testable import Node
@testable import Store

/// What the search box finds (ux.md §5.1).
@Suite struct SearchTests {
    private let office: TestNode

    init() async throws {
        office = try await TestNode(.office, code: "MH01")
    }

    private var node: LocalNode { office.node }

    @discardableResult
    private func tickets(_ all: [[String: Value]]) async throws -> [RecordID] {
        let edits = all.map { values in
            RecordEdit(
                .ticket, .create(node.newID(for: .ticket)),
                contents: RecordType.ticket.contents(
                    [
                        "kind": .text("repair"), "content": .text("灯不亮"),
                        "occurred_at": .text("2025-11-13T09:30:00+08:00"),
                    ].merging(values) { $1 }))
        }
        for start in stride(from: 0, to: edits.count, by: 100) {
            try await node.save(
                Array(edits[start..<min(start + 100, edits.count)]), actor: nil)
        }
        return edits.map(\.target.id)
    }

    private func found(_ typed: String, _ type: RecordType = .ticket) async throws -> Set<RecordID>
    {
        var query = RecordQuery(type)
        query.search = typed
        query.limit = 500
        let listed = Set(try await node.store.list(query).records.map(\.id))
        #expect(try await node.store.count(query) == listed.count)
        return listed
    }

    @Test func `a ticket is found by the room its place ends with, however it is spelled`()
        async throws
    {
        let ids = try await tickets([
            ["place": .text("翠湖花园9栋4单元3103")], ["place": .text("19栋4单元3103")],
            ["place": .text("9栋大堂")], ["title": .text("9栋4单元3103楼上漏水")],
        ])
        for typed in ["9栋4单元3103", "9-4-3103", "九栋4单元3103室", "９－４－３１０３"] {
            #expect(try await found(typed) == [ids[0]], "\(typed)")
        }
        #expect(try await found("9栋4单元3104") == [])
    }

    @Test func `a ticket is found by the room of its household, and no more when that changes`()
        async throws
    {
        let household = try await node.household("3", "2", "501")
        let ids = try await tickets([["household": .record(household)], [:]])
        #expect(try await found("3-2-501") == [ids[0]])
        #expect(try await found("3栋2单元501", .household) == [household])
        try await node.set(.household, household, "room", .text("502"))
        #expect(try await found("3-2-501") == [])
        #expect(try await found("3-2-502") == [ids[0]])
    }

    @Test func `the beginning of rooms finds them, and texts that name it`() async throws {
        let ids = try await tickets([
            ["place": .text("3栋2单元501")], ["place": .text("3-2-1801")],
            ["place": .text("3栋1单元501")],
            ["place": .text("3栋大堂")], ["place": .text("12栋2单元501")], ["place": .text("32-501")],
        ])
        #expect(try await found("3栋") == Set(ids[0...3]))
        #expect(try await found("3栋2单元") == Set(ids[0...1]))
        #expect(try await found("3-2-") == Set(ids[0...1]))
    }

    @Test func `last digits find telephone numbers, and texts only when there is none`()
        async throws
    {
        let ids = try await tickets([
            ["caller_phone": .text("13912345678")], ["content": .text("订单5678没有到")],
            ["content": .text("表号88231")],
        ])
        #expect(try await found("13912345678") == [ids[0]])
        #expect(try await found("5678") == [ids[0]])
        #expect(try await found("88231") == [ids[2]])
        #expect(try await found("99999") == [])
    }

    @Test func `a whole number finds its record alone`() async throws {
        let ids = try await tickets([
            ["document_no": .text("WX2025-7")], ["content": .text("同WX2025-7")],
        ])
        #expect(try await found("WX2025-7") == [ids[0]])
        #expect(try await found("WX2025") == [ids[1]])
    }

    @Test func `what only reads like a room is found in texts`() async throws {
        let ids = try await tickets([["content": .text("换LED-12W灯管")], [:]])
        #expect(try await found("LED-12W") == [ids[0]])
    }

    // MARK: Many texts

    /// More than two blocks, so that some rows have filters and some have none yet.
    private func manyTickets() async throws -> [RecordID] {
        let words = ["漏水", "噪音", "电梯", "门禁", "路灯"]
        return try await tickets(
            (0..<700).map { place in
                [
                    "content": .text("第\(place)件：\(words[place % 5])，请尽快处理"),
                    "caller_name": .text("住户\(place / 7)"),
                ]
            })
    }

    /// What a plain look at every row finds.
    private func scanned(_ typed: String) async throws -> Set<RecordID> {
        let texts = RecordType.ticket.fields.filter(\.isSearchedByText).map {
            "instr(\"\($0.name)\", ?1) > 0"
        }
        let ids = try await node.store.queue.read { db in
            try String.fetchAll(
                db, sql: "SELECT id FROM tickets WHERE \(texts.joined(separator: " OR "))",
                arguments: [typed])
        }
        return Set(ids.compactMap(RecordID.init))
    }

    @Test func `a text is found wherever it stands, as a look at every row finds it`() async throws
    {
        _ = try await manyTickets()
        let filters = try await node.store.queue.read { db in
            try Int.fetchOne(db, sql: "SELECT count(*) FROM text_filters")
        }
        #expect(filters == 4)
        for typed in [
            "第3件", "第255件", "第256件", "第699件：", "件：漏水", "水，", "漏", "住户99", "住户36", "尽快漏水",
            "查无此事", "钢琴", "z", "%", "_", "'", "\"", "第5\u{0}",
        ] {
            var query = RecordQuery(.ticket)
            query.search = typed
            #expect(try await node.store.count(query) == scanned(typed).count, "\(typed)")
            query.limit = 20
            var met: [RecordID] = []
            while true {
                let (records, more) = try await node.store.list(query)
                met += records.map(\.id)
                guard more, let last = records.last else { break }
                query.after = last.id
            }
            #expect(met == Array(met.sorted().reversed()), "\(typed)")
            #expect(try await Set(met) == scanned(typed), "\(typed)")
        }
    }

    @Test func `a text changed later is found, and the old one is not`() async throws {
        let ids = try await manyTickets()
        for place in [0, 254, 255, 300, 699] {
            try await node.set(.ticket, ids[place], "content", .text("钢琴\(place)太响"))
            #expect(try await found("钢琴\(place)太") == [ids[place]])
            #expect(try await found("第\(place)件") == [])
        }
        #expect(try await found("钢琴").count == 5)
        try await node.isSound()
        try await node.store.reproject()
        #expect(try await found("钢琴").count == 5)
        try await node.isSound()
    }

    @Test func `a text changed in the page that fills its block is found by the receiver`()
        async throws
    {
        let company = try await TestCompany()
        try await company.join(office)
        let ids = try await tickets(
            (0..<400).map { ["content": .text("第\($0)件事情")] })
        for place in [260, 399] {
            try await node.set(.ticket, ids[place], "content", .text("钢琴\(place)太响"))
        }
        try await tickets((400..<700).map { ["content": .text("第\($0)件事情")] })
        try await company.settle([office])
        let headquarters = company.headquarters.node
        for place in [260, 399] {
            var query = RecordQuery(.ticket)
            query.search = "钢琴\(place)太"
            let list = try await headquarters.store.list(query)
            #expect(list.records.map(\.id) == [ids[place]])
        }
        try await headquarters.isSound()
    }

    @Test(arguments: [
        "DELETE FROM text_filters", "UPDATE text_filters SET bits = zeroblob(4032)",
        "DELETE FROM text_filters WHERE key = (SELECT min(key) FROM text_filters)",
        "UPDATE text_filters SET bits = x'00'",
    ])
    func `filters changed behind the program's back are found and made anew`(_ change: String)
        async throws
    {
        _ = try await manyTickets()
        let store = node.store
        try await store.queue.write { db in try db.execute(sql: change) }
        #expect(try await !store.verify().isSound)
        let report = try await store.repair()
        #expect(report.isSound && report.repairs.count == 1)
        #expect(try await found("第3件").count == 1)
    }

    @Test func `without filters a search is slow and right`() async throws {
        let ids = try await manyTickets()
        try await node.store.queue.write { db in
            try db.execute(
                sql: "DELETE FROM text_filters WHERE key = (SELECT min(key) FROM text_filters)")
        }
        #expect(try await found("第3件") == [ids[3]])
        #expect(try await found("第699件") == [ids[699]])
        try await node.store.queue.write { db in try db.execute(sql: "DELETE FROM text_filters") }
        #expect(try await found("第3件") == [ids[3]])
    }

    // MARK: Plans

    @Test func `keys are met by index, and a few rows are put in order after that`() async throws {
        try await tickets([["place": .text("3栋2单元501"), "caller_phone": .text("13912345678")]])
        for typed in ["3-2-501", "5678"] {
            var query = RecordQuery(.ticket)
            query.search = typed
            let plan = try await plan(query)
            #expect(plan.contains { $0.hasPrefix("SEARCH tickets USING INTEGER PRIMARY KEY") })
            #expect(plan.allSatisfy { !$0.hasPrefix("SCAN tickets") && !$0.hasPrefix("SCAN l") })
            #expect(plan.contains { $0.contains("USING PRIMARY KEY (kind=? AND key") }, "\(plan)")
        }
    }

    private func plan(_ query: RecordQuery) async throws -> [String] {
        let store = node.store
        return try await store.queue.read { db in
            let table = store.tables[query.type]
            let condition = try ListCondition(query, table, db)
            return try Row.fetchAll(
                db,
                sql: "EXPLAIN QUERY PLAN \(table.select) WHERE \(condition.sql) "
                    + "ORDER BY id DESC LIMIT 51",
                arguments: StatementArguments(condition.arguments)
            ).map { $0["detail"] as String }
        }
    }
}
