@testable import SyncCore

/// A group as the laws need it: a place, a past, writes; its hash is drawn by chance, as good as
/// SHA-256 for order.
struct ModelGroup: Hashable {
    var hash: GroupHash
    var stream: StreamID
    var seq: UInt64
    var predecessor: GroupHash?
    /// `seen` and `continues` of merge.md §2.
    var seen: [GroupHash]
    var time: HybridTime
    var role: Role
    var isInterpretable: Bool
    var writes: [ModelWrite]
    let past: Set<GroupHash>

    init(
        hash: GroupHash, stream: StreamID, seq: UInt64, predecessor: GroupHash?, seen: [GroupHash],
        time: HybridTime, role: Role, isInterpretable: Bool = true, writes: [ModelWrite]
    ) {
        self.hash = hash
        self.stream = stream
        self.seq = seq
        self.predecessor = predecessor
        self.seen = seen
        self.time = time
        self.role = role
        self.isInterpretable = isInterpretable
        self.writes = writes
        past = Set(seen + (predecessor.map { [$0] } ?? []))
            .union(writes.flatMap { ($0.names + $0.listed).map(\.group) })
    }

    var tip: Tip { Tip(stream: stream, seq: seq, hash: hash) }

    static func == (a: Self, b: Self) -> Bool { a.hash == b.hash }

    func hash(into hasher: inout Hasher) { hasher.combine(hash) }

    func id(_ index: Int) -> WriteID { WriteID(group: hash, index: UInt32(index)) }
}

struct ModelWrite: Hashable {
    var slot: Slot
    var value: Value
    var names: [WriteID] = []
    var listed: [WriteID] = []
}

/// One field of one record.
struct Slot: Hashable {
    var record: Int
    var field: UInt32
}

/// A record type with one field of each class, and who may write what (merge.md §5).
enum ModelSchema {
    static let appendOnly: UInt32 = 16
    static let singleWriter: UInt32 = 17
    static let latest: UInt32 = 18
    static let preferringHeadquarters: UInt32 = 19
    static let preferringOffice: UInt32 = 20
    static let preferringNobody: UInt32 = 21
    static let set: UInt32 = 22
    static let own: [UInt32] = Array(16...22)

    static func merge(_ field: UInt32) -> MergeClass {
        switch field {
        case appendOnly: .appendOnly
        case singleWriter: .singleWriter
        case latest: .latestWins
        case preferringHeadquarters: .conflict(preferring: .headquarters)
        case preferringOffice: .conflict(preferring: .office)
        case set: .set
        default: .conflict(preferring: .none)
        }
    }

    /// Whether a write counts. The office writes `singleWriter`; anybody may create.
    static func admits(_ write: ModelWrite, in group: ModelGroup) -> Bool {
        let isCreating = group.writes.contains {
            $0.slot == Slot(record: write.slot.record, field: ReservedField.created)
        }
        guard group.isInterpretable else { return false }
        switch write.slot.field {
        case appendOnly: return isCreating
        case singleWriter: return isCreating || group.role == .office
        default: return true
        }
    }
}
