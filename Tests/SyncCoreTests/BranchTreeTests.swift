import Testing

@testable import SyncCore

@Suite struct BranchTreeTests {
    @Test(arguments: 1..<70)
    func `landmarks are the tip's ancestors at doubling distances and the first group`(length: Int)
    {
        let stream = StreamID(high: 7, low: 7)
        let tip = Tip(stream: stream, seq: UInt64(length), hash: GroupHash(1, 2, 3, 4))
        let tree = BranchTree([
            .init(number: 1, stream: stream, root: nil, last: tip, endsInTip: true)
        ])
        var distances: Set<Int> = [length - 1]
        var distance = 1
        while distance < length {
            distances.insert(distance)
            distance *= 2
        }
        let expected = distances.map { UInt64(length - $0) }.sorted(by: >)
        #expect(tree.landmarks(of: stream).map(\.seq) == expected)
        #expect(tree.landmarks(of: StreamID(high: 0, low: 0)).isEmpty)
    }

    @Test(arguments: 0..<200)
    func `landmarks of a forked stream stand before its tips and name both sides`(seed: Int) {
        for replica in History(seed: seed).replicas {
            let byHash = Dictionary(uniqueKeysWithValues: replica.log.map { ($0.hash, $0) })
            for stream in Set(replica.log.map(\.stream)) {
                let stranger = VectorClock([
                    Tip(stream: stream, seq: 99, hash: GroupHash(9, 9, 9, 9))
                ])
                let landmarks = Set(replica.landmarks(against: stranger).map(\.hash))
                for tip in replica.clock.tips(of: stream) {
                    var line: [GroupHash] = []
                    var at: GroupHash? = tip.hash
                    while let hash = at {
                        line.append(hash)
                        at = byHash[hash]?.predecessor
                    }
                    for distance in [1, 2, 4, 8, 16, 32] where distance < line.count {
                        #expect(landmarks.contains(line[distance]), "seed \(seed)")
                    }
                    #expect(landmarks.contains(line[line.count - 1]), "seed \(seed)")
                }
            }
        }
    }

    @Test func `a stream is in doubt only when it is held here and a stated tip is not`() {
        let mine = StreamID(high: 1, low: 0)
        let tip = Tip(stream: mine, seq: 3, hash: GroupHash(1, 1, 1, 1))
        let tree = BranchTree([
            .init(number: 1, stream: mine, root: nil, last: tip, endsInTip: true)
        ])
        let strange = Tip(stream: mine, seq: 3, hash: GroupHash(2, 2, 2, 2))
        let foreign = Tip(stream: StreamID(high: 2, low: 0), seq: 1, hash: GroupHash(3, 3, 3, 3))
        let holds = { (hash: GroupHash) in hash == tip.hash }
        #expect(tree.doubtfulStreams(VectorClock([tip, foreign]), holds: holds).isEmpty)
        #expect(tree.doubtfulStreams(VectorClock([tip, strange]), holds: holds) == [mine])
    }

    @Test func `the fork of clock.md's example heals in one exchange`() {
        var random = SeededRandom(seed: 5)
        let stream = StreamID(high: 5, low: 5)
        let edit = [
            ModelWrite(slot: Slot(record: 0, field: ModelSchema.latest), value: .integer(1))
        ]
        var office = ModelReplica(role: .office, stream: stream)
        for _ in 0..<3 { _ = office.save(edit, wallClock: 1, using: &random) }
        let backup = office
        for _ in 0..<2 { _ = office.save(edit, wallClock: 1, using: &random) }
        var headquarters = ModelReplica(role: .headquarters, stream: StreamID(high: 6, low: 6))
        for group in office.log { headquarters.log(group) }
        office = backup.restored(to: 3)
        for _ in 0..<2 { _ = office.save(edit, wallClock: 1, using: &random) }

        var exchange = ModelExchange()
        let outcome = exchange.run(
            &office, &headquarters, remembered: backup.clock, using: &random)
        #expect(outcome == .equal)
        #expect(exchange.rounds == 1)
        #expect(office.clock.tips.count == 2)
        #expect(office.tree.forkedStreams == [stream])
        let next = office.save(edit, wallClock: 1, using: &random)
        #expect(next.seq == 1 && next.stream != stream)
        #expect(Set(next.seen) == Set(headquarters.clock.tips.map(\.hash)))
    }
}
