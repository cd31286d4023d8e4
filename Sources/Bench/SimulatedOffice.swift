import Records
import Store
import SyncCore
import Transport
import Wire

/// An office that speaks the exchange protocol with its own key over real HTTP, and keeps nothing
/// but what it must state: its tips and digests.
///
/// It writes real groups, hashed and sealed. What headquarters writes it takes over unread, as a
/// clock and a digest: so a thousand of them fit beside the headquarters that is measured.
final class SimulatedOffice {
    let code: String
    private let key = SigningKey()
    private let codec = GroupCodec()
    private let channel: CurlPeerChannel
    private let space: SpaceID
    private let stream: StreamID
    private let nonce = SimulatedOffice.random(16)
    private var credential: [UInt8] = []
    private var token: [UInt8] = []
    /// What headquarters and this office hold of the company's space.
    var company = SpaceState.empty
    private var own = SpaceState.empty
    private var time = HybridTime.zero
    /// Groups written and not sent yet.
    private var unsent: [[UInt8]] = []
    /// Headquarters' key, from the answer to the join.
    private var peer: NodeKey?

    init(code: String, url: String) {
        self.code = code
        channel = CurlPeerChannel(url: url)
        space = .office(UInt64.random(in: 1 ... .max))
        stream = codec.stream(space: space, key: key.publicKey, nonce: nonce)
    }

    func join(_ code: String) async throws {
        guard let code = JoinCode(code) else { throw BenchFailure("That is no join code.") }
        let request = JoinRequest(
            code: code, space: space, officeCode: self.code, isEmpty: true, signedBy: key)
        let response = try JoinResponse(
            decoding: try await channel.send(request.encoded(), to: .join, credential: nil))
        guard response.isProven(for: request), response.space == space else {
            throw BenchFailure("The answer to a join is not proven.")
        }
        credential = response.credential
        peer = response.key
    }

    // MARK: Writing

    /// Writes tickets into groups of so many; they go out with the next exchange.
    func write(_ contents: [TicketContents], perGroup: Int, now: UInt64) throws {
        var tip = own.clock.tips.first
        var digest = own.digest
        for start in stride(from: 0, to: contents.count, by: perGroup) {
            let end = min(start + perGroup, contents.count)
            let changes = contents[start..<end].flatMap { drafts(of: $0, now) }
            time = time.next(wallClock: now)
            let seq = (tip?.seq ?? 0) + 1
            let group = try codec.encode(
                GroupDraft(
                    place: Place(space: space, stream: stream, seq: seq), predecessor: tip?.hash,
                    seen: [], time: time, wallClock: Int64(now), actor: nil,
                    schema: Catalogue.schema,
                    start: tip == nil
                        ? Start(key: key.publicKey, continues: [], nonce: nonce) : nil,
                    changes: changes))
            for index in 0..<UInt32(group.writeCount) {
                digest.add(WriteID(group: group.hash, index: index))
            }
            // Every group with its seal, as a save leaves it.
            unsent.append(group.bytes + [26, 64] + key.seal(group.place, group.hash))
            tip = Tip(stream: stream, seq: seq, hash: group.hash)
        }
        own = SpaceState(clock: VectorClock(tip.map { [$0] } ?? []), digest: digest)
    }

    /// A new ticket as two changes, plain and personal, as the store drafts it.
    private func drafts(of contents: TicketContents, _ now: UInt64) -> [ChangeDraft] {
        var random = SystemRandomNumberGenerator()
        let record = RecordID(home: space, milliseconds: now, using: &random)
        var plain = [WriteDraft(field: ReservedField.created, value: .empty)]
        var personal: [WriteDraft] = []
        for (number, content) in contents.sorted(by: { $0.key < $1.key }) {
            guard case .value(let value) = content else { continue }
            let write = WriteDraft(field: number, value: value)
            if RecordType.ticket.field(number: number)?.privacy.isPersonal == true {
                personal.append(write)
            } else {
                plain.append(write)
            }
        }
        return [plain, personal].filter { !$0.isEmpty }.map { writes in
            ChangeDraft(
                record: record, type: RecordType.ticket.number, writes: writes,
                salt: Self.random(16))
        }
    }

    // MARK: Exchanging

    /// Sends what was written, until both sides state the same.
    ///
    /// - Returns: round trips.
    /// - Throws: `BenchFailure` when they do not come to state the same.
    @discardableResult
    func exchange(now: UInt64) async throws -> Int {
        for round in 1...Self.maximumRounds {
            let isIdle = unsent.isEmpty && round == 1 && company != .empty
            let states: [SpaceID: SpaceState] = [.company: company, space: own]
            let root = Root.hash(states)
            let request = ExchangeRequest(
                node: key.publicKey, token: token, now: now, root: root,
                parts: isIdle ? [] : states.map { part($0, $1) }, schema: Catalogue.schema)
            let response = try ExchangeResponse(
                decoding: try await channel.send(
                    request.encoded(), to: .exchange, credential: credential))
            guard response.node == peer else {
                throw BenchFailure("Another headquarters answers.")
            }
            token = response.token
            if !isIdle { unsent = [] }
            if let part = response.parts.first(where: { $0.space == .company }) {
                company = SpaceState(clock: part.clock, digest: part.digest)
            }
            if response.root == Root.hash([.company: company, space: own]) { return round }
        }
        throw BenchFailure("A simulated office and headquarters do not come to state the same.")
    }

    private func part(_ space: SpaceID, _ state: SpaceState) -> SpacePart {
        SpacePart(
            space: space, clock: state.clock, digest: state.digest,
            groups: space == self.space ? unsent : [])
    }

    func close() async { await channel.close() }

    private static let maximumRounds = 4

    private static func random(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: .min ... .max) }
    }
}
