import SyncCore

/// A header whose lengths and ranges were all checked (Protocol/merge.md §4.1); its changes are
/// read one by one.
struct HeaderReading {
    private(set) var place: Place
    private(set) var predecessor: GroupHash?
    private(set) var seen: [GroupHash] = []
    private(set) var referenced: [GroupHash] = []
    private(set) var time: HybridTime
    private(set) var wallClock: Int64
    private(set) var actor: RecordID?
    private(set) var requires: UInt32 = 0
    private(set) var schema: UInt32 = 0
    private(set) var start: Start?
    /// Where each encoded `Change` stands.
    private(set) var skeletons: [Range<Int>] = []

    init(_ bytes: [UInt8], _ range: Range<Int>) throws(GroupProblem) {
        var space: SpaceID?
        var stream: StreamID?
        var seq: UInt64 = 0
        var rawTime: UInt64 = 0
        var wall: Int64 = 0
        var startRange: Range<Int>?
        var reader = MessageReader(bytes, range)
        while let (number, content) = try reader.next() {
            if (1...13).contains(number), ![6, 11, 12].contains(number) {
                try reader.single(number)
            }
            switch number {
            case 1: requires = UInt32(truncatingIfNeeded: try content.number())
            case 2: space = SpaceID(bytes[try content.range()])
            case 3: stream = StreamID(bytes[try content.range()])
            case 4: seq = try content.number()
            case 5:
                let range = try content.range()
                predecessor = range.isEmpty ? nil : try Self.hash(bytes[range], "predecessor")
            case 6: seen.append(try Self.hash(bytes[try content.range()], "seen"))
            case 7:
                guard case .fixed64(let value) = content else { throw MessageReader.malformed }
                rawTime = value
            case 8:
                let range = try content.range()
                actor = range.isEmpty ? nil : try Self.actor(bytes[range])
            case 9: schema = UInt32(truncatingIfNeeded: try content.number())
            case 10: startRange = try content.range()
            case 11: skeletons.append(try content.range())
            case 12: referenced.append(try Self.hash(bytes[try content.range()], "referenced"))
            case 13: wall = try content.signedNumber()
            default: break
            }
        }
        guard let space, let stream, seq >= 1, seq < UInt64(Int64.max) else {
            throw GroupProblem("A group's space, stream or seq is malformed.")
        }
        place = Place(space: space, stream: stream, seq: seq)
        guard (seq == 1) == (predecessor == nil), (seq == 1) == (startRange != nil) else {
            throw GroupProblem("Only a stream's first group has a start and no predecessor.")
        }
        guard let time = HybridTime(rawValue: rawTime) else {
            throw GroupProblem("A group's time is beyond the year 9999.")
        }
        self.time = time
        // A difference nobody can have is shown as none; it decides nothing.
        let (sum, overflow) = Int64(time.milliseconds).addingReportingOverflow(wall)
        wallClock = overflow ? Int64(time.milliseconds) : sum
        try Self.check(seen, "seen", atMost: Limits.maximumSeenPerGroup)
        try Self.check(referenced, "referenced", atMost: Limits.maximumReferencedPerGroup)
        if let startRange { start = try Self.start(bytes, startRange, of: place) }
    }

    private static func start(
        _ bytes: [UInt8], _ range: Range<Int>, of place: Place
    ) throws(GroupProblem) -> Start {
        var key: NodeKey?
        var continues: [GroupHash] = []
        var nonce: [UInt8] = []
        var reader = MessageReader(bytes, range)
        while let (number, content) = try reader.next() {
            if number == 1 || number == 3 { try reader.single(number) }
            switch number {
            case 1: key = NodeKey(bytes[try content.range()])
            case 2: continues.append(try hash(bytes[try content.range()], "continues"))
            case 3: nonce = Array(bytes[try content.range()])
            default: break
            }
        }
        guard let key, nonce.count == 16 else {
            throw GroupProblem("A stream's key or nonce is malformed.")
        }
        guard GroupCodec().stream(space: place.space, key: key, nonce: nonce) == place.stream else {
            throw GroupProblem("A stream's id is not made of its space, key and nonce.")
        }
        try check(continues, "continues", atMost: Limits.maximumSeenPerGroup)
        return Start(key: key, continues: continues, nonce: nonce)
    }

    private static func actor(_ bytes: ArraySlice<UInt8>) throws(GroupProblem) -> RecordID {
        guard let actor = RecordID(bytes) else {
            throw GroupProblem("A group's actor is not a record id.")
        }
        return actor
    }

    private static func hash(
        _ bytes: ArraySlice<UInt8>, _ field: String
    ) throws(GroupProblem) -> GroupHash {
        guard let hash = GroupHash(bytes) else {
            throw GroupProblem("A hash in \(field) does not have 32 bytes.")
        }
        return hash
    }

    private static func check(
        _ hashes: [GroupHash], _ field: String, atMost limit: Int
    ) throws(GroupProblem) {
        guard hashes.count <= limit else {
            throw GroupProblem("A group has more hashes in \(field) than allowed.")
        }
        guard hashes.count < 2 || Set(hashes).count == hashes.count else {
            throw GroupProblem("A hash stands twice in \(field).")
        }
    }
}

/// One change's skeleton as it stands in the header.
struct SkeletonReading {
    let record: RecordID
    private(set) var type: UInt32 = 0
    private(set) var fields: [UInt32] = []
    private var named: [UInt32] = []
    private var listed: [UInt32] = []
    private var cleared: [UInt32] = []

    init(_ bytes: [UInt8], _ range: Range<Int>) throws(GroupProblem) {
        var record: RecordID?
        var reader = MessageReader(bytes, range)
        while let (number, content) = try reader.next() {
            if number <= 2 { try reader.single(number) }
            switch number {
            case 1: record = RecordID(bytes[try content.range()])
            case 2: type = UInt32(truncatingIfNeeded: try content.number())
            case 3: try reader.append(content, to: &fields)
            case 4: try reader.append(content, to: &named)
            case 5: try reader.append(content, to: &listed)
            case 6: try reader.append(content, to: &cleared)
            default: break
            }
        }
        guard let record else {
            throw GroupProblem("A change's record is not a record id.")
        }
        self.record = record
        guard (1...Limits.maximumWritesPerChange).contains(fields.count),
            fields.allSatisfy({ (1...UInt32(Limits.maximumFieldNumber)).contains($0) })
        else { throw GroupProblem("A change's fields are out of range.") }
        let count = UInt32(fields.count)
        guard named.count.isMultiple(of: 3), named.count / 3 <= Limits.maximumNamedPerChange,
            listed.count.isMultiple(of: 2), listed.count / 2 <= Limits.maximumNamedPerChange,
            listed.isEmpty || fields.contains(ReservedField.deleted),
            cleared.allSatisfy({ $0 < count })
        else { throw GroupProblem("A change's names are malformed.") }
    }

    /// - Parameter referenced: how many groups the header refers to.
    func change(
        values: [Value?], isStripped: Bool, firstIndex: UInt32, referenced: Int
    ) throws(GroupProblem) -> Change {
        var names: [Change.Name] = []
        for at in stride(from: 0, to: named.count, by: 3) {
            guard named[at] < fields.count else {
                throw GroupProblem("A name stands at a write the change does not have.")
            }
            let target = try reference(named[at + 1], named[at + 2], referenced)
            names.append(Change.Name(position: named[at], target: target))
        }
        guard names.count < 2 || Set(names).count == names.count else {
            throw GroupProblem("A write names another twice.")
        }
        var list: [Change.Reference] = []
        for at in stride(from: 0, to: listed.count, by: 2) {
            list.append(try reference(listed[at], listed[at + 1], referenced))
        }
        return Change(
            record: record, type: type, fields: fields, named: names, listed: list,
            firstIndex: firstIndex, values: known(values), cleared: Set(cleared),
            isStripped: isStripped)
    }

    /// An empty value counts only where the skeleton says so; elsewhere it is of a kind that came
    /// later.
    private func known(_ values: [Value?]) -> [Value?] {
        var values = values
        for position in values.indices where values[position] == .empty {
            switch fields[position] {
            case ReservedField.created: break
            case ReservedField.deleted: values[position] = .integer(1)
            default: values[position] = nil
            }
        }
        for position in cleared { values[Int(position)] = .empty }
        return values
    }

    private func reference(
        _ group: UInt32, _ index: UInt32, _ referenced: Int
    ) throws(GroupProblem) -> Change.Reference {
        guard group < referenced else {
            throw GroupProblem("A name points at a group that is not referenced.")
        }
        return Change.Reference(group: group, index: index)
    }
}
