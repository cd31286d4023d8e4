import SyncCore
import Testing
import Wire

@Suite struct BadGroupTests {
    @Test func `the groups that are spoiled were good before`() throws {
        _ = try GroupCodec().decode(RawGroup.sample.encoded())
        _ = try GroupCodec().decode(RawGroup.second.encoded())
    }

    @Test(arguments: BadGroup.all + BadGroup.large)
    func `a group that breaks one rule is refused for that rule`(bad: BadGroup) {
        #expect(throws: GroupProblem(bad.reason)) { try GroupCodec().decode(bad.bytes) }
    }

    @Test func `a group at each limit is good`() throws {
        let codec = GroupCodec()
        var raw = RawGroup.sample
        raw.seen = BadGroup.hashes(Limits.maximumSeenPerGroup)
        raw.start?.continues = BadGroup.hashes(Limits.maximumSeenPerGroup)
        raw.referenced = BadGroup.hashes(Limits.maximumReferencedPerGroup)
        raw.time = HybridTime.latest.rawValue
        raw.changes[0].fields = Array(repeating: 65_535, count: Limits.maximumWritesPerChange)
        raw.changes[0].named = (0..<UInt64(Limits.maximumNamedPerChange)).flatMap { [255, $0, 0] }
        raw.bodies[0].values = RawGroup.values(
            Array(repeating: [], count: Limits.maximumWritesPerChange))
        #expect(try codec.decode(raw.encoded()).changes[0].named.count == 10_000)

        raw = RawGroup.sample
        raw.changes = Array(repeating: raw.changes[0], count: Limits.maximumChangesPerGroup)
        raw.bodies = Array(repeating: raw.bodies[0], count: Limits.maximumChangesPerGroup)
        #expect(try codec.decode(raw.encoded()).writeCount == 2_000)

        // A group of exactly the greatest size, by a last value that fills it up.
        raw = RawGroup.sample
        let count = 16
        raw.changes[0].fields = (0..<count).map { 16 + UInt64($0) }
        func size(_ last: Int) -> [UInt8] {
            var texts = Array(repeating: Limits.maximumValueBytes, count: count - 1)
            texts.append(last)
            raw.bodies[0].values = RawGroup.values(
                texts.map { RawGroup.text(String(repeating: "x", count: $0)) })
            return raw.encoded()
        }
        let rest = 60_000 + Limits.maximumGroupBytes - size(60_000).count
        #expect(size(rest).count == Limits.maximumGroupBytes)
        _ = try codec.decode(size(rest))
        #expect(throws: GroupProblem("A group is larger than maximumGroupBytes.")) {
            try codec.decode(size(rest + 1))
        }
    }
}
