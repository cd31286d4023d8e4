import Testing

@testable import SyncCore

/// The caller's course of an exchange, with a peer that is a model replica.
@Suite struct ExchangeSessionTests {
    private let space = SpaceID.office(7)

    private func state(_ replica: ModelReplica) -> SpaceState {
        SpaceState(clock: replica.clock, digest: replica.digest)
    }

    /// As good as a root for one space: different for different states.
    private func root(_ state: SpaceState) -> GroupHash {
        GroupHash(
            UInt64(bitPattern: Int64(state.hashValue)), state.digest.lanes.0, state.digest.lanes.1,
            UInt64(state.clock.tips.count))
    }

    private struct Course {
        var outcome: SpaceOutcome?
        var rounds = 0
        var sent = 0
    }

    /// Runs a session as a node does. `outcome` stays nil when it did not end within `limit`
    /// rounds.
    private func run(
        _ caller: inout ModelReplica, _ server: inout ModelReplica, receipt: SpaceState,
        pageLimit: Int, limit: Int
    ) -> Course {
        var session = ExchangeSession(spaces: [space], receipts: [space: receipt])
        var course = Course()
        var need = false
        var points: Set<Tip> = []
        while course.rounds <= limit {
            let stated = session.peer[space]?.state.clock ?? .empty
            let mine = StatedSpace(
                state: state(caller), past: caller.landmarks(against: stated) + points, need: need)
            switch session.next([space: mine], root: root(mine.state)) {
            case .finish(let outcomes):
                course.outcome = outcomes[space]
                return course
            case .request(let withParts):
                course.rounds += 1
                var page: [ModelGroup] = []
                if withParts {
                    let gap = caller.gap(to: stated, past: session.peer[space]?.past ?? [])
                    page = Array(gap.prefix(pageLimit))
                }
                let heldThere = server.held
                let serverNeeds = server.receive(page)
                let answered = state(server)
                if root(answered) == root(mine.state) {
                    session.received(
                        .init(
                            requestRoot: root(mine.state), mine: [space: mine.state],
                            peerRoot: root(answered), stated: [:], movedGroups: page.count))
                    continue
                }
                let past =
                    server.landmarks(against: mine.state.clock)
                    + repeated(page, before: heldThere)
                let answer = server.gap(to: mine.state.clock, past: mine.past).prefix(pageLimit)
                let heldHere = caller.held
                need = caller.receive(Array(answer))
                points.formUnion(repeated(Array(answer), before: heldHere))
                let moved = answer.filter { !heldHere.contains($0.hash) }.count + page.count
                course.sent += moved
                session.received(
                    .init(
                        requestRoot: root(mine.state), mine: [space: mine.state],
                        peerRoot: root(answered),
                        stated: [
                            space: StatedSpace(
                                state: answered, past: past, need: serverNeeds,
                                more: answer.count == pageLimit)
                        ], movedGroups: moved))
            }
        }
        return course
    }

    /// The last group of each stream of which the page brought nothing new (clock.md, Doubt).
    private func repeated(_ page: [ModelGroup], before: Set<GroupHash>) -> [Tip] {
        Dictionary(grouping: page, by: \.stream).values.compactMap { groups in
            groups.allSatisfy { before.contains($0.hash) } ? groups.last?.tip : nil
        }
    }

    @Test(arguments: 0..<200, [3, Int.max])
    func `a session ends with both sides equal`(seed: Int, page: Int) {
        let history = History(seed: seed)
        var caller = history.replicas[0]
        var server = history.replicas[1]
        let union = caller.held.union(server.held)
        let course = run(
            &caller, &server, receipt: .empty, pageLimit: page, limit: 2 * union.count + 8)
        #expect(course.outcome?.state == .equal, "seed \(seed) page \(page)")
        #expect(caller.held == union && server.held == union, "seed \(seed) page \(page)")
    }

    @Test func `when nothing changed it asks once, with the root alone`() {
        var caller = History(seed: 4).replicas[0]
        var server = caller
        var session = ExchangeSession(spaces: [space], receipts: [space: state(caller)])
        let mine = StatedSpace(state: state(caller))
        guard case .request(false) = session.next([space: mine], root: root(mine.state)) else {
            Issue.record("a first request without news carried parts")
            return
        }
        let course = run(&caller, &server, receipt: state(caller), pageLimit: .max, limit: 10)
        #expect(course.rounds == 1 && course.sent == 0)
        #expect(course.outcome == SpaceOutcome(mine: state(caller), peer: state(caller)))
    }

    @Test func `equal clocks and unequal digests are an alarm, other clocks are not`() {
        let clock = VectorClock([
            Tip(stream: StreamID(high: 1, low: 1), seq: 1, hash: GroupHash(1, 1, 1, 1))
        ])
        let mine = SpaceState(clock: clock, digest: Digest(1, 1))
        #expect(SpaceOutcome(mine: mine, peer: mine).state == .equal)
        #expect(SpaceOutcome(mine: mine, peer: mine).digestEqual == true)
        let damaged = SpaceOutcome(mine: mine, peer: SpaceState(clock: clock, digest: Digest(1, 2)))
        #expect(damaged.state == .unequal && damaged.digestEqual == false)
        let behind = SpaceOutcome(mine: mine, peer: .empty)
        #expect(behind.state == .behind && behind.digestEqual == nil)
    }

    @Test func `it ends when a round moved nothing`() {
        let mine = StatedSpace(state: SpaceState(clock: .empty, digest: Digest(1, 1)))
        let peer = StatedSpace(state: SpaceState(clock: .empty, digest: Digest(2, 2)))
        var session = ExchangeSession(spaces: [space], receipts: [:])
        for expected in 1...2 {
            guard case .request = session.next([space: mine], root: root(mine.state)) else {
                Issue.record("it ended after \(expected - 1) rounds")
                return
            }
            session.received(
                .init(
                    requestRoot: root(mine.state), mine: [space: mine.state],
                    peerRoot: root(peer.state), stated: [space: peer], movedGroups: 0))
        }
        guard case .finish(let outcomes) = session.next([space: mine], root: root(mine.state))
        else {
            Issue.record("it went on although nothing moved")
            return
        }
        #expect(outcomes[space]?.state == .unequal)
    }

    @Test func `two branches in doubt at once do not keep a session from its end`() {
        // Both sides are copies of one backup and wrote on in two streams. In pages of one group, a
        // node that states the points of its last page only lets one stream push out the other, for
        // ever; so it keeps them.
        var random = SeededRandom(seed: 3)
        let edit = [
            ModelWrite(slot: Slot(record: 0, field: ModelSchema.latest), value: .integer(1))
        ]
        var base = ModelReplica(role: .office, stream: StreamID(high: 1, low: 1))
        for _ in 0..<20 { _ = base.save(edit, wallClock: 0, using: &random) }
        var other = ModelReplica(role: .office, stream: StreamID(high: 2, low: 2))
        for _ in 0..<20 { _ = other.save(edit, wallClock: 0, using: &random) }
        var caller = ModelReplica(role: .office, stream: base.stream)
        for (one, two) in zip(base.log, other.log) {
            caller.log(one)
            caller.log(two)
        }
        var server = caller.restored(to: caller.log.count)
        func grow(_ replica: inout ModelReplica) {
            for _ in 0..<30 {
                for stream in [base.stream, other.stream] {
                    replica.stream = stream
                    replica.lastOwn = replica.log.last { $0.stream == stream }?.hash
                    _ = replica.save(edit, wallClock: 0, using: &random)
                }
            }
        }
        grow(&caller)
        grow(&server)
        let union = caller.held.union(server.held)
        let course = run(
            &caller, &server, receipt: state(server), pageLimit: 1, limit: 4 * union.count)
        #expect(course.outcome?.state == .equal)
        #expect(caller.held == union && server.held == union)
    }
}
