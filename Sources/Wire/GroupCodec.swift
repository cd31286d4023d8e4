import Crypto
import SyncCore

/// Groups as bytes: encoding, hashing and checking by Protocol/merge.md §2–§4.1.
public struct GroupCodec: GroupCoding {
    public init() {}

    public func stream(space: SpaceID, key: NodeKey, nonce: [UInt8]) -> StreamID {
        let hash = Tagged.sha256("gatehouse:stream:1", space.bytes, key.bytes, nonce)
        return StreamID(high: hash.words.0, low: hash.words.1)
    }

    public func encode(_ draft: GroupDraft) throws(GroupProblem) -> Group {
        // Read back what was written: a save that a peer would have to refuse fails here.
        try decode(GroupEncoding(draft).bytes)
    }

    public func decode(_ bytes: [UInt8]) throws(GroupProblem) -> Group {
        let envelope = try Envelope(bytes)
        // Without the seal, so that the verdict is the same whether it was left out on the way or
        // not.
        let stored = envelope.withoutSeal(bytes)
        guard stored.count <= Limits.maximumGroupBytes else {
            throw GroupProblem("A group is larger than maximumGroupBytes.")
        }
        let header = try HeaderReading(bytes, envelope.header)
        let count = header.skeletons.count
        guard envelope.bodies.count == count, (1...Limits.maximumChangesPerGroup).contains(count)
        else {
            throw GroupProblem(
                "A group's bodies do not match its changes, or their number is out of range.")
        }
        var hasher = Tagged.hasher("gatehouse:group:1")
        hasher.update(data: UInt32(envelope.header.count).bigEndianBytes)
        hasher.update(data: bytes[envelope.header])
        var changes: [Change] = []
        changes.reserveCapacity(count)
        var firstIndex: UInt32 = 0
        for (range, body) in zip(header.skeletons, envelope.bodies) {
            let skeleton = try SkeletonReading(bytes, range)
            let body = try BodyReading(bytes, body, writes: skeleton.fields.count)
            body.commitment.update(&hasher)
            changes.append(
                try skeleton.change(
                    values: body.values, isStripped: body.isStripped, firstIndex: firstIndex,
                    referenced: header.referenced.count))
            firstIndex += UInt32(skeleton.fields.count)
        }
        return Group(
            place: header.place, hash: GroupHash(hasher.finalize()),
            predecessor: header.predecessor, seen: header.seen, time: header.time,
            wallClock: header.wallClock, actor: header.actor,
            isInterpretable: header.requires <= 1, schema: header.schema, start: header.start,
            changes: changes, referenced: header.referenced, bytes: stored,
            seal: envelope.seal.map { Array(bytes[$0]) })
    }
}

/// The values of one change and the commitment to them.
private struct BodyReading {
    let values: [Value?]
    let isStripped: Bool
    let commitment: BodyParts.Commitment

    init(_ bytes: [UInt8], _ range: Range<Int>, writes: Int) throws(GroupProblem) {
        let parts = try BodyParts(bytes, range)
        isStripped = parts.isStripped
        commitment = parts.commitment(bytes)
        values =
            isStripped
            ? Array(repeating: nil, count: writes)
            : try Self.values(bytes, parts.values, expected: writes)
    }

    private static func values(
        _ bytes: [UInt8], _ range: Range<Int>, expected: Int
    ) throws(GroupProblem) -> [Value?] {
        var values: [Value?] = []
        values.reserveCapacity(min(expected, Limits.maximumWritesPerChange))
        var reader = MessageReader(bytes, range)
        while let (number, content) = try reader.next() {
            guard number == 1 else { continue }
            guard values.count < expected else { throw mismatch }
            values.append(try value(bytes, try content.range()))
        }
        guard values.count == expected else { throw mismatch }
        return values
    }

    private static let mismatch = GroupProblem(
        "A body does not hold as many values as its change has writes.")

    private static func value(
        _ bytes: [UInt8], _ range: Range<Int>
    ) throws(GroupProblem) -> Value {
        var value = Value.empty
        var reader = MessageReader(bytes, range)
        while let (number, content) = try reader.next() {
            // The kinds exclude one another, so a second one is as ambiguous as the same twice.
            if number <= 3 { try reader.single(0) }
            switch number {
            case 1:
                let range = try content.range()
                guard range.count <= Limits.maximumValueBytes else {
                    throw GroupProblem("A value is longer than maximumValueBytes.")
                }
                value = .text(try text(bytes.span.extracting(range)))
            case 2: value = .integer(try content.signedNumber())
            case 3:
                guard let record = RecordID(bytes[try content.range()]) else {
                    throw GroupProblem("A reference is not a record id.")
                }
                value = .record(record)
            default: break
            }
        }
        return value
    }

    private static func text(_ bytes: Span<UInt8>) throws(GroupProblem) -> String {
        do {
            return String(copying: try UTF8Span(validating: bytes))
        } catch {
            throw GroupProblem("A text is not UTF-8.")
        }
    }
}
