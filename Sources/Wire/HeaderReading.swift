import Foundation
import SyncCore

/// A header whose lengths, ranges and positions were all checked (Protocol/merge.md §4.1).
struct HeaderReading {
    let place: Place
    let predecessor: GroupHash?
    let seen: [GroupHash]
    let referenced: [GroupHash]
    let time: HybridTime
    let wallClock: Int64
    let actor: RecordID?

    init(_ header: WireGroupHeader) throws(GroupProblem) {
        guard let space = SpaceID(header.space), let stream = StreamID(header.stream),
            header.seq >= 1, header.seq < UInt64(Int64.max)
        else { throw GroupProblem("A group's space, stream or seq is malformed.") }
        place = Place(space: space, stream: stream, seq: header.seq)
        guard (header.seq == 1) == header.predecessor.isEmpty, (header.seq == 1) == header.hasStart
        else { throw GroupProblem("Only a stream's first group has a start and no predecessor.") }
        predecessor =
            header.predecessor.isEmpty ? nil : try Self.hash(header.predecessor, "predecessor")
        seen = try Self.hashes(header.seen, "seen", atMost: Limits.maximumSeenPerGroup)
        referenced = try Self.hashes(
            header.referenced, "referenced", atMost: Limits.maximumReferencedPerGroup)
        guard let time = HybridTime(rawValue: header.time) else {
            throw GroupProblem("A group's time is beyond the year 9999.")
        }
        self.time = time
        // A difference nobody can have is shown as none; it decides nothing.
        let (wall, overflow) = Int64(time.milliseconds).addingReportingOverflow(header.wall)
        wallClock = overflow ? Int64(time.milliseconds) : wall
        if header.actor.isEmpty {
            actor = nil
        } else {
            guard let actor = RecordID(header.actor) else {
                throw GroupProblem("A group's actor is not a record id.")
            }
            self.actor = actor
        }
    }

    func start(_ header: WireGroupHeader, codec: GroupCodec) throws(GroupProblem) -> Start? {
        guard header.hasStart else { return nil }
        guard let key = NodeKey(header.start.key), header.start.nonce.count == 16 else {
            throw GroupProblem("A stream's key or nonce is malformed.")
        }
        let nonce = Array(header.start.nonce)
        guard codec.stream(space: place.space, key: key, nonce: nonce) == place.stream else {
            throw GroupProblem("A stream's id is not made of its space, key and nonce.")
        }
        let continues = try Self.hashes(
            header.start.continues, "continues", atMost: Limits.maximumSeenPerGroup)
        return Start(key: key, continues: continues, nonce: nonce)
    }

    func change(
        _ skeleton: WireChange, values: [Value?], firstIndex: UInt32
    ) throws(GroupProblem) -> Change {
        guard let record = RecordID(skeleton.record) else {
            throw GroupProblem("A change's record is not a record id.")
        }
        let count = UInt32(skeleton.fields.count)
        guard count >= 1, count <= Limits.maximumWritesPerChange,
            skeleton.fields.allSatisfy({ (1...UInt32(Limits.maximumFieldNumber)).contains($0) })
        else { throw GroupProblem("A change's fields are out of range.") }
        guard skeleton.named.count.isMultiple(of: 3),
            skeleton.named.count / 3 <= Limits.maximumNamedPerChange,
            skeleton.listed.count.isMultiple(of: 2),
            skeleton.listed.count / 2 <= Limits.maximumNamedPerChange,
            skeleton.listed.isEmpty || skeleton.fields.contains(ReservedField.deleted),
            skeleton.cleared.allSatisfy({ $0 < count })
        else { throw GroupProblem("A change's names are malformed.") }
        var named: [Change.Name] = []
        for at in stride(from: 0, to: skeleton.named.count, by: 3) {
            let reference = try reference(skeleton.named[at + 1], skeleton.named[at + 2])
            guard skeleton.named[at] < count else {
                throw GroupProblem("A name stands at a write the change does not have.")
            }
            named.append(Change.Name(position: skeleton.named[at], target: reference))
        }
        guard named.count < 2 || Set(named).count == named.count else {
            throw GroupProblem("A write names another twice.")
        }
        var listed: [Change.Reference] = []
        for at in stride(from: 0, to: skeleton.listed.count, by: 2) {
            listed.append(try reference(skeleton.listed[at], skeleton.listed[at + 1]))
        }
        return Change(
            record: record, type: skeleton.type, fields: skeleton.fields, named: named,
            listed: listed, firstIndex: firstIndex, values: Self.known(values, in: skeleton),
            cleared: Set(skeleton.cleared))
    }

    /// An empty value counts only where the skeleton says so; elsewhere it is of a kind that came later.
    private static func known(_ values: [Value?], in skeleton: WireChange) -> [Value?] {
        guard values.contains(.empty) || !skeleton.cleared.isEmpty else { return values }
        var values = values
        for position in values.indices where values[position] == .empty {
            switch skeleton.fields[position] {
            case ReservedField.created: break
            case ReservedField.deleted: values[position] = .integer(1)
            default: values[position] = nil
            }
        }
        for position in skeleton.cleared { values[Int(position)] = .empty }
        return values
    }

    private func reference(
        _ group: UInt32, _ index: UInt32
    ) throws(GroupProblem) -> Change.Reference {
        guard group < referenced.count else {
            throw GroupProblem("A name points at a group that is not referenced.")
        }
        return Change.Reference(group: group, index: index)
    }

    private static func hash(_ data: Data, _ field: String) throws(GroupProblem) -> GroupHash {
        guard let hash = GroupHash(data) else {
            throw GroupProblem("A hash in \(field) does not have 32 bytes.")
        }
        return hash
    }

    private static func hashes(
        _ list: [Data], _ field: String, atMost limit: Int
    ) throws(GroupProblem) -> [GroupHash] {
        guard list.count <= limit else {
            throw GroupProblem("A group has more hashes in \(field) than allowed.")
        }
        var hashes: [GroupHash] = []
        hashes.reserveCapacity(list.count)
        for data in list { hashes.append(try hash(data, field)) }
        guard hashes.count < 2 || Set(hashes).count == hashes.count else {
            throw GroupProblem("A hash stands twice in \(field).")
        }
        return hashes
    }
}
