import Records
import Store
import SyncCore
import Testing

@testable import Node

@Suite struct ImportingUndoTests {
    private func register(area: String = "88.50", phone: String = "13800000001") -> [UInt8] {
        Fixtures.csv(
            "楼栋房号,建筑面积,姓名,关系,电话,入住日期",
            "3-2-501,\(area),王伟,业主,\(phone),2020-01-02", "3-2-502,70,李娜,业主,,2020-01-02")
    }

    private func batch(_ bytes: [UInt8], _ node: LocalNode) async throws -> Int64 {
        let report = try await node.importRegister("households", bytes: bytes, actor: nil)
        return try #require(report.batch)
    }

    @Test func `an undone import is gone, and importing again brings it back`() async throws {
        try await withOffice("MH03") { node in
            let bytes = try Fixtures.households("MH03")
            let first = try await batch(bytes, node)
            #expect(try await node.undoImport(first, actor: nil) == 248 + 438 * 2)
            for type in [RecordType.household, .person, .occupancy] {
                #expect(try await node.count(type) == 0)
            }
            #expect(try await node.undoImport(first, actor: nil) == 0)
            let report = try await node.importRegister("households", bytes: bytes, actor: nil)
            #expect(report.unchanged == 0)
            #expect(try await node.count(.household) == 248)
            #expect(try await node.count(.person) == 438)
            let sound = try await node.store.verify()
            #expect(sound.isSound, "\(sound.faults)")
        }
    }

    @Test func `what a clerk has changed since stays, and is not doubled by importing again`()
        async throws
    {
        try await withOffice("MH01") { node in
            let first = try await batch(register(), node)
            var query = RecordQuery(.person)
            query.filters = [("name", .text("王伟"))]
            let person = try #require(try await node.store.list(query).records.first)
            try await node.set(.person, person.id, "kind", .text("individual"))
            #expect(try await node.undoImport(first, actor: nil) == 6)
            let left = try await node.only(.person)
            #expect(left.id == person.id)
            #expect(left.text("kind") == "individual" && left.text("name") == "王伟")
            _ = try await batch(register(), node)
            #expect(try await node.count(.person) == 2)
            #expect(try await node.count(.household) == 2)
        }
    }

    @Test func `a changed field gets its former value back, unless somebody has changed it since`()
        async throws
    {
        try await withOffice("MH01") { node in
            _ = try await batch(register(), node)
            let second = try await batch(register(area: "90", phone: "13800000002"), node)
            var query = RecordQuery(.household)
            query.filters = [("room", .text("501"))]
            let id = try #require(try await node.store.list(query).records.first).id
            let person = try await node.store.list(RecordQuery(.person)).records.filter {
                $0.text("name") == "王伟"
            }[0]
            #expect(person.text("phones").contains("13800000002"))
            #expect(try await node.undoImport(second, actor: nil) == 2)
            let household = try #require(try await node.store.record(.household, id))
            #expect(household.value("area") == .integer(8_850))
            #expect(household.conflicts.isEmpty)
            let phones = try await node.store.record(.person, person.id)?.text("phones")
            #expect(phones?.contains("13800000001") == true)
            #expect(phones?.contains("13800000002") == false)

            let third = try await batch(register(area: "90"), node)
            try await node.set(.household, id, "area", .integer(9_200))
            #expect(try await node.undoImport(third, actor: nil) == 0)
            #expect(
                try await node.store.record(.household, id)?.value("area") == .integer(9_200))
        }
    }

    @Test func `imports undone one after the other leave nothing`() async throws {
        try await withOffice("MH01") { node in
            let first = try await batch(register(), node)
            let second = try await batch(register(area: "90", phone: "13800000002"), node)
            _ = try await node.undoImport(second, actor: nil)
            _ = try await node.undoImport(first, actor: nil)
            for type in [RecordType.household, .person, .occupancy] {
                #expect(try await node.count(type) == 0, "\(type.name)")
            }
            #expect(
                try await node.store.importBatches(limit: 9).allSatisfy { $0.undone != nil })
        }
    }

    /// The import that made 王伟, and the one that changed the number.
    private func twoBatches(_ node: LocalNode) async throws -> (Int64, Int64, RecordID) {
        let first = try await batch(register(), node)
        let person = try #require(
            try await node.store.list(RecordQuery(.person)).records.first {
                $0.text("name") == "王伟"
            })
        return (first, try await batch(register(phone: "13800000002"), node), person.id)
    }

    @Test func `imports undone from the oldest on leave nothing`() async throws {
        try await withOffice("MH01") { node in
            let (first, second, person) = try await twoBatches(node)
            _ = try await node.undoImport(first, actor: nil)
            #expect(try await node.only(.person).id == person)
            #expect(try await node.undoImport(second, actor: nil) == 1)
            for type in [RecordType.household, .person, .occupancy] {
                #expect(try await node.count(type) == 0, "\(type.name)")
            }
            #expect(try await node.undoImport(first, actor: nil) == 0)
            let report = try await node.importRegister(
                "households", bytes: register(), actor: nil)
            #expect(report.unchanged == 0)
            #expect(try await node.count(.person) == 2)
            let sound = try await node.store.verify()
            #expect(sound.isSound, "\(sound.faults)")
        }
    }

    @Test(arguments: [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]])
    func `three imports undone in any order leave nothing`(order: [Int]) async throws {
        try await withOffice("MH01") { node in
            var batches: [Int64] = []
            for digit in 1...3 {
                batches.append(
                    try await batch(register(area: "9\(digit)", phone: "1380000000\(digit)"), node))
            }
            for place in order.dropLast() {
                _ = try await node.undoImport(batches[place], actor: nil)
            }
            // What still stands is seen as long as it stands.
            let last = try #require(order.last)
            let people = try await node.store.list(RecordQuery(.person)).records
            let phones = people.map { $0.text("phones") }.joined()
            #expect(phones.contains("1380000000\(last + 1)"))
            _ = try await node.undoImport(batches[last], actor: nil)
            for type in [RecordType.household, .person, .occupancy] {
                #expect(try await node.count(type) == 0, "\(type.name)")
            }
        }
    }

    @Test(arguments: [false, true])
    func `a person's edit after two imports survives both undone`(newestFirst: Bool)
        async throws
    {
        try await withOffice("MH01") { node in
            let (first, second, person) = try await twoBatches(node)
            try await node.set(.person, person, "kind", .text("individual"))
            for batch in newestFirst ? [second, first] : [first, second] {
                _ = try await node.undoImport(batch, actor: nil)
            }
            let left = try await node.only(.person)
            #expect(left.id == person && left.text("kind") == "individual")
            #expect(!left.text("phones").contains("13800000002"))
            #expect(try await node.undoImport(second, actor: nil) == 0)
            #expect(try await node.undoImport(first, actor: nil) == 0)
        }
    }

    @Test(arguments: [false, true])
    func `a person's edit between two imports comes back when both are undone`(newestFirst: Bool)
        async throws
    {
        try await withOffice("MH01") { node in
            let first = try await batch(register(), node)
            var query = RecordQuery(.household)
            query.filters = [("room", .text("501"))]
            let id = try #require(try await node.store.list(query).records.first).id
            try await node.set(.household, id, "area", .integer(9_200))
            let second = try await batch(register(area: "95"), node)
            for batch in newestFirst ? [second, first] : [first, second] {
                _ = try await node.undoImport(batch, actor: nil)
            }
            let left = try await node.only(.household)
            #expect(left.id == id && left.value("area") == .integer(9_200))
        }
    }

    @Test(arguments: [false, true])
    func `a record entered by hand is as it was when both imports are undone`(newestFirst: Bool)
        async throws
    {
        try await withOffice("MH01") { node in
            let id = try await node.household("3", "2", "501")
            func file(_ kind: String) -> [UInt8] {
                Fixtures.csv("楼栋房号,物业类型", "3-2-501,\(kind)")
            }
            let first = try await batch(file("住宅"), node)
            let second = try await batch(file("商铺"), node)
            for batch in newestFirst ? [second, first] : [first, second] {
                _ = try await node.undoImport(batch, actor: nil)
            }
            let left = try await node.shown(.household, id)
            #expect(left.text("property_type") == "")
            #expect(left.value("area") == .integer(8_850))
        }
    }

    @Test func `an edit that only the office sees keeps its record`() async throws {
        try await withOffice("MH01") { node in
            let first = try await batch(register(), node)
            let person = try #require(
                try await node.store.list(RecordQuery(.person)).records.first {
                    $0.text("name") == "王伟"
                })
            try await node.set(.person, person.id, "birthday", .text("1970-12-04"))
            _ = try await node.undoImport(first, actor: nil)
            #expect(try await node.only(.person).text("birthday") == "1970-12-04")
        }
    }

    @Test func `an unknown batch is named`() async throws {
        try await withOffice("MH01") { node in
            let error = await #expect(throws: ImportError.self) {
                try await node.undoImport(7, actor: nil)
            }
            #expect(error?.code == "unknown-batch")
            #expect(
                error?.message == "There is no import 7 here. Look it up in the list of imports.")
        }
    }
}
