@testable import SyncCore

/// The definitions of Protocol/merge.md and clock.md, computed from the whole set of groups, slowly
/// and without order.
struct Oracle {
    let groups: [ModelGroup]
    private let byHash: [GroupHash: ModelGroup]
    /// Admissible writes.
    private let admissible: [WriteID: ModelWrite]

    init(_ groups: some Sequence<ModelGroup>) {
        self.groups = Array(groups)
        byHash = Dictionary(uniqueKeysWithValues: self.groups.map { ($0.hash, $0) })
        var admissible: [WriteID: ModelWrite] = [:]
        for group in self.groups {
            for (index, write) in group.writes.enumerated()
            where ModelSchema.admits(write, in: group) {
                admissible[group.id(index)] = write
            }
        }
        self.admissible = admissible
    }

    /// Whether the write a name points at is of the same record and field as the one that names it.
    private func counts(_ name: WriteID, from write: ModelWrite) -> Bool {
        guard let target = byHash[name.group], Int(name.index) < target.writes.count else {
            return false
        }
        return target.writes[Int(name.index)].slot == write.slot
    }

    /// Live: admissible and named by no admissible write.
    func live() -> [Slot: Set<WriteID>] {
        let named = Set(
            admissible.values.flatMap { write in write.names.filter { counts($0, from: write) } })
        var live: [Slot: Set<WriteID>] = [:]
        for (id, write) in admissible where !named.contains(id) {
            live[write.slot, default: []].insert(id)
        }
        return live
    }

    /// Writes that count and were replaced, with the admissible writes that name them.
    func superseded() -> [WriteID: Set<WriteID>] {
        var namers: [WriteID: Set<WriteID>] = [:]
        for (id, write) in admissible {
            for name in write.names where counts(name, from: write) && admissible[name] != nil {
                namers[name, default: []].insert(id)
            }
        }
        return namers
    }

    /// merge.md §6 as it is written.
    func visibility(_ record: Int) -> Visibility {
        let live = live()
        let deletions = live[Slot(record: record, field: 2)] ?? []
        let content = live.filter { $0.key.record == record && $0.key.field != 2 }
            .flatMap(\.value)
        func holds(_ deletion: WriteID) -> Bool {
            let listed = admissible[deletion]?.listed ?? []
            return content.allSatisfy { write in
                listed.contains(write) || write.group == deletion.group
                    || listed.contains { earlier in
                        guard let group = byHash[earlier.group] else { return false }
                        let namer = group.writes[Int(earlier.index)]
                        return namer.names.contains(write) && counts(write, from: namer)
                    }
            }
        }
        let hiding = deletions.filter { admissible[$0]?.value != .empty }
        if hiding.isEmpty { return .shown }
        return hiding.count == deletions.count && hiding.contains(where: holds)
            ? .hidden : .disputed
    }

    /// merge.md §7: over every write that no triple of any group points at.
    func digest() -> [UInt8] {
        let named = Set(groups.flatMap { $0.writes.flatMap(\.names) })
        var sums: (UInt64, UInt64) = (0, 0)
        for group in groups {
            for index in group.writes.indices where !named.contains(group.id(index)) {
                let bytes = group.hash.bytes
                sums.0 &+= Self.mix(Self.word(bytes[0..<8]), UInt64(index))
                sums.1 &+= Self.mix(Self.word(bytes[8..<16]), UInt64(index))
            }
        }
        return [sums.0, sums.1].flatMap { word in
            (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) }
        }
    }

    private static func word(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func mix(_ lane: UInt64, _ index: UInt64) -> UInt64 {
        var z = lane &+ (index + 1) &* 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A tip is no held group's predecessor.
    func clock() -> VectorClock {
        let predecessors = Set(groups.compactMap(\.predecessor))
        return VectorClock(groups.filter { !predecessors.contains($0.hash) }.map(\.tip))
    }

    /// Two held groups with the same predecessor, or two first groups of one stream.
    func forkedStreams() -> Set<StreamID> {
        var seen: Set<[GroupHash?]> = []
        var streams: Set<StreamID> = []
        var begun: Set<StreamID> = []
        for group in groups {
            if group.predecessor == nil {
                if !begun.insert(group.stream).inserted { streams.insert(group.stream) }
            } else if !seen.insert([group.predecessor]).inserted {
                streams.insert(group.stream)
            }
        }
        return streams
    }

    /// clock.md, Gap, stream by stream as it is written.
    func gap(to clock: VectorClock, past: [Tip]) -> Set<GroupHash> {
        var gap: Set<GroupHash> = []
        for (stream, groups) in Dictionary(grouping: groups, by: \.stream) {
            let stated = clock.tips.filter { $0.stream == stream }.map(\.hash)
            let points = past.filter { $0.stream == stream }.map(\.hash)
            let known = (stated + points).filter { byHash[$0] != nil }
            let isLeftOut = !stated.isEmpty && points.isEmpty && known.isEmpty
            if isLeftOut { continue }
            var covered: Set<GroupHash> = []
            for start in known {
                var at: GroupHash? = start
                while let hash = at, covered.insert(hash).inserted {
                    at = byHash[hash]?.predecessor
                }
            }
            gap.formUnion(groups.map(\.hash).filter { !covered.contains($0) })
        }
        return gap
    }
}
