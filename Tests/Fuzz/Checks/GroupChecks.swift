import Foundation
import SyncCore

@testable import Wire

extension FuzzTarget {
    static let groups = [
        FuzzTarget(
            name: "group", share: 14, maximumBytes: 4_096,
            seeds: { try Seeds.vectors("group", "group", "bytes") }, check: GroupChecks.decoding),
        FuzzTarget(
            name: "group-draft", share: 6, maximumBytes: 2_048,
            seeds: { [[], Array(0...255), Array((0...255).reversed())] },
            check: GroupChecks.encoding),
    ]
}

/// Groups of a peer (Protocol/merge.md §2–§4.1).
enum GroupChecks {
    /// What is taken is within the limits, is read the same again, and is read by any Protocol
    /// Buffers library.
    static func decoding(_ bytes: [UInt8]) throws {
        // Refused bytes are the usual case.
        guard let group = try? GroupCodec().decode(bytes) else { return }
        try limits(of: group)
        let again = try always("a decoded group decodes again") {
            try GroupCodec().decode(group.bytes)
        }
        try law(again.seal == nil, "stored bytes carry no seal")
        try same(group, again)
        let seal = [UInt8](repeating: 7, count: 64)
        let sealed = try always("a group with a seal decodes") {
            try GroupCodec().decode(group.bytes + [3 << 3 | 2, 64] + seal)
        }
        try law(sealed.seal == seal, "the seal is read")
        try same(group, sealed)
        try generated(bytes, group)
    }

    /// A draft is refused, or is read back as what it says.
    static func encoding(_ bytes: [UInt8]) throws {
        var draws = Draws(bytes)
        let draft = GroupDraft(drawing: &draws)
        // A draft beyond a limit is refused.
        guard let group = try? GroupCodec().encode(draft) else { return }
        try law(group.place == draft.place, "place")
        try law(group.predecessor == draft.predecessor, "predecessor")
        try law(group.seen == draft.seen && group.time == draft.time, "seen and time")
        try law(group.actor == draft.actor && group.schema == draft.schema, "actor and schema")
        try law(group.start == draft.start, "start")
        try law(group.isInterpretable, "our own groups can be interpreted")
        try law(group.changes.count == draft.changes.count, "as many changes")
        for (change, said) in zip(group.changes, draft.changes) {
            try law(change.record == said.record && change.type == said.type, "record and type")
            try law(change.fields == said.writes.map(\.field), "fields")
            for (position, write) in said.writes.enumerated() {
                let names = change.named.filter { $0.position == position }.map {
                    WriteID(
                        group: group.referenced[Int($0.target.group)], index: $0.target.index)
                }
                try law(names == write.names, "names")
                let value = change.values[position]
                switch write.field {
                case ReservedField.deleted: try law(value == .integer(1) || value == .empty, "2")
                default: try law(value == write.value, "value")
                }
            }
            let listed = change.listed.map {
                WriteID(group: group.referenced[Int($0.group)], index: $0.index)
            }
            try law(listed == said.listed, "listed")
        }
        try decoding(group.bytes)
    }

    private static func limits(of group: Group) throws {
        try law(group.bytes.count <= Limits.maximumGroupBytes, "maximumGroupBytes")
        try law((1...Limits.maximumChangesPerGroup).contains(group.changes.count), "changes")
        try law(group.seen.count <= Limits.maximumSeenPerGroup, "maximumSeenPerGroup")
        try law(
            (group.start?.continues.count ?? 0) <= Limits.maximumSeenPerGroup, "continues")
        try law(
            group.referenced.count <= Limits.maximumReferencedPerGroup, "maximumReferencedPerGroup")
        try law(group.place.seq >= 1 && group.place.seq < UInt64(Int64.max), "seq")
        var index: UInt32 = 0
        for change in group.changes {
            let count = change.fields.count
            try law((1...Limits.maximumWritesPerChange).contains(count), "writes")
            try law(change.values.count == count, "a value for each write")
            try law(change.firstIndex == index, "indexes without gaps")
            index += UInt32(count)
            try law(change.fields.allSatisfy { $0 <= Limits.maximumFieldNumber }, "field numbers")
            try law(change.named.count <= Limits.maximumNamedPerChange, "named")
            try law(change.listed.count <= Limits.maximumNamedPerChange, "listed")
            let references = change.named.map(\.target) + change.listed
            try law(
                references.allSatisfy { $0.group < group.referenced.count }, "references in range")
            try law(change.named.allSatisfy { $0.position < count }, "positions in range")
            try law(change.cleared.allSatisfy { $0 < count }, "cleared in range")
            for case .text(let text)? in change.values {
                try law(text.utf8.count <= Limits.maximumValueBytes, "maximumValueBytes")
            }
        }
        try law(group.writeCount == Int(index), "writeCount")
    }

    private static func same(_ one: Group, _ other: Group) throws {
        try law(one.hash == other.hash && one.bytes == other.bytes, "hash and bytes")
        try law(one.place == other.place && one.past == other.past, "place and past")
        try law(one.time == other.time && one.wallClock == other.wallClock, "times")
        try law(one.actor == other.actor && one.schema == other.schema, "actor and schema")
        try law(one.start == other.start && one.referenced == other.referenced, "start")
        try law(one.isInterpretable == other.isInterpretable, "isInterpretable")
        for (a, b) in zip(one.changes, other.changes) {
            try law(a.record == b.record && a.type == b.type && a.fields == b.fields, "change")
            try law(a.named == b.named && a.listed == b.listed, "names")
            try law(a.values == b.values && a.cleared == b.cleared, "values")
        }
    }

    /// What `MessageReader` takes is what the generated code reads: a peer of another language sees
    /// the same group.
    private static func generated(_ bytes: [UInt8], _ group: Group) throws {
        let message = try always("the generated code reads the group") {
            try WireGroup.decoded(bytes, "a group")
        }
        let header = try always("the generated code reads the header") {
            try WireGroupHeader.decoded(message.header, "a header")
        }
        try law(Array(header.space) == group.place.space.bytes, "space")
        try law(Array(header.stream) == group.place.stream.bytes, "stream")
        try law(header.seq == group.place.seq && header.time == group.time.rawValue, "seq, time")
        try law(header.seen.map(Array.init) == group.seen.map(\.bytes), "seen")
        try law(header.referenced.map(Array.init) == group.referenced.map(\.bytes), "referenced")
        try law(header.schema == group.schema, "schema")
        try law((header.requires <= 1) == group.isInterpretable, "requires")
        try law(Array(message.seal) == group.seal ?? [], "seal")
        try law(header.changes.count == group.changes.count, "changes")
        for (one, other) in zip(header.changes, group.changes) {
            try law(Array(one.record) == other.record.bytes && one.type == other.type, "record")
            let named = other.named.flatMap { [$0.position, $0.target.group, $0.target.index] }
            try law(one.fields == other.fields && one.named == named, "fields and named")
            try law(one.listed == other.listed.flatMap { [$0.group, $0.index] }, "listed")
            try law(Set(one.cleared) == other.cleared, "cleared")
        }
    }
}

extension GroupDraft {
    /// A draft of any sense or none; half of them are well-formed in what refuses most.
    fileprivate init(drawing draws: inout Draws) {
        let home = SpaceID.office(1)
        func hash(_ draws: inout Draws) -> GroupHash {
            GroupHash(UInt64(draws.byte()), 0, 0, UInt64(draws.byte()))
        }
        func hashes(_ draws: inout Draws) -> [GroupHash] {
            (0..<draws.below(4)).map { _ in hash(&draws) }
        }
        func record(_ draws: inout Draws) -> RecordID {
            RecordID(home: home, high: UInt64(draws.byte()), low: draws.word())
        }
        let isFirst = draws.flag()
        let nonce = draws.bytes(draws.flag() ? 16 : 3)
        // 32 bytes are a key.
        let key = NodeKey([UInt8](repeating: draws.byte(), count: 32))
        let start = key.map { Start(key: $0, continues: hashes(&draws), nonce: nonce) }
        let stream =
            key.map { GroupCodec().stream(space: home, key: $0, nonce: nonce) }
            ?? StreamID(high: 0, low: 0)
        let changes = (0..<(1 + draws.below(4))).map { _ in
            ChangeDraft(
                record: record(&draws), type: UInt32(truncatingIfNeeded: draws.word()),
                writes: (0..<(1 + draws.below(4))).map { _ in
                    let value: Value =
                        switch draws.below(4) {
                        case 0: .empty
                        case 1: .text(draws.text())
                        case 2: .integer(draws.number())
                        default: .record(record(&draws))
                        }
                    return WriteDraft(
                        field: UInt32(draws.byte()) << (draws.flag() ? 0 : 8), value: value,
                        names: (0..<draws.below(3)).map { _ in
                            WriteID(group: hash(&draws), index: UInt32(draws.byte()))
                        })
                },
                listed: (0..<draws.below(3)).map { _ in
                    WriteID(group: hash(&draws), index: UInt32(draws.byte()))
                }, salt: draws.bytes(draws.flag() ? 15 : 16))
        }
        self.init(
            place: Place(
                space: home, stream: stream, seq: isFirst ? 1 : UInt64(bitPattern: draws.number())),
            predecessor: isFirst ? nil : hash(&draws), seen: hashes(&draws),
            time: HybridTime(rawValue: draws.word()) ?? .latest, wallClock: draws.number(),
            actor: draws.flag() ? record(&draws) : nil,
            schema: UInt32(truncatingIfNeeded: draws.word()), start: isFirst ? start : nil,
            changes: changes)
    }
}
