@testable import SyncCore

/// What people would see of a space, by world-wide names only, so that two replicas can be
/// compared.
struct Projection: Hashable {
    var live: [Slot: Set<WriteID>]
    var shown: [Slot: WriteID]
    var conflicts: Set<Slot>
    var elements: [Slot: [Value]]
    var visibility: [Int: Visibility]
    var digest: Digest
    var clock: VectorClock
    var forkedStreams: Set<StreamID>

    init(_ replica: ModelReplica) {
        live = [:]
        shown = [:]
        conflicts = []
        elements = [:]
        for (slot, register) in replica.registers where !register.live.isEmpty {
            let merge = ModelSchema.merge(slot.field)
            live[slot] = Set(register.live.map(\.stamp.write))
            shown[slot] = merge.shown(register.live)?.stamp.write
            if merge.isConflict(register.live) { conflicts.insert(slot) }
            elements[slot] = MergeClass.elements(register.live)
        }
        visibility = [:]
        for record in Set(replica.registers.keys.map(\.record)) {
            visibility[record] = replica.visibility(record)
        }
        digest = replica.digest
        clock = replica.clock
        forkedStreams = replica.tree.forkedStreams
    }
}
