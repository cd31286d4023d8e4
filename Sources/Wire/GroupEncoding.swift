import SyncCore

/// A draft as the bytes of a `Group` message (Protocol/gatehouse.proto).
struct GroupEncoding {
    private var referenced: [GroupHash] = []
    private var positions: [GroupHash: UInt32] = [:]
    private(set) var bytes: [UInt8] = []

    init(_ draft: GroupDraft) {
        let changes = draft.changes.map { skeleton(of: $0) }
        var group = MessageWriter()
        group.append(1, header(of: draft, changes))
        for change in draft.changes { group.append(2, Self.body(of: change)) }
        bytes = group.bytes
    }

    private func header(of draft: GroupDraft, _ changes: [[UInt8]]) -> [UInt8] {
        var header = MessageWriter()
        header.append(2, draft.place.space.bytes)
        header.append(3, draft.place.stream.bytes)
        header.append(4, number: draft.place.seq)
        if let predecessor = draft.predecessor { header.append(5, predecessor.bytes) }
        for hash in draft.seen { header.append(6, hash.bytes) }
        header.append(7, fixed64: draft.time.rawValue)
        if let actor = draft.actor { header.append(8, actor.bytes) }
        header.append(9, number: UInt64(draft.schema))
        if let start = draft.start {
            var message = MessageWriter()
            message.append(1, start.key.bytes)
            for hash in start.continues { message.append(2, hash.bytes) }
            message.append(3, start.nonce)
            header.append(10, message.bytes)
        }
        for change in changes { header.append(11, change) }
        for hash in referenced { header.append(12, hash.bytes) }
        header.append(13, signed: draft.wallClock &- Int64(draft.time.milliseconds))
        return header.bytes
    }

    private mutating func position(of hash: GroupHash) -> UInt32 {
        if let position = positions[hash] { return position }
        let position = UInt32(referenced.count)
        referenced.append(hash)
        positions[hash] = position
        return position
    }

    private mutating func skeleton(of change: ChangeDraft) -> [UInt8] {
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
        var message = MessageWriter()
        message.append(1, change.record.bytes)
        message.append(2, number: UInt64(change.type))
        message.append(3, packed: change.writes.map(\.field))
        message.append(4, packed: named)
        message.append(5, packed: listed)
        message.append(6, packed: cleared)
        return message.bytes
    }

    private static func body(of change: ChangeDraft) -> [UInt8] {
        var values = MessageWriter()
        for write in change.writes {
            var value = MessageWriter()
            // A deletion has no value.
            switch write.field == ReservedField.deleted ? .empty : write.value {
            case .empty: break
            case .text(let text): value.append(1, text.utf8)
            case .integer(let integer):
                // A chosen alternative is written also when it is zero.
                value.varint(2 << 3)
                value.varint(UInt64(bitPattern: integer << 1 ^ integer >> 63))
            case .record(let record): value.append(3, record.bytes)
            }
            values.append(1, value.bytes)
        }
        var body = MessageWriter()
        body.append(1, change.salt)
        body.append(2, values.bytes)
        return body.bytes
    }
}
