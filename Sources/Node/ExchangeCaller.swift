import Logging
import Records
import Store
import SyncCore
import Wire

/// How an exchange went, for `sync now`, the history and the page.
public struct ExchangeReport: Sendable {
    public var outcomes: [SpaceID: SpaceOutcome] = [:]
    /// Groups sent and received by space; sent are those of requests that were answered.
    public var sent: [SpaceID: Int] = [:]
    public var received: [SpaceID: Int] = [:]
    /// Groups that were damaged here or lacked values, and are whole now.
    public var mended = 0
    public var rounds = 0
    public var sentBytes = 0
    public var receivedBytes = 0
    /// Why it ended early; nil when it ran to its end.
    public var failure: PeerFailure?

    public init() {}

    /// Whether both sides hold the same in every space.
    public var isComplete: Bool {
        failure == nil && outcomes.values.allSatisfy { $0.state == .equal }
    }
}

/// Groups moved so far in an exchange, for people who wait.
public struct ExchangeProgress: Hashable, Sendable {
    public var sent = 0
    public var received = 0
    /// Groups the peer still lacks, when the exchange began.
    public var toSend = 0
}

/// An office's side of an exchange: carries out what `ExchangeSession` decides.
public struct ExchangeCaller: Sendable {
    let node: LocalNode
    let channel: any PeerChannel
    let headquarters: Headquarters
    let pageTargetBytes: Int

    /// - Parameter pageTargetBytes: what the pages of one request together aim at to begin with;
    ///   more on a quick line.
    public init(
        node: LocalNode, channel: any PeerChannel, headquarters: Headquarters,
        pageTargetBytes: Int = Limits.pageTargetBytes
    ) {
        self.node = node
        self.channel = channel
        self.headquarters = headquarters
        self.pageTargetBytes = pageTargetBytes
    }

    var spaces: [SpaceID] { [.company, node.identity.space] }

    /// Exchanges until both sides hold the same, nothing moves any more, or the peer fails. What
    /// was logged stays logged.
    ///
    /// - Throws: `StoreError` when this side's disk refuses, and `CancellationError` between two
    ///   rounds.
    public func run(
        progress: (@Sendable (ExchangeProgress) -> Void)? = nil
    ) async throws -> ExchangeReport {
        var run = Run(caller: self)
        do {
            try await run.exchange(progress)
        } catch let failure as PeerFailure {
            run.report.failure = failure
        } catch let refusal as IngestRefusal {
            run.report.failure = .refused(Problem(refusal))
        }
        // What an exchange notes can move the log to a new file, which the guard file names.
        await node.noteCommit()
        return run.report
    }

    /// The state of one exchange while it runs.
    struct Run {
        let caller: ExchangeCaller
        var report = ExchangeReport()
        var token: [UInt8]
        /// The points of doubtful streams at which pages of this exchange brought nothing new.
        var points: [SpaceID: Set<Tip>] = [:]
        /// What headquarters asked for and was not sent yet.
        var owed: [SpaceID: [GroupHash]] = [:]
        /// What it was sent because it asked: each once in an exchange.
        var answered: Set<GroupHash> = []
        var progress = ExchangeProgress()
        /// The page that will probably be asked for next.
        var ahead: PageAhead?
        var pageSize: PageSize
        let began: UInt64

        var node: LocalNode { caller.node }
        var store: Store { caller.node.store }

        init(caller: ExchangeCaller) {
            self.caller = caller
            token = caller.headquarters.token
            pageSize = PageSize(least: caller.pageTargetBytes)
            began = caller.node.surroundings.now()
        }

        mutating func exchange(_ tell: (@Sendable (ExchangeProgress) -> Void)?) async throws {
            let outset = try await store.outset(
                with: caller.headquarters.key, in: caller.spaces)
            var session = ExchangeSession(
                spaces: caller.spaces, receipts: outset.receipts.mapValues(\.state))
            var statements = try await statements(outset.states, needs: [:], session)
            for (space, statement) in statements where session.peer[space]?.state != statement.state
            {
                let peer = session.peer[space]?.state.clock ?? .empty
                progress.toSend += try await store.waiting(in: space, forPeer: peer).groups
            }
            while true {
                try Task.checkCancellation()
                let root = Root.hash(statements.mapValues(\.state))
                let wants = try await wants(statements, session)
                let hasMore =
                    !wants.isEmpty || !owed.isEmpty || session.rounds == 0 && !outset.isTold
                guard
                    case .request(let withParts) = session.next(
                        statements, root: root, hasMore: hasMore)
                else { break }
                let (parts, leaving) =
                    withParts
                    ? try await self.parts(statements, session, wants, outset.backedUp) : ([], [:])
                async let next = ahead?.page(from: store)
                // On a simulated disk the order of calls may not depend on threads.
                if store.neverWaits { _ = await next }
                let sent = node.surroundings.now()
                let response = try await send(root, parts)
                if ahead != nil {
                    pageSize.noteFullMessage(sent: sent, answered: node.surroundings.now())
                }
                ahead?.made = await next
                report.sent.merge(leaving, uniquingKeysWith: +)
                let moved = leaving.values.reduce(0, +)
                progress.sent += moved
                let mine = statements.mapValues(\.state)
                if withParts {
                    try await store.note(toldBackedUp: outset.backedUp, caller.headquarters.key)
                    try await note(wants, asked: response)
                }
                let (needs, logged) = try await ingest(response)
                try await hear(response)
                session.received(
                    ExchangeSession.Round(
                        requestRoot: root, mine: mine, peerRoot: response.root,
                        stated: response.parts.reduce(into: [:]) { $0[$1.space] = $1.statement },
                        movedGroups: moved + logged))
                try await note(session)
                statements = try await self.statements(
                    store.states(of: caller.spaces), needs: needs, session)
                report.rounds = session.rounds
                tell?(progress)
            }
            if case .finish(let outcomes) = session.next(
                statements, root: Root.hash(statements.mapValues(\.state)))
            {
                report.outcomes = outcomes
            }
        }

        /// What this side states, with landmarks where the peer's tips are unknown here.
        private func statements(
            _ states: [SpaceID: SpaceState], needs: [SpaceID: Bool], _ session: ExchangeSession
        ) async throws -> [SpaceID: StatedSpace] {
            var statements: [SpaceID: StatedSpace] = [:]
            for (space, state) in states {
                let peer = session.peer[space]?.state.clock ?? .empty
                let past =
                    peer == state.clock
                    ? []
                    : try await store.landmarks(
                        of: space, for: peer, repeated: (points[space] ?? []).sorted())
                statements[space] = StatedSpace(
                    state: state, past: past, need: needs[space] ?? false)
            }
            return statements
        }

        private mutating func parts(
            _ statements: [SpaceID: StatedSpace], _ session: ExchangeSession,
            _ wants: [SpaceID: [GroupHash]], _ backedUp: [SpaceID: VectorClock]
        ) async throws -> (parts: [SpacePart], groups: [SpaceID: Int]) {
            var budget = pageSize.bytes
            var parts: [SpacePart] = []
            var groups: [SpaceID: Int] = [:]
            var following: PageAhead?
            defer { ahead = following }
            for (space, statement) in statements.sorted(by: { $0.key < $1.key }) {
                let peer = session.peer[space]
                let answer = try await answer(in: space, budget)
                budget -= answer.bytes
                let gap = PageAhead(
                    space: space, mine: statement.state, peer: peer?.state.clock ?? .empty,
                    targetBytes: max(budget, 0))
                let page: GroupPage
                if let ahead, ahead.isFor(gap), let made = ahead.made, peer?.past.isEmpty ?? true {
                    page = made
                } else {
                    page = try await store.page(
                        of: space, toPeer: gap.peer, past: peer?.past ?? [],
                        targetBytes: gap.targetBytes)
                }
                if page.more { following = gap.after(page) }
                budget -= page.bytes
                groups[space] = page.groups.count
                parts.append(
                    SpacePart(
                        space, statement, page, answering: answer,
                        backedUp: backedUp[space] ?? .empty, want: wants[space] ?? []))
            }
            return (parts, groups)
        }

        private mutating func send(
            _ root: GroupHash, _ parts: [SpacePart]
        ) async throws -> ExchangeResponse {
            let request = ExchangeRequest(
                node: node.key.publicKey, token: token, now: node.surroundings.now(), root: root,
                parts: parts, schema: Catalogue.schema
            ).encoded()
            let bytes = try await caller.channel.send(
                request, to: .exchange, credential: caller.headquarters.credential)
            report.sentBytes += request.count
            report.receivedBytes += bytes.count
            let response: ExchangeResponse
            do {
                response = try ExchangeResponse(decoding: bytes)
            } catch {
                throw PeerFailure.refused(error)
            }
            guard response.node == caller.headquarters.key else {
                throw PeerFailure.refused(
                    Problem(
                        .badProof,
                        detail:
                            "Another headquarters answers at this address. Join again if that is right."
                    ))
            }
            if response.stale {
                node.log.notice(
                    "The exchange token is not the one headquarters keeps: one of the two was restored or copied. The tips tell which."
                )
            }
            token = response.token
            return response
        }

        private mutating func ingest(
            _ response: ExchangeResponse
        ) async throws -> (needs: [SpaceID: Bool], logged: Int) {
            var needs: [SpaceID: Bool] = [:]
            var logged = 0
            for part in response.parts.sorted(by: { $0.space < $1.space }) {
                guard caller.spaces.contains(part.space) else {
                    throw PeerFailure.refused(
                        Problem(
                            .notAMember,
                            detail: "Headquarters sent a space that this office does not share.",
                            space: part.space))
                }
                // Before it is fetched, so that nothing more is written in the old stream.
                if try await store.beginLifeIfCopied(
                    part.clock, in: part.space, nextLife: node.surroundings.lifeName())
                {
                    node.noteCopy()
                }
                let result = try await store.ingest(
                    part.groups, into: part.space,
                    isDirectoryCurrent: try await isDirectoryCurrent(response),
                    nextLife: node.surroundings.lifeName())
                await node.noteIngest(result)
                needs[part.space] = result.need
                points[part.space, default: []].formUnion(result.repeated)
                report.received[part.space, default: 0] += result.logged
                report.mended += result.mended
                progress.received += result.logged
                logged += result.logged + result.mended
            }
            return (needs, logged)
        }

        /// Whether an unknown key is really unknown: the directory here is as headquarters has it.
        private func isDirectoryCurrent(_ response: ExchangeResponse) async throws -> Bool {
            guard let company = response.parts.first(where: { $0.space == .company }) else {
                return false
            }
            return try await store.states(of: [.company])[.company]?.clock == company.clock
        }

        /// The peer's word for what it holds committed.
        private func note(_ session: ExchangeSession) async throws {
            try await store.note(
                receipts: session.peer.mapValues(\.state), of: caller.headquarters.key,
                token: token, at: node.surroundings.now())
        }
    }
}

extension SpacePart {
    /// - Parameter answer: groups that were asked for; they stand before those of the page.
    init(
        _ space: SpaceID, _ statement: StatedSpace, _ page: GroupPage, answering answer: GroupPage,
        backedUp: VectorClock, want: [GroupHash]
    ) {
        self.init(
            space: space, clock: statement.state.clock, digest: statement.state.digest,
            groups: answer.groups + page.groups, more: page.more, need: statement.need,
            past: statement.past, backedUp: backedUp, want: want)
    }

    var statement: StatedSpace {
        StatedSpace(
            state: SpaceState(clock: clock, digest: digest), past: past, need: need, more: more)
    }
}

extension Problem {
    /// How a refused page is told to its sender.
    init(_ refusal: IngestRefusal) {
        switch refusal {
        case .malformedGroup(let group, let reason):
            self.init(.malformedGroup, detail: reason, group: group)
        case .badSeal(let group):
            self.init(
                .badSeal, detail: "A group is not covered by a valid seal of its stream's key.",
                group: group)
        case .unknownAuthor(let group):
            self.init(
                .unknownAuthor,
                detail:
                    "A stream's key is not registered for this space. Its node has to join first.",
                group: group)
        case .tooManyTips:
            self.init(
                .tooLarge,
                detail:
                    "maximumTipsPerSpace or maximumTipsPerKey is exceeded: the sender began too many streams."
            )
        case .foreignSpace(let group):
            self.init(
                .notAMember, detail: "A group belongs to another space than the part it came in.",
                group: group)
        }
    }
}
