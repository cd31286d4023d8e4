import Crypto
import Foundation
import SwiftProtobuf
import SyncCore

/// Groups as bytes: encoding, hashing and checking by Protocol/merge.md §2–§4.1.
public struct GroupCodec: GroupCoding {
    public init() {}

    public func stream(space: SpaceID, key: NodeKey, nonce: [UInt8]) -> StreamID {
        let hash = Tagged.sha256("gatehouse:stream:1", space.bytes, key.bytes, nonce)
        return StreamID(high: hash.words.0, low: hash.words.1)
    }

    public func encode(_ draft: GroupDraft) throws(GroupProblem) -> Group {
        var references = ReferenceTable()
        var header = WireGroupHeader()
        header.space = Data(draft.place.space.bytes)
        header.stream = Data(draft.place.stream.bytes)
        header.seq = draft.place.seq
        header.predecessor = Data(draft.predecessor?.bytes ?? [])
        header.seen = draft.seen.map { Data($0.bytes) }
        header.time = draft.time.rawValue
        header.wall = draft.wallClock - Int64(draft.time.milliseconds)
        header.actor = Data(draft.actor?.bytes ?? [])
        header.schema = draft.schema
        if let start = draft.start {
            header.start.key = Data(start.key.bytes)
            header.start.continues = start.continues.map { Data($0.bytes) }
            header.start.nonce = Data(start.nonce)
        }
        header.changes = draft.changes.map { references.skeleton(of: $0) }
        header.referenced = references.hashes.map { Data($0.bytes) }

        var message = WireGroup()
        message.bodies = draft.changes.map { change in
            var values = WireValues()
            values.values = change.writes.map {
                // A deletion has no value; taking one back stands in `cleared`.
                WireValue($0.field == ReservedField.deleted ? .empty : $0.value)
            }
            var body = WireBody()
            body.salt = Data(change.salt)
            body.values = values.encoded()
            return body
        }
        message.header = header.encoded()
        return try decode(message.encodedBytes())
    }

    public func decode(_ bytes: [UInt8]) throws(GroupProblem) -> Group {
        guard bytes.count <= Limits.maximumGroupBytes else {
            throw GroupProblem("A group is larger than maximumGroupBytes.")
        }
        var message = try WireGroup.decoded(bytes, "a group")
        let header = try WireGroupHeader.decoded(message.header, "a group header")
        let seal = message.seal
        guard seal.isEmpty || seal.count == 64 else {
            throw GroupProblem("A seal does not have 64 bytes.")
        }
        guard message.bodies.count == header.changes.count, !header.changes.isEmpty,
            header.changes.count <= Limits.maximumChangesPerGroup
        else {
            throw GroupProblem("A group's bodies do not match its changes, or their number is out of range.")
        }
        let checked = try HeaderReading(header)
        var changes: [Change] = []
        changes.reserveCapacity(header.changes.count)
        var hasher = Tagged.hasher("gatehouse:group:1")
        hasher.update(data: UInt32(message.header.count).bigEndianBytes)
        hasher.update(data: message.header)
        var firstIndex: UInt32 = 0
        for (skeleton, body) in zip(header.changes, message.bodies) {
            let (values, commitment) = try Self.values(of: body, for: skeleton)
            commitment.withUnsafeBytes { hasher.update(bufferPointer: $0) }
            changes.append(
                try checked.change(skeleton, values: values, firstIndex: firstIndex))
            firstIndex += UInt32(skeleton.fields.count)
        }
        let hash = GroupHash(hasher.finalize())
        if !seal.isEmpty { message.seal = Data() }
        return Group(
            place: checked.place, hash: hash, predecessor: checked.predecessor, seen: checked.seen,
            time: checked.time, wallClock: checked.wallClock, actor: checked.actor,
            isInterpretable: header.requires <= 1, schema: header.schema,
            start: try checked.start(header, codec: self), changes: changes,
            referenced: checked.referenced,
            bytes: seal.isEmpty ? bytes : message.encodedBytes(),
            seal: seal.isEmpty ? nil : Array(seal))
    }

    /// The values of one change and the commitment to them.
    private static func values(
        of body: WireBody, for skeleton: WireChange
    ) throws(GroupProblem) -> ([Value?], Commitment) {
        let count = skeleton.fields.count
        if !body.commitment.isEmpty {
            guard body.commitment.count == 32, body.salt.isEmpty, body.values.isEmpty else {
                throw GroupProblem("A body has both values and a commitment, or a commitment of a wrong length.")
            }
            return (Array(repeating: nil, count: count), .stated(body.commitment))
        }
        guard body.salt.count == 16 else {
            throw GroupProblem("A body's salt does not have 16 bytes.")
        }
        let message = try WireValues.decoded(body.values, "values")
        guard message.values.count == count else {
            throw GroupProblem("A body does not hold as many values as its change has writes.")
        }
        var hasher = Tagged.hasher("gatehouse:values:1")
        hasher.update(data: body.salt)
        hasher.update(data: body.values)
        var values: [Value?] = []
        values.reserveCapacity(count)
        for value in message.values { values.append(try value.reading()) }
        return (values, .computed(hasher.finalize()))
    }
}

/// Proof of a body's values: recomputed from them, or stated where they were destroyed.
private enum Commitment {
    case stated(Data)
    case computed(SHA256.Digest)

    func withUnsafeBytes(_ use: (UnsafeRawBufferPointer) -> Void) {
        switch self {
        case .stated(let data): data.withUnsafeBytes(use)
        case .computed(let digest): digest.withUnsafeBytes(use)
        }
    }
}

/// Collects the groups a draft refers to, each once.
private struct ReferenceTable {
    private(set) var hashes: [GroupHash] = []
    private var positions: [GroupHash: UInt32] = [:]

    mutating func position(of hash: GroupHash) -> UInt32 {
        if let position = positions[hash] { return position }
        let position = UInt32(hashes.count)
        hashes.append(hash)
        positions[hash] = position
        return position
    }

    mutating func skeleton(of change: ChangeDraft) -> WireChange {
        var skeleton = WireChange()
        skeleton.record = Data(change.record.bytes)
        skeleton.type = change.type
        skeleton.fields = change.writes.map(\.field)
        for (position, write) in change.writes.enumerated() {
            if write.value == .empty && write.field != ReservedField.created {
                skeleton.cleared.append(UInt32(position))
            }
            for name in write.names {
                skeleton.named += [UInt32(position), self.position(of: name.group), name.index]
            }
        }
        for write in change.listed {
            skeleton.listed += [position(of: write.group), write.index]
        }
        return skeleton
    }
}
