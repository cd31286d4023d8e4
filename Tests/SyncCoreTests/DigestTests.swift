import Testing

@testable import SyncCore

@Suite struct DigestTests {
    private func write(_ random: inout SeededRandom) -> WriteID {
        WriteID(
            group: GroupHash(random.next(), random.next(), random.next(), random.next()),
            index: UInt32(random.below(300)))
    }

    @Test(arguments: 0..<200)
    func `it does not depend on order, and removing undoes adding`(seed: Int) {
        var random = SeededRandom(seed: seed)
        let writes = (0..<50).map { _ in write(&random) }
        var one = Digest.zero
        for write in writes { one.add(write) }
        var other = Digest.zero
        let extra = write(&random)
        other.add(extra)
        for write in writes.shuffled(using: &random) { other.add(write) }
        #expect(one != other, "seed \(seed)")
        other.remove(extra)
        #expect(one == other, "seed \(seed)")
        #expect(one.bytes == other.bytes && one.hashValue == other.hashValue)
    }

    @Test(arguments: 0..<200)
    func `one write more, less or other changes both lanes`(seed: Int) {
        var random = SeededRandom(seed: seed)
        let write = write(&random)
        var digest = Digest(random.next(), random.next())
        let before = digest
        digest.add(write)
        #expect(digest.lanes.0 != before.lanes.0 && digest.lanes.1 != before.lanes.1)
        var next = before
        next.add(WriteID(group: write.group, index: write.index + 1))
        #expect(next.lanes.0 != digest.lanes.0 && next.lanes.1 != digest.lanes.1)
    }

    @Test func `it mixes as splitmix64 does`() {
        // The first two outputs of splitmix64 from seed 0, as published with the generator.
        var digest = Digest.zero
        digest.add(WriteID(group: GroupHash(0, 0, 0, 0), index: 0))
        #expect(digest.lanes == (0xE220_A839_7B1D_CDAF, 0xE220_A839_7B1D_CDAF))
        var second = Digest.zero
        second.add(WriteID(group: GroupHash(0, 0, 7, 7), index: 1))
        #expect(second.lanes.0 == 0x6E78_9E6A_A1B9_65F4)
    }

    @Test(arguments: 0..<50)
    func `its sixteen bytes come back`(seed: Int) {
        var random = SeededRandom(seed: seed)
        let digest = Digest(random.next(), random.next())
        #expect(digest.bytes.count == 16)
        #expect(Digest(digest.bytes) == digest)
        #expect(Digest(digest.bytes.dropLast()) == nil)
        #expect(Digest(digest.bytes + [0]) == nil)
    }
}
