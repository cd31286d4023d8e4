import Logging
import Records
import Store
import SyncCore
import Wire

/// Headquarters' side: joins and exchanges, without a session between requests
/// (Protocol/exchange.md).
public actor ExchangeResponder {
    private let node: LocalNode
    private let pageTargetBytes: Int
    private var busy: Set<NodeKey> = []

    /// - Parameter pageTargetBytes: what the pages of one response together aim at.
    public init(node: LocalNode, pageTargetBytes: Int = Limits.pageTargetBytes) {
        self.node = node
        self.pageTargetBytes = pageTargetBytes
    }

    private var store: Store { node.store }

    /// Answers a request body at an address.
    ///
    /// - Parameter credential: the bearer token as it came; nil when there was none.
    /// - Throws: `Problem`; every refusal is counted by code and peer.
    public func respond(
        to body: [UInt8], at address: ExchangeAddress, credential: [UInt8]?
    ) async throws(Problem) -> [UInt8] {
        var peer: NodeKey?
        do {
            switch address {
            case .join:
                // Anybody can make keys, so what is refused here is counted under none.
                return try await join(try JoinRequest(decoding: body)).encoded()
            case .exchange:
                let request = try ExchangeRequest(decoding: body)
                let member = try await member(credential)
                peer = member.key
                return try await exchange(request, member).encoded()
            }
        } catch {
            let problem = await self.problem(for: error, peer: peer)
            throw problem
        }
    }

    private func problem(for error: any Error, peer: NodeKey?) async -> Problem {
        let problem: Problem
        switch error {
        case let known as Problem: problem = known
        case let refusal as IngestRefusal: problem = Problem(refusal)
        case JoinRefusal.codeUnknown:
            problem = Problem(
                .joinCodeUnknown,
                detail:
                    "The code is mistyped, spent, expired, or for another office code. Ask headquarters for a new one."
            )
        case JoinRefusal.officeKnown:
            problem = Problem(
                .officeKnown,
                detail:
                    "The office code or office id is already in use, and this node already holds data."
            )
        case let error as StoreError where error.code == .storageFull:
            problem = Problem(
                .serverFull,
                detail:
                    "The disk at headquarters is full. Make room there; what the office saved is safe at the office.",
                retryAfter: 60)
        case let error as StoreError where error.code == .storageBusy:
            node.log.error("An exchange failed here.", metadata: ["error": "\(error)"])
            problem = Problem(
                .busy,
                detail:
                    "Another program holds the database at headquarters. Close that program there; nothing is lost.",
                retryAfter: 60)
        default:
            node.log.error("An exchange failed here.", metadata: ["error": "\(error)"])
            problem = Problem(
                .internalError, detail: "Nothing was stored. Try again later.", retryAfter: 60)
        }
        do {
            try await store.note(refusal: problem.code, of: peer, at: node.surroundings.now())
        } catch {
            node.log.error("A refusal could not be counted.", metadata: ["error": "\(error)"])
        }
        node.log.notice(
            "A request of a peer was refused.",
            metadata: ["code": "\(problem.code)", "peer": "\(peer?.description.prefix(8) ?? "")"])
        return problem
    }

    // MARK: Joining

    private func join(_ request: JoinRequest) async throws -> JoinResponse {
        guard request.isProven else {
            throw Problem(.badProof, detail: "The join request is not signed by its key.")
        }
        guard request.code.fits(node.key.publicKey) else {
            throw JoinRefusal.codeUnknown
        }
        if try await store.isSwitchedOff(request.key) { throw Self.switchedOff }
        let credential = node.surroundings.random(32)
        let space = try await store.admit(
            JoinAttempt(
                codeHash: request.code.hash, key: request.key, space: request.space,
                officeCode: request.officeCode, isEmpty: request.isEmpty,
                credentialHash: credentialHash(credential)), at: node.surroundings.now())
        node.log.notice("A node was admitted.", metadata: ["space": "\(space)"])
        return JoinResponse(to: request, space: space, credential: credential, signedBy: node.key)
    }

    /// The first exchange shows that the answer to the join arrived.
    private func enroll(_ member: Member) async throws {
        try await store.enroll(
            member, nodeRecord: node.newID(for: .node), node.context(actor: nil))
        await node.noteCommit()
        node.log.notice("A node joined.", metadata: ["space": "\(member.space)"])
    }

    // MARK: Exchanging

    private func member(_ credential: [UInt8]?) async throws -> Member {
        guard let credential else {
            throw Problem(.missingCredential, detail: "Join first: gatehouse join.")
        }
        guard let member = try await store.member(credentialHash: credentialHash(credential)) else {
            throw Problem(
                .unknownCredential, detail: "Join again with a new code from headquarters.")
        }
        if member.isSwitchedOff { throw Self.switchedOff }
        return member
    }

    private static let switchedOff = Problem(
        .notAMember,
        detail:
            "Headquarters switched this node off. Call headquarters, which can switch it on again.")

    private func exchange(
        _ request: ExchangeRequest, _ member: Member
    ) async throws -> ExchangeResponse {
        guard request.node == member.key else {
            throw Problem(
                .unknownCredential, detail: "The credential belongs to another node.")
        }
        let shared: [SpaceID] = [.company, member.space]
        for part in request.parts where !shared.contains(part.space) {
            throw Problem(
                .notAMember, detail: "The node does not belong to this space.", space: part.space)
        }
        guard busy.insert(member.key).inserted else {
            throw Problem(
                .busy, detail: "Another exchange of this node is still running.", retryAfter: 5)
        }
        defer { busy.remove(member.key) }
        if !member.isEnrolled { try await enroll(member) }
        let results = try await ingest(request)
        let response = try await answer(request, member, shared, results)
        // What an exchange notes can move the log to a new file, which the guard file names.
        await node.noteCommit()
        return response
    }

    private func ingest(_ request: ExchangeRequest) async throws -> [SpaceID: IngestResult] {
        var results: [SpaceID: IngestResult] = [:]
        for part in request.parts.sorted(by: { $0.space < $1.space }) {
            let company = request.parts.first { $0.space == .company }?.clock
            let directory = try await store.states(of: [.company])[.company]?.clock
            let result = try await store.ingest(
                part.groups, into: part.space, isDirectoryCurrent: company == directory,
                nextLife: node.surroundings.lifeName())
            await node.noteIngest(result)
            results[part.space] = result
        }
        return results
    }

    private func answer(
        _ request: ExchangeRequest, _ member: Member, _ shared: [SpaceID],
        _ results: [SpaceID: IngestResult]
    ) async throws -> ExchangeResponse {
        let outset = try await store.outset(with: member.key, in: shared)
        let (states, backedUp) = (outset.states, outset.backedUp)
        let root = Root.hash(states)
        let isEqual = root == request.root
        let now = node.surroundings.now()
        let wants = try await wants(states, request, member, isEqual: isEqual, now)
        let isAsked = request.parts.contains { !$0.want.isEmpty }
        var parts: [SpacePart] = []
        if !isEqual || isAsked || !wants.isEmpty || !outset.isTold {
            var budget = pageTargetBytes
            for (space, state) in states.sorted(by: { $0.key < $1.key }) {
                let stated = request.parts.first { $0.space == space }
                let clock = stated?.clock ?? outset.receipts[space]?.state.clock ?? .empty
                let answer = try await store.answers(
                    to: stated?.want ?? [], in: space, targetBytes: max(budget, 0))
                budget -= answer.bytes
                let page = try await store.page(
                    of: space, toPeer: clock, past: stated?.past ?? [],
                    targetBytes: max(budget, 0))
                budget -= page.bytes
                let past = try await store.landmarks(
                    of: space, for: clock, repeated: results[space]?.repeated ?? [])
                var state = state
                if PlantedBug.giveReceiptForMore.isPlanted {
                    state.clock = VectorClock(state.clock.tips + clock.tips)
                }
                let statement = StatedSpace(
                    state: state, past: past, need: results[space]?.need ?? false)
                parts.append(
                    SpacePart(
                        space, statement, page, answering: answer,
                        backedUp: backedUp[space] ?? .empty, want: wants[space] ?? []))
            }
            try await store.note(toldBackedUp: backedUp, member.key)
            for (_, hashes) in wants {
                try await store.note(asked: hashes, of: member.key, at: now)
            }
        }
        try await store.note(
            backedUp: request.parts.reduce(into: [:]) { $0[$1.space] = $1.backedUp },
            of: member.key)
        let stated: [SpaceID: SpaceState] =
            isEqual
            ? states
            : request.parts.reduce(into: [:]) { receipts, part in
                receipts[part.space] = SpaceState(clock: part.clock, digest: part.digest)
            }
        let (token, stale) = try await renew(
            member, request, now, isComplete: try await holdsAll(stated, request, isEqual),
            stated == outset.receipts.mapValues(\.state) ? [:] : stated)
        return ExchangeResponse(
            node: node.key.publicKey, token: token, stale: stale, now: now, root: root,
            parts: parts, schema: Catalogue.schema)
    }

    /// Damaged groups and missing values to ask a node for, in spaces in which it holds nothing that
    /// is not held here.
    private func wants(
        _ states: [SpaceID: SpaceState], _ request: ExchangeRequest, _ member: Member,
        isEqual: Bool, _ now: UInt64
    ) async throws -> [SpaceID: [GroupHash]] {
        var covered: [SpaceID] = []
        for space in states.keys {
            if !isEqual {
                guard let clock = request.parts.first(where: { $0.space == space })?.clock,
                    try await store.holdsAll(clock, in: space)
                else { continue }
            }
            covered.append(space)
        }
        return try await store.wants(in: covered, from: member.key, at: now)
    }

    /// Whether headquarters now holds everything the node said to have.
    private func holdsAll(
        _ stated: [SpaceID: SpaceState], _ request: ExchangeRequest, _ isEqual: Bool
    ) async throws -> Bool {
        if isEqual { return true }
        guard !request.parts.isEmpty else { return false }
        for (space, state) in stated {
            guard try await store.holdsAll(state.clock, in: space) else { return false }
        }
        return true
    }

    /// Current and pending exchange token (exchange.md §4), and what the exchange taught about the
    /// node.
    private func renew(
        _ member: Member, _ request: ExchangeRequest, _ now: UInt64, isComplete: Bool,
        _ receipts: [SpaceID: SpaceState]
    ) async throws -> (token: [UInt8], stale: Bool) {
        var member = member
        var stale = false
        if request.token == member.pendingToken && !request.token.isEmpty {
            member.currentToken = member.pendingToken
            member.pendingToken = node.surroundings.random(16)
        } else if request.token != member.currentToken || member.pendingToken.isEmpty {
            stale = request.token != member.currentToken && !request.token.isEmpty
            member.pendingToken = node.surroundings.random(16)
        }
        member.schema = request.schema
        member.clockDifference = Int64(clamping: request.now) - Int64(clamping: now)
        member.lastContact = now
        if isComplete { member.completeAt = now }
        try await store.note(member, receipts: receipts, at: now)
        return (member.pendingToken, stale)
    }
}
