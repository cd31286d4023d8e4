import Records
import Store
import SyncCore
import Testing
import Wire

@testable import Node

/// What a save names and what it leaves alone (design.md §3.3–3.6).
@Suite struct ConcurrencySavingTests {
    private let company: TestCompany
    private let office: TestNode
    private let id: RecordID

    init() async throws {
        company = try await TestCompany()
        office = try await company.office("MH01")
        id = try await office.node.household("3", "2", "501")
        try await company.settle([office])
    }

    private var head: LocalNode { company.headquarters.node }

    @Test func `a form opened before a sync and saved after it overwrites nothing it did not show`()
        async throws
    {
        let form = try await office.node.shown(.household, id).version
        try await head.set(.household, id, "area", .integer(1))
        try await head.set(.household, id, "status", .text("vacant"))
        try await company.settle([office])
        try await office.node.set(.household, id, "area", .integer(2), shown: .version(form))
        try await company.settle([office])
        for node in [office.node, head] {
            let record = try await node.shown(.household, id)
            #expect(record.conflicts == ["area"])
            #expect(record.value("status") == .text("vacant"))
            let values = try await node.store.conflicts(.household, id).first?.candidates.map(
                \.value)
            #expect(Set(values ?? []) == [.integer(1), .integer(2)])
        }
    }

    @Test func `a save with an old version is refused only when a field to be written has moved`()
        async throws
    {
        let form = try await office.node.shown(.household, id).version
        try await head.set(.household, id, "area", .integer(1))
        try await company.settle([office])
        let before = try await office.node.store.spaces()
        let refusal = await #expect(throws: ChangedMeanwhile.self) {
            try await office.node.set(
                .household, id, "area", .integer(2), shown: .version(form), checksVersions: true)
        }
        #expect(refusal?.fields == ["area"])
        #expect(refusal?.record == id)
        #expect(try await office.node.store.spaces().map(\.state) == before.map(\.state))
        try await office.node.set(
            .household, id, "status", .text("vacant"), shown: .version(form), checksVersions: true)
        #expect(try await office.node.shown(.household, id).conflicts == [])
        // What is said already needs no saying, whatever the version.
        try await office.node.set(
            .household, id, "area", .integer(1), shown: .version(form), checksVersions: true)
    }

    @Test func `every field that moved is named in the refusal`() async throws {
        let form = try await office.node.shown(.household, id).version
        try await head.set(.household, id, "area", .integer(1))
        try await head.set(.household, id, "status", .text("vacant"))
        try await company.settle([office])
        let contents = RecordType.household.contents([
            "area": .integer(2), "status": .text("sold"), "property_type": .text("x"),
        ])
        let refusal = await #expect(throws: ChangedMeanwhile.self) {
            try await office.node.save(
                [RecordEdit(.household, .change(id), contents: contents, shown: .version(form))],
                actor: nil, checksVersions: true)
        }
        #expect(refusal?.fields == ["area", "status"])
    }

    @Test func `an ordinary save of a field in conflict names the shown value only`() async throws {
        try await office.node.set(.household, id, "status", .text("sold"))
        try await head.set(.household, id, "status", .text("vacant"))
        try await company.settle([office])
        let shown = try await office.node.shown(.household, id).value("status")
        try await office.node.set(.household, id, "status", .text("unsold"))
        try await company.settle([office])
        for node in [office.node, head] {
            let conflict = try #require(try await node.store.conflicts(.household, id).first)
            let values = Set(conflict.candidates.compactMap(\.value))
            #expect(
                values
                    == Set([.text("sold"), .text("vacant")]).subtracting([shown]).union([
                        .text("unsold")
                    ]))
        }
    }

    @Test func `a third parallel edit made before the resolution arrived is still shown`()
        async throws
    {
        try await office.node.set(.household, id, "status", .text("sold"))
        try await head.set(.household, id, "status", .text("vacant"))
        try await company.settle([office])
        let second = try await company.office("MH01")
        try await company.settle([second])
        try await second.node.set(.household, id, "status", .text("moving_in"))
        try await office.node.resolve(.household, id, "status", .text("sold"))
        try await company.settle([office, second])
        for node in [office.node, head, second.node] {
            let record = try await node.shown(.household, id)
            #expect(record.conflicts == ["status"])
            let conflict = try #require(try await node.store.conflicts(.household, id).first)
            #expect(
                Set(conflict.candidates.compactMap(\.value)).isSuperset(of: [
                    .text("sold"), .text("moving_in"),
                ]))
        }
    }

    @Test func `two resolutions in parallel leave a smaller conflict, and one more settles it`()
        async throws
    {
        try await office.node.set(.household, id, "status", .text("sold"))
        try await head.set(.household, id, "status", .text("vacant"))
        try await company.settle([office])
        try await office.node.resolve(.household, id, "status", .text("sold"))
        try await head.resolve(.household, id, "status", .text("vacant"))
        try await company.settle([office])
        let conflict = try #require(try await head.store.conflicts(.household, id).first)
        #expect(conflict.candidates.count == 2)
        try await head.resolve(.household, id, "status", .text("sold"))
        try await company.settle([office])
        #expect(try await office.node.shown(.household, id).conflicts == [])
        #expect(try await office.node.shown(.household, id).value("status") == .text("sold"))
        let note = try await office.node.store.history(.household, id)
            .filter { $0.number == ReservedField.note }
        #expect(note.count == 3)
        try await office.node.isSound()
    }

    @Test func `elements added in parallel are all there, and removing one removes what was shown`()
        async throws
    {
        let person = try await office.person(["name": .text("王芳")])
        try await company.settle([office])
        try await office.node.setElements(.person, person, "tags", [tag("老人"), tag("独居")])
        try await head.setElements(.person, person, "tags", [tag("老人"), tag("党员")])
        try await company.settle([office])
        let field = try #require(RecordType.person.field(named: "tags"))
        for node in [office.node, head] {
            #expect(try await elements(node, person, field) == [tag("老人"), tag("独居"), tag("党员")])
            #expect(try await node.shown(.person, person).conflicts == [])
        }
        let form = try await office.node.shown(.person, person).version
        try await head.setElements(
            .person, person, "tags", [tag("老人"), tag("独居"), tag("党员"), tag("志愿者")])
        try await company.settle([office])
        // The form did not show the last one, so leaving it out does not remove it.
        try await office.node.setElements(
            .person, person, "tags", [tag("独居")], shown: .version(form))
        try await company.settle([office])
        for node in [office.node, head] {
            #expect(try await elements(node, person, field) == [tag("独居"), tag("志愿者")])
        }
    }

    private func tag(_ text: String) -> Value { .text("{\"value\":\"\(text)\"}") }

    private func elements(_ node: LocalNode, _ id: RecordID, _ field: Field) async throws -> Set<
        Value
    > {
        guard case .text(let column) = try await node.shown(.person, id).value(field.name) else {
            return []
        }
        return Set(field.elements(inColumn: column))
    }

    @Test func `a vehicle is found by its plate`() async throws {
        let person = try await office.person(["name": .text("王芳")])
        try await office.node.setElements(
            .person, person, "vehicles", [.text("粤B12345"), .text("粤B67890")])
        var query = RecordQuery(.person)
        query.search = "粤B67890"
        #expect(try await office.node.store.list(query).records.map(\.id) == [person])
    }

    @Test
    func `fields that this role or this moment may not write are refused, and nothing is stored`()
        async throws
    {
        let before = try await office.node.store.spaces().map(\.groups)
        let estate = try #require(
            try await office.node.store.list(RecordQuery(.estate)).records.first
        ).id
        // M2: headquarters alone writes it after the creation.
        try await refused(.notAllowed) {
            try await office.node.set(.estate, estate, "name", .text("x"))
        }
        let ticket = try await office.ticketID()
        let groups = try await office.node.store.spaces().map(\.groups)
        // M1: the creating group alone writes it.
        try await refused(.notAllowed) {
            try await office.node.set(.ticket, ticket, "no", .text("FW-1"))
        }
        // Office-only fields have no writer at headquarters.
        try await refused(.notAllowed) {
            try await head.set(.household, id, "special_needs", .text("x"))
        }
        try await refused(.notAllowed) {
            try await office.node.set(.household, id, "area", .text("many"))
        }
        try await refused(.recordNotFound) {
            try await office.node.set(.household, ticket, "area", .integer(1))
        }
        #expect(try await office.node.store.spaces().map(\.groups) == groups)
        #expect(groups != before)
    }

    private func refused(
        _ code: StoreError.Code, sourceLocation: SourceLocation = #_sourceLocation,
        _ body: () async throws -> Void
    ) async throws {
        let error = await #expect(throws: StoreError.self, sourceLocation: sourceLocation) {
            try await body()
        }
        #expect(error?.code == code, sourceLocation: sourceLocation)
    }

    @Test func `two spaces in one save are one transaction`() async throws {
        let groups = try await office.node.save(
            [
                RecordEdit(
                    .household, .change(id),
                    contents: RecordType.household.contents([
                        "area": .integer(7), "special_needs": .text("轮椅"),
                    ]), note: "电话里说的")
            ], actor: nil)
        #expect(groups.count == 2)
        let before = try await office.node.store.spaces().map(\.state)
        // The shared part would do; the private one is too large, so neither is stored.
        try await refused(.tooLarge) {
            try await office.node.save(
                [
                    RecordEdit(
                        .household, .change(id),
                        contents: RecordType.household.contents([
                            "area": .integer(8),
                            "special_needs": .text(String(repeating: "长", count: 30_000)),
                        ]))
                ], actor: nil)
        }
        #expect(try await office.node.store.spaces().map(\.state) == before)
        #expect(try await office.node.shown(.household, id).value("area") == .integer(7))
        try await company.settle([office])
    }

    @Test func `the reason of a private change stays in the private space`() async throws {
        let groups = try await office.node.save(
            [
                RecordEdit(
                    .household, .change(id),
                    contents: RecordType.household.contents(["special_needs": .text("轮椅")]),
                    note: "NOTE-MARKER")
            ], actor: nil)
        #expect(groups.count == 1)
        let report = try await company.exchange(office)
        #expect(report.sent.values.reduce(0, +) == 0)
    }

    @Test func `a save that exceeds a limit is refused and stores nothing`() async throws {
        let before = try await office.node.store.spaces().map(\.state)
        let text = String(repeating: "x", count: 60_000)
        // Each value is allowed, all together are more than a group may have.
        let edits = (0..<20).map { _ in
            RecordEdit(
                .ticket, .create(office.node.newID(for: .ticket)),
                contents: RecordType.ticket.contents([
                    "kind": .text("repair"), "content": .text(text),
                    "occurred_at": .text("2025-11-13T09:30:00+08:00"),
                ]))
        }
        try await refused(.tooLarge) { try await office.node.save(edits, actor: nil) }
        try await refused(.tooLarge) {
            try await office.node.set(
                .household, id, "service_needs", .text(String(repeating: "x", count: 65_537)))
        }
        #expect(try await office.node.store.spaces().map(\.state) == before)
        try await office.node.save(Array(edits.prefix(17)), actor: nil)
        try await company.settle([office])
    }

    @Test func `the largest group that can be saved can also be sent`() async throws {
        let field = try #require(RecordType.ticket.field(named: "content"))
        let other = try #require(RecordType.ticket.field(named: "demand"))
        func save(_ bytes: Int) async throws {
            let edits = (0..<16).map { number in
                RecordEdit(
                    .ticket, .create(office.node.newID(for: .ticket)),
                    contents: [
                        field.number: .value(.text(String(repeating: "x", count: 64_000))),
                        other.number: .value(
                            .text(String(repeating: "y", count: number == 0 ? bytes : 1))),
                    ])
            }
            try await office.node.save(edits, actor: nil)
        }
        // The greatest size that is not refused, to the byte.
        var (fits, tooLarge) = (1, 65_000)
        while tooLarge - fits > 1 {
            let middle = (fits + tooLarge) / 2
            do {
                try await save(middle)
                fits = middle
            } catch let error as StoreError where error.code == .tooLarge {
                tooLarge = middle
            }
        }
        #expect(fits > 1 && tooLarge < 65_000)
        try await company.settle([office])
    }

    @Test
    func `a record that is made and changed in one save has both, and no conflict with itself`()
        async throws
    {
        let id = office.node.newID(for: .person)
        let name = try #require(RecordType.person.field(named: "name")).number
        try await office.node.save(
            [
                RecordEdit(.person, .create(id), contents: [name: .value(.text("甲"))]),
                RecordEdit(.person, .change(id), contents: [name: .value(.text("乙"))]),
                RecordEdit(.person, .change(id), contents: [name: .value(.text("丙"))]),
            ], actor: nil)
        let record = try await office.node.shown(.person, id)
        #expect(record.value("name") == .text("丙"))
        #expect(record.conflicts == [])
        #expect(
            try await office.node.everSaid(.person, id, "name")
                == [.text("甲"), .text("乙"), .text("丙")])
    }

    @Test func `fifty people who save at once all save, and the guard file knows the last`()
        async throws
    {
        try await saveAtOnce(50, at: office.node)
        #expect(try await office.node.everSaid(.household, id, "property_type").count == 50)
        let life = try await office.node.store.life()
        try office.close()
        try await office.open()
        #expect(try await office.node.store.life() == life)
        try await office.node.isSound()
    }

    private func saveAtOnce(_ count: Int, at node: LocalNode) async throws {
        let household = id
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<count {
                group.addTask {
                    try await node.set(.household, household, "property_type", .text("\(number)"))
                }
            }
            try await group.waitForAll()
        }
    }
}

extension TestNode {
    func ticketID() async throws -> RecordID {
        _ = try await ticket()
        return try #require(try await node.store.list(RecordQuery(.ticket)).records.first).id
    }

    func person(_ values: [String: Value]) async throws -> RecordID {
        let id = node.newID(for: .person)
        try await node.save(
            [RecordEdit(.person, .create(id), contents: RecordType.person.contents(values))],
            actor: nil)
        return id
    }
}

extension LocalNode {
    func setElements(
        _ type: RecordType, _ id: RecordID, _ field: String, _ elements: [Value],
        shown: RecordEdit.Shown = .latest
    ) async throws {
        let number = try #require(type.field(named: field)).number
        try await save(
            [RecordEdit(type, .change(id), contents: [number: .elements(elements)], shown: shown)],
            actor: nil)
    }
}
