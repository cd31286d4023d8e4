import SyncCore
import Testing

@testable import Wire

/// Groups are read by hand; whatever is accepted must be what any Protocol Buffers library reads.
@Suite struct MessageReaderTests {
    private func expectSame(_ bytes: [UInt8], _ comment: Comment) {
        guard let group = try? GroupCodec().decode(bytes) else { return }
        guard let message = try? WireGroup.decoded(bytes, "a group"),
            let header = try? WireGroupHeader.decoded(message.header, "a header")
        else {
            Issue.record("read by hand and by nobody else: \(comment)")
            return
        }
        #expect(Array(header.space) == group.place.space.bytes, comment)
        #expect(Array(header.stream) == group.place.stream.bytes, comment)
        #expect(header.seq == group.place.seq, comment)
        #expect(Array(header.predecessor) == group.predecessor?.bytes ?? [], comment)
        #expect(header.seen.map(Array.init) == group.seen.map(\.bytes), comment)
        #expect(header.referenced.map(Array.init) == group.referenced.map(\.bytes), comment)
        #expect(header.time == group.time.rawValue, comment)
        #expect(Array(header.actor) == group.actor?.bytes ?? [], comment)
        #expect(header.schema == group.schema, comment)
        #expect((header.requires <= 1) == group.isInterpretable, comment)
        #expect(Array(header.start.nonce) == group.start?.nonce ?? [], comment)
        #expect(
            header.start.continues.map(Array.init) == group.start?.continues.map(\.bytes) ?? [],
            comment)
        #expect(Array(message.seal) == group.seal ?? [], comment)
        #expect(header.changes.count == group.changes.count, comment)
        for (one, other) in zip(header.changes, group.changes) {
            #expect(Array(one.record) == other.record.bytes, comment)
            #expect(one.type == other.type && one.fields == other.fields, comment)
            let named = other.named.flatMap { [$0.position, $0.target.group, $0.target.index] }
            #expect(one.named == named, comment)
            #expect(one.listed == other.listed.flatMap { [$0.group, $0.index] }, comment)
            #expect(Set(one.cleared) == other.cleared, comment)
        }
        for (body, change) in zip(message.bodies, group.changes) where body.commitment.isEmpty {
            let values = try? WireValues.decoded(body.values, "values").values
            #expect(values?.count == change.values.count, comment)
            for (one, other) in zip(values ?? [], change.values) {
                switch (one.kind, other) {
                case (.text(let a), .text(let b)): #expect(a == b, comment)
                case (.integer(let a), .integer(let b)): #expect(a == b, comment)
                case (.record(let a), .record(let b)): #expect(Array(a) == b.bytes, comment)
                case (nil, nil), (_, .empty), (nil, .integer(1)): break
                default: Issue.record("another value by hand: \(comment)")
                }
            }
        }
    }

    @Test(arguments: 0..<2_000)
    func `what is read by hand is what the generated code reads`(seed: Int) throws {
        var random = SeededRandom(seed: seed)
        let originals =
            try Samples.log().all.map(Samples.sealed)
            + [RawGroup.sample.encoded(), RawGroup.second.encoded()]
        var bytes = originals[random.below(originals.count)]
        for _ in 0..<(1 + random.below(2)) {
            bytes[random.below(bytes.count)] = UInt8(random.below(256))
        }
        expectSame(bytes, "seed \(seed)")
    }

    @Test func `numbers wider than their field are cut as everywhere`() throws {
        var raw = RawGroup.sample
        raw.requires = 1 << 32
        raw.schema = 5 << 32 | 7
        raw.changes[0].type = 9 << 32 | 3
        raw.changes[0].cleared = [1 << 32 | 1]
        let group = try GroupCodec().decode(raw.encoded())
        #expect(group.isInterpretable && group.schema == 7)
        #expect(group.changes[0].type == 3 && group.changes[0].cleared == [1])
        expectSame(raw.encoded(), "wide numbers")
    }

    @Test func `repeated numbers may stand one by one`() throws {
        var raw = RawGroup.second
        raw.changes[0].fields = []
        raw.changes[0].named = []
        raw.changes[0].unknown = Protobuf.message { change in
            for (field, value) in [(UInt64(3), UInt64(16)), (3, 17)] {
                change.varint(field << 3)
                change.varint(value)
            }
            for value in [UInt64(0), 0, 1] {
                change.varint(4 << 3)
                change.varint(value)
            }
        }
        let group = try GroupCodec().decode(raw.encoded())
        #expect(group.changes[0].fields == [16, 17])
        #expect(group.changes[0].named.count == 1)
        expectSame(raw.encoded(), "unpacked")
    }
}
