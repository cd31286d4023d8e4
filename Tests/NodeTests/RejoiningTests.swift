import Records
import Store
import SyncCore
import Testing
import Wire

@testable import Node

/// Joins whose answer was lost, and headquarters that forgot who joined.
@Suite struct RejoiningTests {
    private let company: TestCompany
    private let office: TestNode

    init() async throws {
        company = try await TestCompany()
        office = try await company.office("MH01")
        try await company.settle([office])
    }

    private var head: LocalNode { company.headquarters.node }

    private func join(_ node: TestNode, _ code: JoinCode, as office: String? = nil) async throws {
        _ = try await node.node.join(
            code, url: "test", officeCode: office, through: company.channel)
    }

    private func loseAnswer(_ node: TestNode, _ code: JoinCode) async throws {
        var losing = ScriptedChannel(company.channel)
        losing.response = { _, _ throws(PeerFailure) in throw .cut }
        let channel = losing
        await #expect(throws: PeerFailure.cut) {
            _ = try await node.node.join(code, url: "test", through: channel)
        }
    }

    @Test
    func `a save between a lost join answer and its repeat leaves the node free to join alone`()
        async throws
    {
        let second = try await TestNode(.office, code: "MH01")
        let (code, _) = try await head.invite(officeCode: "MH01")
        try await loseAnswer(second, code)
        let id = try await second.node.household("3", "2", "501")
        // Not the known office's further node any more: it holds data of its own.
        let refusal = await #expect(throws: PeerFailure.self) { try await join(second, code) }
        #expect(refusal?.code == "office-known")
        #expect(second.node.identity.space != office.node.identity.space)
        let (own, _) = try await head.invite(officeCode: "MH07")
        try await join(second, own, as: "MH07")
        try await company.settle([second, office])
        _ = try await head.shown(.household, id)
        #expect(second.node.identity.code == "MH07")
        #expect(try await head.store.members().filter { $0.officeCode == "MH07" }.count == 1)
        try await head.isSound()
        try second.close()
        try await second.open()
        #expect(second.node.identity.code == "MH07")
    }

    @Test func `a node enters the directory with its first exchange, once`() async throws {
        let first = try await TestNode(.office, code: "MH02")
        let (code, _) = try await head.invite(officeCode: "MH02")
        try await loseAnswer(first, code)
        #expect(try await head.store.count(RecordQuery(.node)) == 2)
        try await join(first, code)
        // A further node of an office that has not been heard of since it joined.
        let other = try await company.office("MH02")
        #expect(other.node.identity.space == first.node.identity.space)
        #expect(try await head.store.count(RecordQuery(.node)) == 2)
        try await company.settle([first, other])
        #expect(try await head.store.count(RecordQuery(.node)) == 4)
        try await company.join(first)
        try await company.settle([first, other])
        #expect(try await head.store.count(RecordQuery(.node)) == 4)
    }

    @Test
    func `headquarters restored from before an office joined takes it back with a fresh code`()
        async throws
    {
        let backup = try await company.headquarters.backup()
        let late = try await company.office("MH02")
        let id = try await late.node.household("3", "2", "501")
        try await company.settle([late, office])
        try await head.set(.household, id, "area", .integer(7))
        try await company.settle([late])
        let life = try await late.node.store.life()
        try await company.headquarters.restore(backup, .database)
        let refused = try await company.exchange(late)
        #expect(refused.failure?.code == "unknown-credential")
        #expect(refused.failure?.state == .blocked)
        // The office works on meanwhile.
        let meanwhile = try await late.node.household("3", "2", "502")
        try await company.join(late)
        try await company.settle([late, office])
        for id in [id, meanwhile] { _ = try await head.shown(.household, id) }
        #expect(try await head.shown(.household, id).value("area") == .integer(7))
        #expect(try await late.node.store.life() == life)
        for node in [head, late.node, office.node] { try await node.isSound() }
    }

    @Test(arguments: [false, true])
    func `headquarters and an office restored to before and after a join heal with a fresh code`(
        officeForgets: Bool
    ) async throws {
        let headBackup = try await company.headquarters.backup()
        let late = try await TestNode(.office, code: "MH02")
        let unjoined = try await late.backup()
        try await company.join(late)
        try await company.settle([late])
        let joined = try await late.backup()
        let id = try await late.node.household("3", "2", "501")
        try await company.settle([late, office])
        try await company.headquarters.restore(headBackup, .folder)
        try await late.restore(officeForgets ? unjoined : joined, .database)
        let kept = try await late.node.household("3", "2", "502")
        if !officeForgets {
            #expect(try await company.exchange(late).failure?.code == "unknown-credential")
        }
        try await company.join(late)
        try await company.settle([office, late, office])
        _ = try await head.shown(.household, kept)
        // What only the two held that were both restored is gone everywhere.
        #expect(try await head.store.record(.household, id) == nil)
        for node in [head, late.node, office.node] { try await node.isSound() }
    }
}

/// What the token says, and what the tips say (Protocol/exchange.md §4).
@Suite struct TokenTests {
    private let company: TestCompany
    private let office: TestNode

    init() async throws {
        company = try await TestCompany()
        office = try await company.office("MH01")
        try await company.settle([office])
    }

    @Test func `a stale token alone begins no new life`() async throws {
        let life = try await office.node.store.life()
        for token in [[], [UInt8](repeating: 7, count: 16)] {
            try await office.node.store.note(
                receipts: [:], of: company.headquarters.node.key.publicKey, token: token, at: 1)
            _ = try await office.node.household("3", "2", "501")
            #expect(try await company.exchange(office).isComplete)
        }
        #expect(try await office.node.store.life() == life)
        #expect(try await office.node.store.spaces().allSatisfy { $0.forkedStreams.isEmpty })
    }

    @Test func `an empty token is not stale`() async throws {
        let member = try #require(try await company.headquarters.node.store.members().first)
        #expect(!member.currentToken.isEmpty || !member.pendingToken.isEmpty)
        try await office.node.store.note(
            receipts: [:], of: company.headquarters.node.key.publicKey, token: [], at: 1)
        let saw = Counter()
        var watching = ScriptedChannel(company.channel)
        watching.response = { _, bytes throws(PeerFailure) in
            if let answer = try? ExchangeResponse(decoding: bytes), answer.stale { _ = saw.next() }
            return bytes
        }
        try await company.exchange(office, through: watching)
        #expect(saw.next() == 1)
    }

    @Test
    func `tips of its own that it does not hold begin a new life before any group is fetched`()
        async throws
    {
        let id = try await office.node.household("3", "2", "501")
        try await company.settle([office])
        let backup = try await office.backup()
        for round in 0..<40 {
            try await office.node.set(.household, id, "area", .integer(Int64(round)))
        }
        try await company.settle([office])
        try await office.restore(backup, .folder)
        let life = try await office.node.store.life()
        try await office.node.set(.household, id, "property_type", .text("甲"))
        // The line is cut right after headquarters' word, before any group of the old branch is
        // logged: the space part is kept, its groups are not.
        var emptied = ScriptedChannel(company.channel)
        emptied.response = { number, bytes throws(PeerFailure) in
            guard number == 1, let answer = try? ExchangeResponse(decoding: bytes) else {
                throw .cut
            }
            return ExchangeResponse(
                node: answer.node, token: answer.token, stale: answer.stale, now: answer.now,
                root: answer.root,
                parts: answer.parts.map { part in
                    SpacePart(
                        space: part.space, clock: part.clock, digest: part.digest, groups: [])
                }, schema: answer.schema
            ).encoded()
        }
        #expect(try await company.exchange(office, through: emptied).failure == .cut)
        #expect(try await office.node.store.life() != life)
        let second = try await office.node.store.life()
        try await company.settle([office])
        try await office.node.set(.household, id, "status", .text("vacant"))
        try await company.settle([office])
        // One new life, and one fork with all it wrote.
        #expect(try await office.node.store.life() == second)
        let record = try await company.headquarters.node.shown(.household, id)
        #expect(record.value("area") == .integer(39))
        #expect(record.value("property_type") == .text("甲"))
        #expect(record.value("status") == .text("vacant"))
        try await office.node.isSound()
    }

    @Test func `two exchanges at once are never taken for a copy`() async throws {
        let life = try await office.node.store.life()
        for round in 0..<10 {
            _ = try await office.node.household("3", "2", "5\(round)")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<3 {
                    let (company, office) = (Unchecked(company), Unchecked(office))
                    group.addTask { _ = try await company.value.exchange(office.value) }
                }
                group.addTask { [office = Unchecked(office)] in
                    _ = try await office.value.node.household("4", "1", "1\(round)")
                }
                try await group.waitForAll()
            }
        }
        try await company.settle([office])
        #expect(try await office.node.store.life() == life)
        for node in [office.node, company.headquarters.node] {
            #expect(try await node.store.spaces().allSatisfy { $0.forkedStreams.isEmpty })
        }
    }
}

/// The test's nodes are used by several tasks at once on purpose; they only read their properties.
private struct Unchecked<Value>: @unchecked Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
}
