import SyncCore

/// A draft as the bytes of a `Group` message (Protocol/gatehouse.proto).
struct GroupEncoding {
    private var referenced: [GroupHash] = []
    private var positions: [GroupHash: UInt32] = [:]
    private var group = MessageWriter()

    var bytes: [UInt8] { group.bytes }

    init(_ draft: GroupDraft) {
        let header = group.begin(1)
        writeHeader(of: draft)
        group.end(header)
        for change in draft.changes { writeBody(of: change) }
    }

    private mutating func writeHeader(of draft: GroupDraft) {
        group.append(2, draft.place.space.bytes)
        group.append(3, draft.place.stream.bytes)
        group.append(4, number: draft.place.seq)
        if let predecessor = draft.predecessor { group.append(5, predecessor.bytes) }
        for hash in draft.seen { group.append(6, hash.bytes) }
        group.append(7, fixed64: draft.time.rawValue)
        if let actor = draft.actor { group.append(8, actor.bytes) }
        group.append(9, number: UInt64(draft.schema))
        if let start = draft.start {
            let message = group.begin(10)
            group.append(1, start.key.bytes)
            for hash in start.continues { group.append(2, hash.bytes) }
            group.append(3, start.nonce)
            group.end(message)
        }
        for change in draft.changes { writeSkeleton(of: change) }
        for hash in referenced { group.append(12, hash.bytes) }
        group.append(13, signed: draft.wallClock &- Int64(draft.time.milliseconds))
    }

    private mutating func position(of hash: GroupHash) -> UInt32 {
        if let position = positions[hash] { return position }
        let position = UInt32(referenced.count)
        referenced.append(hash)
        positions[hash] = position
        return position
    }

    private mutating func writeSkeleton(of change: ChangeDraft) {
        var named: [UInt32] = []
        var cleared: [UInt32] = []
        for (position, write) in change.writes.enumerated() {
            // In the field `deleted` an empty value takes a deletion back.
            if write.value == .empty && write.field != ReservedField.created {
                cleared.append(UInt32(position))
            }
            for name in write.names {
                named += [UInt32(position), self.position(of: name.group), name.index]
            }
        }
        var listed: [UInt32] = []
        for write in change.listed { listed += [position(of: write.group), write.index] }
        let message = group.begin(11)
        group.append(1, change.record.bytes)
        group.append(2, number: UInt64(change.type))
        group.append(3, packed: change.writes.map(\.field))
        group.append(4, packed: named)
        group.append(5, packed: listed)
        group.append(6, packed: cleared)
        group.end(message)
    }

    private mutating func writeBody(of change: ChangeDraft) {
        let body = group.begin(2)
        group.append(1, change.salt)
        let values = group.begin(2)
        for write in change.writes {
            let value = group.begin(1)
            // A deletion has no value.
            switch write.field == ReservedField.deleted ? .empty : write.value {
            case .empty: break
            case .text(let text): group.append(1, text.utf8)
            case .integer(let integer):
                // A chosen alternative is written also when it is zero.
                group.varint(2 << 3)
                group.varint(UInt64(bitPattern: integer << 1 ^ integer >> 63))
            case .record(let record): group.append(3, record.bytes)
            }
            group.end(value)
        }
        group.end(values)
        group.end(body)
    }
}
