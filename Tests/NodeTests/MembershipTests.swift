import Records
import SyncCore
import Testing
import Wire

@testable import Node
@testable import Store

/// Who may join, and what a member may send and get (Protocol/exchange.md §2, §4, §6).
@Suite struct MembershipTests {
    private let company: TestCompany
    private let office: TestNode

    init() async throws {
        company = try await TestCompany()
        office = try await company.office("MH01")
        try await company.settle([office])
    }

    private var head: LocalNode { company.headquarters.node }

    private func refusal(
        _ code: Problem.Code, sourceLocation: SourceLocation = #_sourceLocation,
        _ body: () async throws -> Void
    ) async throws {
        let before = try await counted(code)
        let failure = await #expect(throws: PeerFailure.self, sourceLocation: sourceLocation) {
            try await body()
        }
        guard case .refused(let problem)? = failure else {
            Issue.record("\(String(describing: failure))", sourceLocation: sourceLocation)
            return
        }
        #expect(problem.code == code.rawValue, sourceLocation: sourceLocation)
        #expect(try await counted(code) == before + 1, sourceLocation: sourceLocation)
    }

    private func counted(_ code: Problem.Code) async throws -> Int {
        try await head.store.refusals().filter { $0.code == code.rawValue }.reduce(0) {
            $0 + $1.count
        }
    }

    /// Sends groups as the office, which says to know all that headquarters knows of the company.
    private func push(_ groups: [[UInt8]], in space: SpaceID? = nil, from sender: TestNode? = nil)
        async throws
    {
        let sender = sender ?? office
        let known = try #require(try await sender.node.store.headquarters())
        let space = space ?? sender.node.identity.space
        let state = try #require(try await head.store.states(of: [.company])[.company])
        let request = ExchangeRequest(
            node: sender.node.key.publicKey, token: [], now: 0, root: GroupHash(0, 0, 0, 0),
            parts: [
                SpacePart(
                    space: .company, clock: state.clock, digest: state.digest,
                    groups: space == .company ? groups : [])
            ]
                + (space == .company
                    ? [] : [SpacePart(space: space, clock: .empty, digest: .zero, groups: groups)]),
            schema: 1)
        _ = try await company.channel.send(
            request.encoded(), to: .exchange, credential: known.credential)
    }

    /// A group as somebody makes it who holds this key.
    private func forged(
        _ key: SigningKey, in space: SpaceID, sealedBy sealer: SigningKey? = nil,
        continues: [GroupHash] = [], place: Place? = nil, predecessor: GroupHash? = nil,
        nonce number: Int = 0
    ) throws -> [UInt8] {
        let codec = GroupCodec()
        let nonce = [UInt8](repeating: 7, count: 8) + withUnsafeBytes(of: number) { Array($0) }
        let stream = codec.stream(space: space, key: key.publicKey, nonce: nonce)
        let record = RecordID(home: space, high: 1, low: 1)
        let group = try codec.encode(
            GroupDraft(
                place: place ?? Place(space: space, stream: stream, seq: 1),
                predecessor: predecessor,
                seen: [], time: .latest, wallClock: 0, actor: nil, schema: 1,
                start: place == nil
                    ? Start(key: key.publicKey, continues: continues, nonce: nonce) : nil,
                changes: [
                    ChangeDraft(
                        record: record, type: 9_999,
                        writes: [WriteDraft(field: 20, value: .text("x"))],
                        salt: nonce)
                ]))
        return GroupPage.sealed(group.bytes, (sealer ?? key).seal(group.place, group.hash))
    }

    // MARK: Exchanging

    @Test func `a node can neither push to nor pull from a space it is not a member of`()
        async throws
    {
        let other = try await company.office("MH02")
        try await company.settle([other])
        let before = try await head.store.spaces().map(\.state)
        let foreign = other.node.identity.space
        try await refusal(.notAMember) { try await push([], in: foreign) }
        try await refusal(.notAMember) {
            try await push([try forged(office.node.key, in: foreign)], in: foreign)
        }
        let own = office.node.identity.space
        try await refusal(.notAMember) { try await push([], in: .officePrivate(own.office)) }
        // A group of another space inside the part of one's own.
        try await refusal(.notAMember) {
            try await push([try forged(office.node.key, in: foreign)])
        }
        #expect(try await head.store.spaces().map(\.state) == before)
    }

    @Test func `an author outside the directory, or in another's stream, is refused`() async throws
    {
        let before = try await head.store.spaces().map(\.state)
        let space = office.node.identity.space
        let stranger = SigningKey()
        try await refusal(.unknownAuthor) { try await push([try forged(stranger, in: space)]) }
        try await refusal(.unknownAuthor) {
            try await push([try forged(office.node.key, in: .company)], in: .company)
        }
        // Another node's stream: only its key can seal there.
        let state = try #require(try await office.node.store.states(of: [space])[space])
        let tip = try #require(state.clock.tips.first)
        let next = Place(space: space, stream: tip.stream, seq: tip.seq + 1)
        try await refusal(.badSeal) {
            try await push([
                try forged(stranger, in: space, place: next, predecessor: tip.hash)
            ])
        }
        try await refusal(.malformedGroup) {
            try await push([
                try forged(
                    office.node.key, in: space,
                    place: Place(space: space, stream: tip.stream, seq: tip.seq + 2),
                    predecessor: tip.hash)
            ])
        }
        #expect(try await head.store.spaces().map(\.state) == before)
    }

    @Test func `a node that headquarters switched off is turned away until it is switched on`()
        async throws
    {
        let entries = try await head.store.list(RecordQuery(.node)).records
        let key = office.node.key.publicKey.description
        let entry = try #require(entries.first { $0.value("key") == .text(key) })
        let id = try await office.node.household("3", "2", "501")
        try await head.set(.node, entry.id, "active", .integer(0))
        for _ in 0..<2 {
            guard case .refused(let problem)? = try await company.exchange(office).failure else {
                Issue.record("the exchange was not refused")
                return
            }
            #expect(problem.code == Problem.Code.notAMember.rawValue)
        }
        try await refusal(.notAMember) { try await company.join(office) }
        #expect(try await head.store.record(.household, id) == nil)
        try await head.set(.node, entry.id, "active", .integer(1))
        try await company.settle([office])
        _ = try await head.shown(.household, id)
    }

    @Test func `one key cannot begin so many streams that a space can no longer be stated`()
        async throws
    {
        let space = office.node.identity.space
        func streams(_ numbers: Range<Int>) throws -> [[UInt8]] {
            try numbers.map { try forged(office.node.key, in: space, nonce: $0) }
        }
        try await push(streams(0..<600))
        try await refusal(.tooLarge) { try await push(streams(600..<800)) }
        let tips = try await head.store.states(of: [space])[space]?.clock.tips.count
        #expect(try #require(tips) < Limits.maximumTipsPerKey)
        let id = try await office.node.household("3", "2", "501")
        try await company.settle([office])
        _ = try await head.shown(.household, id)
        try await head.isSound()
    }

    @Test func `a stream that claims to continue another node's is refused`() async throws {
        let second = try await company.office("MH01")
        try await company.settle([second])
        let space = office.node.identity.space
        let tip = try #require(
            try await office.node.store.states(of: [space])[space]?.clock.tips.first)
        try await refusal(.malformedGroup) {
            try await push(
                [try forged(second.node.key, in: space, continues: [tip.hash])], from: second)
        }
    }

    @Test
    func `a request without a credential, with a wrong one or with another node's is refused`()
        async throws
    {
        let request = ExchangeRequest(
            node: office.node.key.publicKey, token: [], now: 0, root: GroupHash(0, 0, 0, 0),
            parts: [], schema: 1
        ).encoded()
        try await refusal(.missingCredential) {
            _ = try await company.channel.send(request, to: .exchange, credential: nil)
        }
        try await refusal(.unknownCredential) {
            _ = try await company.channel.send(
                request, to: .exchange, credential: [UInt8](repeating: 1, count: 32))
        }
        let other = try await company.office("MH02")
        let credential = try #require(try await other.node.store.headquarters()).credential
        try await refusal(.unknownCredential) {
            _ = try await company.channel.send(request, to: .exchange, credential: credential)
        }
    }

    @Test func `bytes that are no message are refused whatever they are`() async throws {
        let credential = try #require(try await office.node.store.headquarters()).credential
        var random = SeededRandom(seed: 1)
        for count in 0..<200 {
            let bytes = random.bytes(count)
            for address in ExchangeAddress.allCases {
                await #expect(throws: PeerFailure.self) {
                    _ = try await company.channel.send(bytes, to: address, credential: credential)
                }
            }
        }
    }

    @Test func `a page with one byte changed anywhere is refused as a whole or changes nothing`()
        async throws
    {
        _ = try await office.node.household("3", "2", "501")
        let space = office.node.identity.space
        let clock = try #require(try await head.store.states(of: [space])[space]).clock
        let page = try await office.node.store.page(
            of: space, toPeer: clock, past: [], targetBytes: 1_000_000)
        let group = try #require(page.groups.first)
        let before = try await head.store.spaces().map(\.state)
        for place in stride(from: 0, to: group.count, by: 3) {
            var bytes = group
            bytes[place] ^= 0x15
            do {
                try await push([bytes])
            } catch is PeerFailure {
                // Refused. Where the changed byte is the predecessor's, its past is only not held.
            }
            #expect(try await head.store.spaces().map(\.state) == before, "byte \(place)")
        }
        try await company.settle([office])
    }

    // MARK: Joining

    private func join(_ node: TestNode, _ code: JoinCode) async throws {
        _ = try await node.node.join(code, url: "test", through: company.channel)
    }

    @Test func `a code is good once, for its office code, and for a day`() async throws {
        let first = try await TestNode(.office, code: "MH02", clock: company.headquarters.clock)
        let second = try await TestNode(.office, code: "MH02")
        let (code, _) = try await head.invite(officeCode: "MH02")
        try await join(first, code)
        try await refusal(.joinCodeUnknown) { try await join(second, code) }
        let (other, _) = try await head.invite(officeCode: "MH03")
        try await refusal(.joinCodeUnknown) { try await join(second, other) }
        let (late, _) = try await head.invite(officeCode: "MH02")
        company.headquarters.clock.advance(by: LocalNode.invitationLifetime + .seconds(60))
        try await refusal(.joinCodeUnknown) { try await join(second, late) }
        let unknown = JoinCode(secret: [UInt8](repeating: 9, count: 16), key: head.key.publicKey)
        try await refusal(.joinCodeUnknown) { try await join(second, unknown) }
        // Of another headquarters.
        let foreign = JoinCode(
            secret: [UInt8](repeating: 9, count: 16), key: office.node.key.publicKey)
        try await refusal(.joinCodeUnknown) { try await join(second, foreign) }
    }

    @Test func `a lost answer is made up for by the same code, and the first credential ends`()
        async throws
    {
        let node = try await TestNode(.office, code: "MH02")
        let (code, _) = try await head.invite(officeCode: "MH02")
        var losing = ScriptedChannel(company.channel)
        losing.response = { _, _ throws(PeerFailure) in throw .cut }
        let channel = losing
        await #expect(throws: PeerFailure.cut) {
            _ = try await node.node.join(code, url: "test", through: channel)
        }
        #expect(try await node.node.store.headquarters() == nil)
        try await join(node, code)
        let old = try #require(try await node.node.store.headquarters())
        try await join(node, code)
        try await company.settle([node])
        let request = ExchangeRequest(
            node: node.node.key.publicKey, token: [], now: 0, root: GroupHash(0, 0, 0, 0),
            parts: [], schema: 1)
        try await refusal(.unknownCredential) {
            _ = try await company.channel.send(
                request.encoded(), to: .exchange, credential: old.credential)
        }
        #expect(try await head.store.members().count == 2)
        // One entry in the directory, however often it asked.
        #expect(try await head.store.count(RecordQuery(.node)) == 3)
    }

    @Test func `a second office under a known code is refused unless it is empty`() async throws {
        let id = try await office.node.household("3", "2", "501")
        try await company.settle([office])
        let full = try await TestNode(.office, code: "MH01")
        _ = try await full.node.household("1", "1", "101")
        let (code, _) = try await head.invite(officeCode: "MH01")
        try await refusal(.officeKnown) { try await join(full, code) }
        let empty = try await TestNode(.office, code: "MH01")
        try await join(empty, code)
        #expect(empty.node.identity.space == office.node.identity.space)
        try await company.settle([empty])
        _ = try await empty.node.shown(.household, id)
        // Its own founding records are gone, not doubled.
        #expect(try await empty.node.store.count(RecordQuery(.office)) == 1)
        try await empty.node.isSound()
        try empty.close()
        try await empty.open()
        #expect(empty.node.identity.space == office.node.identity.space)
    }

    @Test func `a node whose directory entry was deleted is still read by those who come later`()
        async throws
    {
        let id = try await office.node.household("3", "2", "501")
        try await company.settle([office])
        for entry in try await head.store.list(RecordQuery(.node)).records
        where entry.value("key") == .text(office.node.key.publicKey.description) {
            try await head.delete(.node, entry.id)
        }
        let second = try await company.office("MH01")
        try await company.settle([second, office])
        _ = try await second.node.shown(.household, id)
    }
}
