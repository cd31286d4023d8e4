import SyncCore
import Testing
import Wire

@Suite struct GroupCodecTests {
    private let codec = GroupCodec()

    @Test func `what was encoded decodes to the same reading, hash and bytes`() throws {
        for group in try Samples.log().all {
            let again = try codec.decode(group.bytes)
            #expect(again.bytes == group.bytes)
            #expect(again.hash == group.hash)
            #expect(again.place == group.place)
            #expect(again.predecessor == group.predecessor)
            #expect(again.past == group.past)
            #expect(again.time == group.time)
            #expect(again.wallClock == group.wallClock)
            #expect(again.actor == group.actor)
            #expect(again.start == group.start)
            #expect(again.isInterpretable)
            #expect(again.seal == nil)
            #expect(again.changes.map(\.values) == group.changes.map(\.values))
        }
    }

    @Test func `the reading is what the author said`() throws {
        let log = try Samples.log()
        let first = log.first
        #expect(first.actor == Samples.staff)
        #expect(first.wallClock == Int64(Samples.midnight) + 750)
        #expect(first.start?.key == Samples.office.publicKey)
        #expect(first.changes[0].fields == [1, 16, 17, 18])
        #expect(
            first.changes[0].values == [
                .empty, .text("3栋2单元1501水管漏水"), .integer(-1_500), .record(Samples.household),
            ])
        let naming = log.naming
        #expect(naming.seen == [log.parallelEdit.hash])
        #expect(naming.referenced == [log.edit.hash, log.parallelEdit.hash])
        #expect(
            naming.changes[0].named.map(\.target) == [
                .init(group: 0, index: 0), .init(group: 1, index: 0),
            ])
        #expect(log.personal.changes.map(\.firstIndex) == [0, 2])
        #expect(log.personal.writeCount == 3)
        #expect(log.deletion.changes[0].values == [.integer(1)])
        #expect(log.deletion.changes[0].listed.count == 5)
        #expect(log.takeBack.changes[0].values == [.empty])
        #expect(log.takeBack.changes[0].cleared == [0])
        #expect(log.clearing.changes[0].values == [.integer(0), .empty])
        #expect(log.clearing.changes[0].cleared == [1])
    }

    @Test func `a seal in the message does not change the group`() throws {
        for group in try Samples.log().all {
            let sealed = try codec.decode(Samples.sealed(group))
            #expect(sealed.seal == group.seal)
            #expect(sealed.hash == group.hash)
            #expect(sealed.bytes == group.bytes)
        }
    }

    @Test func `a body that was destroyed keeps the hash and what the skeleton says`() throws {
        let log = try Samples.log()
        for (name, stripped, group) in try Vectors.stripped(log) {
            let reading = try codec.decode(stripped)
            #expect(reading.hash == group.hash, "\(name)")
            #expect(reading.bytes == stripped)
            let change = try #require(reading.changes.last)
            let whole = try #require(group.changes.last)
            #expect(change.fields == whole.fields)
            #expect(change.named == whole.named)
            #expect(change.cleared == whole.cleared)
            for (position, value) in change.values.enumerated() {
                let isCleared = change.cleared.contains(UInt32(position))
                #expect(value == (isCleared ? .empty : nil), "\(name)")
            }
            #expect(
                reading.changes.dropLast().map(\.values) == group.changes.dropLast().map(\.values))
        }
    }

    @Test func `the commitment hides the values behind the salt`() throws {
        var draft = Samples.Author(key: Samples.office, nonce: Samples.nonce(1))
        var other = draft
        let change = Samples.change(Samples.ticket, [WriteDraft(field: 16, value: .text("否"))])
        #expect(try draft.save(step: 1, [change]).hash != other.save(step: 2, [change]).hash)
    }

    @Test func `raw bytes by hand are the same group as the encoder's`() throws {
        let sample = try codec.decode(RawGroup.sample.encoded())
        #expect(sample.bytes == RawGroup.sample.encoded())
        #expect(sample.changes[0].values == [.empty, .text("水管漏水")])
        let second = try codec.decode(RawGroup.second.encoded())
        #expect(second.changes[0].values == [.text("已修"), .integer(-3)])
        #expect(second.predecessor == second.referenced[0])
    }

    @Test func `unknown fields are passed over, hashed and kept`() throws {
        let plain = try codec.decode(RawGroup.sample.encoded())
        var raw = RawGroup.sample
        raw.unknown = Protobuf.message { $0.element(19, [1, 2, 3]) }
        let header = try codec.decode(raw.encoded())
        #expect(header.hash != plain.hash)
        #expect(header.changes[0].values == plain.changes[0].values)
        #expect(header.bytes == raw.encoded())
        raw.changes[0].unknown = Protobuf.message { $0.number(15, 9) }
        raw.seal = [UInt8](repeating: 1, count: 64)
        let change = try codec.decode(raw.encoded())
        #expect(change.hash != header.hash)
        raw.seal = []
        #expect(change.bytes == raw.encoded())
    }

    @Test func `a group that requires more than this version is read and not interpreted`() throws {
        var raw = RawGroup.sample
        for (requires, isInterpretable) in [(UInt64(0), true), (1, true), (2, false), (99, false)] {
            raw.requires = requires
            #expect(try codec.decode(raw.encoded()).isInterpretable == isInterpretable)
        }
    }

    @Test func `a value of a kind that came later is unknown and not empty`() throws {
        var raw = RawGroup.sample
        raw.bodies[0].values = RawGroup.values([[], Protobuf.message { $0.number(9, 5) }])
        #expect(try codec.decode(raw.encoded()).changes[0].values == [.empty, nil])
        raw.changes[0].cleared = [1]
        #expect(try codec.decode(raw.encoded()).changes[0].values == [.empty, .empty])
    }

    @Test func `a singular field that stands twice is refused, so that no decoder has to choose`() {
        var raw = RawGroup.sample
        raw.unknown = Protobuf.message { $0.number(9, 42) }
        #expect(throws: GroupProblem.self) { try codec.decode(raw.encoded()) }
        raw = RawGroup.sample
        raw.bodies[0].values = RawGroup.values([[], RawGroup.text("先") + RawGroup.integer(8)])
        #expect(throws: GroupProblem.self) { try codec.decode(raw.encoded()) }
    }

    @Test func `an impossible wall clock is shown as none and traps nothing`() throws {
        var raw = RawGroup.sample
        for wall in [Int64.min, .max, -1, 0, 1] {
            raw.wall = wall
            let group = try codec.decode(raw.encoded())
            let expected = Int64(Samples.midnight).addingReportingOverflow(wall)
            #expect(
                group.wallClock
                    == (expected.overflow ? Int64(Samples.midnight) : expected.partialValue))
        }
    }

    @Test func `a draft beyond a limit is refused at once`() throws {
        var author = Samples.Author(key: Samples.office, nonce: Samples.nonce(1))
        let long = String(repeating: "x", count: Limits.maximumValueBytes)
        let fits = Samples.change(Samples.ticket, [WriteDraft(field: 16, value: .text(long))])
        _ = try author.save(step: 1, [fits])
        let exceeds = Samples.change(
            Samples.ticket, [WriteDraft(field: 16, value: .text(long + "x"))])
        #expect(throws: GroupProblem("A value is longer than maximumValueBytes.")) {
            try author.save(step: 2, [exceeds])
        }
    }

    @Test(arguments: 0..<2_000)
    func `mutated bytes never trap, and whatever decodes is stable`(seed: Int) throws {
        var random = SeededRandom(seed: seed)
        let seeds = Self.originals
        var bytes = seeds[random.below(seeds.count)]
        for _ in 0..<(1 + random.below(4)) { mutate(&bytes, &random) }
        let group: Group
        do {
            group = try codec.decode(bytes)
        } catch {
            #expect(!error.reason.isEmpty)
            return
        }
        let again = try codec.decode(group.bytes)
        #expect(again.hash == group.hash, "seed \(seed)")
        #expect(again.bytes == group.bytes, "seed \(seed)")
        for change in group.changes {
            #expect(change.values.count == change.fields.count, "seed \(seed)")
            for name in change.named {
                #expect(Int(name.target.group) < group.referenced.count, "seed \(seed)")
            }
        }
    }

    private static let originals: [[UInt8]] =
        ((try? Samples.log().all.map(Samples.sealed)) ?? [])
        + [RawGroup.sample.encoded(), RawGroup.second.encoded()]

    private func mutate(_ bytes: inout [UInt8], _ random: inout SeededRandom) {
        guard !bytes.isEmpty else { return }
        let at = random.below(bytes.count)
        switch random.below(7) {
        case 0: bytes[at] ^= 1 << UInt8(random.below(8))
        case 1: bytes[at] = UInt8(random.below(256))
        case 2: bytes.removeSubrange(at..<min(bytes.count, at + 1 + random.below(20)))
        case 3: bytes.insert(contentsOf: random.bytes(1 + random.below(20)), at: at)
        case 4: bytes.removeLast(bytes.count - at)
        case 5: bytes += bytes[at...]
        default: bytes[at] = random.chance(50) ? 0xFF : 0
        }
    }
}
