import Testing

@testable import SyncCore

/// The four laws of design.md §3 and what follows from them, over random histories.
@Suite struct HistoryLawTests {
    @Test(arguments: 0..<300)
    func `the projection depends only on the set of groups held`(seed: Int) {
        let history = History(seed: seed)
        var random = SeededRandom(seed: ~seed)
        for replica in history.replicas {
            let expected = Projection(replica)
            for _ in 0..<3 {
                let again = replay(replica, using: &random)
                #expect(again.held == replica.held, "seed \(seed)")
                #expect(Projection(again) == expected, "seed \(seed)")
            }
        }
    }

    @Test(arguments: 0..<300)
    func `live writes, visibility, digest and clock are what the text defines`(seed: Int) {
        for replica in History(seed: seed).replicas {
            let oracle = Oracle(replica.log)
            let projection = Projection(replica)
            #expect(projection.live == oracle.live(), "seed \(seed)")
            #expect(projection.digest.bytes == oracle.digest(), "seed \(seed)")
            #expect(projection.clock == oracle.clock(), "seed \(seed)")
            #expect(projection.forkedStreams == oracle.forkedStreams(), "seed \(seed)")
            for (record, visibility) in projection.visibility {
                #expect(visibility == oracle.visibility(record), "seed \(seed) record \(record)")
            }
        }
    }

    @Test(arguments: 0..<300)
    func `nothing saved is lost after all have exchanged`(seed: Int) {
        var history = History(seed: seed)
        let union = history.union
        for outcome in history.heal() { #expect(outcome == .equal, "seed \(seed)") }
        let oracle = Oracle(union)
        let live = oracle.live()
        let superseded = oracle.superseded()
        for replica in history.replicas {
            #expect(replica.held == Set(union.map(\.hash)), "seed \(seed)")
            #expect(Projection(replica).live == live, "seed \(seed)")
            #expect(Projection(replica) == Projection(history.replicas[0]), "seed \(seed)")
        }
        for group in union {
            for (index, write) in group.writes.enumerated()
            where ModelSchema.admits(write, in: group) {
                let isLive = live[write.slot]?.contains(group.id(index)) ?? false
                #expect(isLive != (superseded[group.id(index)] != nil), "seed \(seed)")
            }
        }
    }

    @Test(arguments: 0..<300)
    func `a write made after seeing another never conflicts with it`(seed: Int) {
        var history = History(seed: seed)
        check(history, seed)
        _ = history.heal()
        check(history, seed)

        func check(_ history: History, _ seed: Int) {
            for replica in history.replicas {
                for (slot, register) in replica.registers {
                    let ids = Set(register.live.map(\.stamp.write))
                    for live in register.live {
                        guard let group = replica.group(live.stamp.write.group) else { continue }
                        let names = group.writes[Int(live.name.index)].names
                        #expect(ids.isDisjoint(with: names), "seed \(seed) \(slot)")
                    }
                }
            }
        }
    }

    @Test(arguments: 0..<200)
    func `a resolution settles everything its author was shown, everywhere`(seed: Int) {
        var history = History(seed: seed)
        _ = history.heal()
        var author = history.replicas[seed % history.replicas.count]
        var random = SeededRandom(seed: seed)
        let conflicts = Projection(author).conflicts.filter {
            $0.field != ModelSchema.appendOnly && $0.field != ReservedField.created
                && !($0.field == ModelSchema.singleWriter && author.role != .office)
        }
        guard !conflicts.isEmpty else { return }
        let writes = conflicts.map {
            ModelWrite(slot: $0, value: .text("定"), names: author.ids($0).sorted())
        }
        let group = author.save(writes, wallClock: 0, using: &random)
        for var replica in history.replicas {
            let isLogged = replica.log(group)
            #expect(isLogged, "seed \(seed)")
            for slot in conflicts { #expect(replica.live(slot).count == 1, "seed \(seed) \(slot)") }
        }
    }

    @Test(arguments: 0..<300)
    func `only writes that a person was shown are superseded`(seed: Int) {
        var history = History(seed: seed)
        _ = history.heal()
        let superseded = Oracle(history.union).superseded()
        for (write, namers) in superseded {
            for namer in namers {
                #expect(history.shown[namer.group]?.contains(write) == true, "seed \(seed)")
            }
        }
    }

    @Test(arguments: 0..<200)
    func `equal sets have equal digests and unequal sets unequal ones`(seed: Int) {
        let history = History(seed: seed)
        var byHeld: [Set<GroupHash>: Digest] = [:]
        for replica in history.replicas {
            // Every prefix of a log is a state some replica may be in.
            var prefix = ModelReplica(role: replica.role, stream: replica.stream)
            for group in replica.log {
                prefix.log(group)
                if let known = byHeld[prefix.held] {
                    #expect(known == prefix.digest, "seed \(seed)")
                }
                byHeld[prefix.held] = prefix.digest
            }
        }
        #expect(Set(byHeld.values).count == byHeld.count, "seed \(seed)")
    }

    /// The same groups in another causal order, in pieces, with repeats, and into a tree cut
    /// differently.
    private func replay(_ replica: ModelReplica, using random: inout SeededRandom) -> ModelReplica {
        var again = ModelReplica(role: replica.role, stream: replica.stream)
        var waiting = replica.log.shuffled(using: &random)
        while !waiting.isEmpty {
            let page = waiting.prefix(1 + random.below(5))
            waiting.removeFirst(page.count)
            for group in page {
                let isLogged = again.log(group)
                if !isLogged || random.chance(20) {
                    waiting.insert(group, at: random.below(waiting.count + 1))
                }
            }
        }
        return again
    }
}
