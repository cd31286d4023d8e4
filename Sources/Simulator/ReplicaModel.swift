import Records
import Store
import SyncCore

/// A field of a record of a type.
struct Slot: Hashable {
    var record: RecordID
    var type: UInt32
    var field: UInt32
}

/// What one replica must show, computed from the set of groups it holds by the definitions of
/// Protocol/merge.md and clock.md, without the engine's code.
///
/// Two sets that only grow, the admissible writes and the named ones, say what is live whatever the
/// order in which groups came.
struct ReplicaModel {
    /// One write of a held group.
    struct Write {
        var id: WriteID
        var time: HybridTime
        var role: Role
        /// Nil while the bytes are not here.
        var value: Value?
        var listed: [WriteID]
        var isCleared: Bool
    }

    private(set) var held: Set<GroupHash> = []
    private var writes: [Slot: [WriteID]] = [:]
    private var write: [WriteID: Write] = [:]
    private var slots: [WriteID: Slot] = [:]
    private var named: Set<WriteID> = []
    /// Of all writes, inert ones included: a deletion may list one (merge.md §6).
    private var names: [WriteID: [WriteID]] = [:]
    private var predecessors: [SpaceID: Set<GroupHash>] = [:]
    private var ends: [SpaceID: [Tip]] = [:]
    private var digests: [SpaceID: (UInt64, UInt64)] = [:]
    private var pointedAt: Set<WriteID> = []
    private(set) var records: [UInt32: Set<RecordID>] = [:]
    private(set) var groups: [SpaceID: Int] = [:]

    /// Takes in a group in the order the replica logged it.
    ///
    /// - Parameter role: of the group's author.
    mutating func hold(_ group: Group, role: Role?) throws {
        try demand(
            group.past.allSatisfy(held.contains), "I3",
            "group \(group.hash) is held without its past")
        try demand(
            held.insert(group.hash).inserted, "I5", "group \(group.hash) is held twice")
        groups[group.place.space, default: 0] += 1
        note(tip: group)
        for change in group.changes { hold(change, of: group, role) }
    }

    private mutating func note(tip group: Group) {
        let space = group.place.space
        if let predecessor = group.predecessor {
            predecessors[space, default: []].insert(predecessor)
            ends[space]?.removeAll { $0.hash == predecessor }
        }
        guard predecessors[space]?.contains(group.hash) != true else { return }
        ends[space, default: []].append(
            Tip(stream: group.place.stream, seq: group.place.seq, hash: group.hash))
    }

    private mutating func hold(_ change: Change, of group: Group, _ role: Role?) {
        let space = group.place.space
        let isCreating = group.changes.contains {
            $0.record == change.record && $0.type == change.type && $0.fields.contains(1)
        }
        let type = Catalogue.type(number: change.type)
        if type != nil { records[change.type, default: []].insert(change.record) }
        for (position, field) in change.fields.enumerated() {
            let id = WriteID(group: group.hash, index: change.firstIndex + UInt32(position))
            let names = change.named.filter { Int($0.position) == position }.map {
                WriteID(group: group.referenced[Int($0.target.group)], index: $0.target.index)
            }
            count(id, in: space)
            for name in names where pointedAt.insert(name).inserted { discount(name, in: space) }
            let slot = Slot(record: change.record, type: change.type, field: field)
            slots[id] = slot
            self.names[id] = names.isEmpty ? nil : names
            guard group.isInterpretable, let role, let type,
                Self.admits(type, field, role, change.record.home, space, isCreating)
            else { continue }
            // A name counts for a write of the same record and field only.
            named.formUnion(names.filter { slots[$0] == slot })
            writes[slot, default: []].append(id)
            write[id] = Write(
                id: id, time: group.time, role: role, value: change.values[position],
                listed: field == 2
                    ? change.listed.map {
                        WriteID(group: group.referenced[Int($0.group)], index: $0.index)
                    } : [],
                isCleared: change.cleared.contains(UInt32(position)))
        }
    }

    // MARK: Admissible (merge.md §5)

    private static func admits(
        _ type: RecordType, _ number: UInt32, _ role: Role, _ home: SpaceID, _ space: SpaceID,
        _ isCreating: Bool
    ) -> Bool {
        guard home.kind == type.home else { return false }
        let isPrivate = home.kind == .office && space == home.privateCompanion
        guard space == home || isPrivate else { return false }
        func may(_ writer: Writer) -> Bool {
            writer == .both || writer.rawValue == role.rawValue
        }
        switch number {
        case 1: return space == home && may(type.creator)
        case 2: return space == home
        case 3: return true
        default: break
        }
        guard let field = type.field(number: number) else { return false }
        guard (field.privacy == .officeOnly && home.kind == .office) == isPrivate else {
            return false
        }
        if isCreating && may(type.creator) { return true }
        if field.merge == .appendOnly { return isPrivate && role == .office }
        return may(field.writer)
    }

    // MARK: What is live

    func live(_ slot: Slot) -> [Write] {
        (writes[slot] ?? []).filter { !named.contains($0) }.compactMap { write[$0] }
    }

    func isLive(_ id: WriteID) -> Bool { write[id] != nil && !named.contains(id) }

    func slot(of id: WriteID) -> Slot? { slots[id] }

    /// Everything live of a record, by field.
    func live(_ record: RecordID, _ type: RecordType) -> [UInt32: Set<WriteID>] {
        var live: [UInt32: Set<WriteID>] = [:]
        for field in [1, 2] + type.fields.map(\.number) {
            let slot = Slot(record: record, type: type.number, field: field)
            let writes = self.live(slot)
            if !writes.isEmpty { live[field] = Set(writes.map(\.id)) }
        }
        return live
    }

    /// Whether a record exists, and whether it is shown (merge.md §6).
    func state(_ record: RecordID, _ type: RecordType) -> RecordState {
        let live = live(record, type)
        let exists = !(live[1] ?? []).isEmpty
        guard exists else { return .absent }
        let content = live.filter { number, _ in
            number != 2 && type.field(number: number).map { $0.privacy != .officeOnly } ?? true
        }.values.joined()
        let deletions = (live[2] ?? []).compactMap { write[$0] }
        let hiding = deletions.filter { !$0.isCleared }
        if hiding.isEmpty { return .shown }
        func holds(_ deletion: Write) -> Bool {
            content.allSatisfy { id in
                deletion.listed.contains(id) || id.group == deletion.id.group
                    || deletion.listed.contains { listed in
                        names[listed]?.contains(id) == true && slots[listed] == slots[id]
                    }
            }
        }
        return hiding.count == deletions.count && hiding.contains(where: holds)
            ? .hidden : .disputed
    }

    /// The write whose value stands for a field (merge.md §5).
    static func shown(_ live: [Write], _ field: Field) -> Write? {
        func after(_ a: Write, _ b: Write) -> Bool { (a.time, a.id) < (b.time, b.id) }
        func greatest(_ writes: [Write]) -> Write? { writes.max { $0.id < $1.id } }
        switch field.merge {
        case .appendOnly: return live.min(by: after)
        case .latestWins, .set: return live.max(by: after)
        case .singleWriter, .conflict(preferring: .none): return greatest(live)
        case .conflict(preferring: .office):
            return greatest(live.filter { $0.role == .office }) ?? greatest(live)
        case .conflict(preferring: .headquarters):
            return greatest(live.filter { $0.role == .headquarters }) ?? greatest(live)
        }
    }

    // MARK: Numbers borne twice (merge.md §6)

    /// The shown records of a type that bear a number together with another one of their office.
    ///
    /// - Parameter value: what a write said, as the replica can show it.
    func sharingNumbers(
        _ type: RecordType, value: (WriteID) -> Value?
    ) -> Set<RecordID> {
        guard let name = type.series?.field, let field = type.field(named: name) else { return [] }
        struct Bearing: Hashable {
            var home: SpaceID
            var number: String
        }
        var bearers: [Bearing: [RecordID]] = [:]
        for record in records[type.number] ?? [] {
            let slot = Slot(record: record, type: type.number, field: field.number)
            guard let write = Self.shown(live(slot), field),
                case .text(let number)? = value(write.id), number != "",
                [.shown, .disputed].contains(state(record, type))
            else { continue }
            bearers[Bearing(home: record.home, number: number), default: []].append(record)
        }
        return Set(bearers.values.filter { $0.count > 1 }.joined())
    }

    // MARK: Clock and digest (clock.md, merge.md §7)

    func clock(_ space: SpaceID) -> VectorClock { VectorClock(ends[space] ?? []) }

    func digest(_ space: SpaceID) -> Digest {
        let sums = digests[space] ?? (0, 0)
        return Digest(sums.0, sums.1)
    }

    private mutating func count(_ id: WriteID, in space: SpaceID) {
        let sums = digests[space] ?? (0, 0)
        digests[space] = (
            sums.0 &+ Self.mix(id.group.words.0, id.index),
            sums.1 &+ Self.mix(id.group.words.1, id.index)
        )
    }

    private mutating func discount(_ id: WriteID, in space: SpaceID) {
        let sums = digests[space] ?? (0, 0)
        digests[space] = (
            sums.0 &- Self.mix(id.group.words.0, id.index),
            sums.1 &- Self.mix(id.group.words.1, id.index)
        )
    }

    private static func mix(_ lane: UInt64, _ index: UInt32) -> UInt64 {
        var z = lane &+ (UInt64(index) + 1) &* 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
