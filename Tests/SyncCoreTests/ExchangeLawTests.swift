import Testing

@testable import SyncCore

/// Laws of the vector clock and of the gap (Protocol/clock.md), over random histories with forks.
@Suite struct ExchangeLawTests {
    @Test(arguments: 0..<300)
    func `clocks compare as the sets of groups they stand for`(seed: Int) {
        let replicas = History(seed: seed).replicas
        for mine in replicas {
            for peer in replicas {
                let expected: VectorClock.Comparison =
                    mine.held == peer.held
                    ? .equal
                    : peer.held.isSubset(of: mine.held) ? .peerIsBehind : .peerHoldsUnknown
                let comparison = mine.clock.comparison(withPeer: peer.clock, holds: mine.holds)
                #expect(comparison == expected, "seed \(seed)")
            }
        }
    }

    @Test(arguments: 0..<300)
    func `the gap is what clock.md defines, whatever the tree is cut into`(seed: Int) {
        let replicas = History(seed: seed).replicas
        for mine in replicas {
            var cut = ModelReplica(role: mine.role, stream: mine.stream, seed: seed)
            cut.splits = 20
            for group in mine.log { cut.log(group) }
            #expect(cut.clock == mine.clock, "seed \(seed)")
            let oracle = Oracle(mine.log)
            for peer in replicas {
                for past in [[], peer.landmarks(against: mine.clock)] {
                    let expected = oracle.gap(to: peer.clock, past: past)
                    let gap = mine.gap(to: peer.clock, past: past).map(\.hash)
                    #expect(Set(gap) == expected, "seed \(seed)")
                    #expect(
                        Set(cut.gap(to: peer.clock, past: past).map(\.hash)) == expected,
                        "seed \(seed)")
                }
                if peer.clock.tips.allSatisfy({ mine.holds($0.hash) }) {
                    let gap = Set(mine.gap(to: peer.clock).map(\.hash))
                    #expect(gap == mine.held.subtracting(peer.held), "seed \(seed)")
                }
            }
        }
    }

    @Test(arguments: 0..<300)
    func `every prefix of the gap is causally closed when no stream is left out`(seed: Int) {
        let replicas = History(seed: seed).replicas
        for mine in replicas {
            for peer in replicas
            where mine.tree.doubtfulStreams(peer.clock, holds: mine.holds).isEmpty {
                var receiver = peer
                for group in mine.gap(to: peer.clock) {
                    let isLogged = receiver.log(group)
                    #expect(isLogged, "seed \(seed)")
                }
                #expect(receiver.held == mine.held.union(peer.held), "seed \(seed)")
            }
        }
    }

    @Test(arguments: 0..<200, [1, 2, 3, Int.max])
    func `an exchange makes both clocks the join, in pages of any size`(seed: Int, page: Int) {
        var history = History(seed: seed)
        var random = SeededRandom(seed: seed)
        for _ in 0..<4 {
            let two = history.replicas.indices.shuffled(using: &random).prefix(2)
            let union = history.replicas[two[0]].log + history.replicas[two[1]].log
            let all = Dictionary(union.map { ($0.hash, $0) }, uniquingKeysWith: { a, _ in a })
            let (outcome, rounds) = history.exchange(two[0], two[1], pageLimit: page)
            #expect(outcome == .equal, "seed \(seed) page \(page) rounds \(rounds)")
            let join = Oracle(all.values).clock()
            #expect(history.replicas[two[0]].clock == join, "seed \(seed)")
            #expect(history.replicas[two[1]].clock == join, "seed \(seed)")
            #expect(history.replicas[two[0]].held == Set(all.keys), "seed \(seed)")
        }
    }

    @Test(arguments: 0..<300)
    func `an exchange that is cut keeps what arrived, and the next one completes it`(seed: Int) {
        var history = History(seed: seed)
        for _ in 0..<10 {
            let before = history.replicas.map(\.held)
            _ = history.exchange(1, 0, pageLimit: 2, loss: 30)
            for (replica, held) in zip(history.replicas, before) {
                #expect(replica.held.isSuperset(of: held), "seed \(seed)")
            }
        }
        let outcome = history.exchange(1, 0, pageLimit: .max).0
        #expect(outcome == .equal, "seed \(seed)")
    }

    @Test(arguments: 0..<200)
    func `a wrong idea of the peer costs rounds and nothing else`(seed: Int) {
        let history = History(seed: seed)
        var random = SeededRandom(seed: seed)
        for idea in history.replicas.map(\.clock) + [.empty] {
            var caller = history.replicas[0]
            var server = history.replicas[1]
            let union = caller.held.union(server.held)
            var exchange = ModelExchange(pageLimit: 1 + random.below(4))
            let outcome = exchange.run(
                &caller, &server, remembered: idea, limit: 2 * union.count + 8, using: &random)
            #expect(outcome == .equal, "seed \(seed)")
            #expect(caller.held == union && server.held == union, "seed \(seed)")
        }
    }

    @Test func `joining is commutative, associative and idempotent`() {
        for seed in 0..<100 {
            let sets = History(seed: seed).replicas.map { Set($0.log) }
            let a = sets[0]
            let b = sets[1]
            let c = sets[sets.count - 1]
            func clock(_ groups: Set<ModelGroup>) -> VectorClock {
                // Any causal order of the union will do; the clock must not show which.
                var replica = ModelReplica(role: .office, stream: StreamID(high: 0, low: 0))
                var waiting = Array(groups)
                while !waiting.isEmpty { waiting = waiting.filter { !replica.log($0) } }
                return replica.clock
            }
            #expect(clock(a.union(b)) == clock(b.union(a)), "seed \(seed)")
            #expect(clock(a.union(b).union(c)) == clock(a.union(b.union(c))), "seed \(seed)")
            #expect(clock(a.union(a)) == clock(a), "seed \(seed)")
        }
    }

    @Test func `two streams in doubt at once do not make each other forget`() {
        // Both replicas wrote on in two streams from the same backup, and the common part behind
        // the last landmark is longer than a page of one group.
        var random = SeededRandom(seed: 1)
        var base = ModelReplica(role: .office, stream: StreamID(high: 1, low: 1))
        let other = StreamID(high: 2, low: 2)
        func grow(_ replica: inout ModelReplica, by count: Int) {
            for step in 0..<(2 * count) {
                let stream = step.isMultiple(of: 2) ? StreamID(high: 1, low: 1) : other
                let last = replica.log.last { $0.stream == stream }
                let group = ModelGroup(
                    hash: GroupHash(random.next(), random.next(), random.next(), random.next()),
                    stream: stream, seq: (last?.seq ?? 0) + 1, predecessor: last?.hash, seen: [],
                    time: .zero, role: .office,
                    writes: [ModelWrite(slot: Slot(record: 0, field: 18), value: .integer(1))])
                replica.log(group)
            }
        }
        grow(&base, by: 40)
        var one = base
        var two = base
        grow(&one, by: 50)
        grow(&two, by: 50)
        let limit = 4 * one.held.union(two.held).count
        var first = one
        var second = two
        var exchange = ModelExchange(pageLimit: 1)
        let healed = exchange.run(
            &first, &second, remembered: two.clock, limit: limit, using: &random)
        #expect(healed == .equal)
        #expect(first.held == one.held.union(two.held))
        #expect(second.held == first.held)

        // The rule without memory, to show that this test can tell.
        var forgetful = ModelExchange(pageLimit: 1, keepsPoints: false)
        let outcome = forgetful.run(&one, &two, remembered: two.clock, limit: limit, using: &random)
        #expect(outcome == .wedged)
    }
}
