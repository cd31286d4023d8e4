import Testing

@testable import SyncCore

/// Deletion by merge.md §6, told with replicas that meet in different orders.
@Suite struct DeletionTests {
    private let name = Slot(record: 0, field: ModelSchema.preferringNobody)
    private let phone = Slot(record: 0, field: ModelSchema.latest)
    private let deleted = Slot(record: 0, field: ReservedField.deleted)

    /// Two replicas that hold the same new record.
    private func pair() -> (ModelReplica, ModelReplica, SeededRandom) {
        var random = SeededRandom(seed: 11)
        var here = ModelReplica(role: .office, stream: StreamID(high: 1, low: 0))
        var there = ModelReplica(role: .headquarters, stream: StreamID(high: 2, low: 0))
        let created = here.save(
            [
                ModelWrite(slot: Slot(record: 0, field: ReservedField.created), value: .empty),
                ModelWrite(slot: name, value: .text("水管")),
            ], wallClock: 0, using: &random)
        there.log(created)
        return (here, there, random)
    }

    private func edit(
        _ replica: inout ModelReplica, _ slot: Slot, _ random: inout SeededRandom
    ) -> ModelGroup {
        replica.save(
            [ModelWrite(slot: slot, value: .text("改"), names: replica.ids(slot).sorted())],
            wallClock: 0, using: &random)
    }

    private func delete(_ replica: inout ModelReplica, _ random: inout SeededRandom) -> ModelGroup {
        replica.save(
            [
                ModelWrite(
                    slot: deleted, value: .integer(1), names: replica.ids(deleted).sorted(),
                    listed: replica.content(0).map(\.stamp.write).sorted())
            ], wallClock: 0, using: &random)
    }

    private func takeBack(_ replica: inout ModelReplica, _ random: inout SeededRandom) -> ModelGroup
    {
        replica.save(
            [ModelWrite(slot: deleted, value: .empty, names: replica.ids(deleted).sorted())],
            wallClock: 0, using: &random)
    }

    /// Every causal order of the groups gives the same answer.
    private func expect(_ groups: [ModelGroup], _ expected: Visibility) {
        var orders = 0
        func permute(_ replica: ModelReplica, _ rest: [ModelGroup]) {
            if rest.isEmpty {
                orders += 1
                #expect(replica.visibility(0) == expected)
            }
            for index in rest.indices {
                var next = replica
                guard next.log(rest[index]) else { continue }
                var others = rest
                others.remove(at: index)
                permute(next, others)
            }
        }
        permute(ModelReplica(role: .office, stream: StreamID(high: 9, low: 9)), groups)
        #expect(orders > 0)
    }

    @Test func `a deletion hides the record it saw`() {
        var (here, _, random) = pair()
        let deletion = delete(&here, &random)
        expect(here.log, .hidden)
        #expect(here.ids(name).count == 1, "a deletion supersedes no value")
        #expect(deletion.writes.count == 1)
    }

    @Test func `a write in parallel to a deletion shows the record again, flagged, in any order`() {
        for slot in [name, phone] {
            var (here, there, random) = pair()
            let deletion = delete(&here, &random)
            let parallel = edit(&there, slot, &random)
            expect([here.log[0], deletion, parallel], .disputed)
        }
    }

    @Test func `a write made before a deletion that saw it never revives the record`() {
        var (here, there, random) = pair()
        let earlier = edit(&there, phone, &random)
        here.log(earlier)
        let deletion = delete(&here, &random)
        expect([here.log[0], earlier, deletion], .hidden)
    }

    @Test func `a deletion that did not see an earlier write does not hold against it`() {
        var (here, there, random) = pair()
        let earlier = edit(&there, phone, &random)
        let deletion = delete(&here, &random)
        there.log(deletion)
        expect([here.log[0], earlier, deletion], .disputed)
        let second = delete(&there, &random)
        expect([here.log[0], earlier, deletion, second], .hidden)
    }

    @Test
    func `two deletions in parallel hide once, and a write after one of them stands against both`()
    {
        var (here, there, random) = pair()
        let one = delete(&here, &random)
        let two = delete(&there, &random)
        expect([here.log[0], one, two], .hidden)
        there.log(one)
        let later = edit(&there, name, &random)
        expect([here.log[0], one, two, later], .disputed)
    }

    @Test func `one deletion that holds is enough`() {
        var (here, there, random) = pair()
        let parallel = edit(&there, phone, &random)
        let blind = delete(&here, &random)
        let seeing = delete(&there, &random)
        expect([here.log[0], parallel, blind, seeing], .hidden)
    }

    @Test func `a deletion taken back shows the record without a flag`() {
        var (here, _, random) = pair()
        _ = delete(&here, &random)
        _ = takeBack(&here, &random)
        expect(here.log, .shown)
    }

    @Test func `a deletion taken back beside a parallel deletion shows the record, flagged`() {
        var (here, there, random) = pair()
        let one = delete(&here, &random)
        there.log(one)
        let back = takeBack(&here, &random)
        let two = delete(&there, &random)
        expect([here.log[0], one, back, two], .disputed)
        // Whoever sees both and deletes again settles it.
        here.log(two)
        let last = delete(&here, &random)
        expect([here.log[0], one, back, two, last], .hidden)
    }

    @Test func `a deletion in the group that also writes hides those writes`() {
        var (here, _, random) = pair()
        let group = here.save(
            [
                ModelWrite(slot: name, value: .text("末"), names: here.ids(name).sorted()),
                ModelWrite(
                    slot: deleted, value: .integer(1),
                    listed: here.content(0).map(\.stamp.write).filter {
                        $0.group != here.log[0].hash
                    } + [here.log[0].id(0)]),
            ], wallClock: 0, using: &random)
        expect([here.log[0], group], .hidden)
    }

    @Test func `a write replaced by a listed write that is inert here does not revive the record`()
    {
        var (here, there, random) = pair()
        // A later version of the program named the first name; this one cannot interpret that
        // write, so the first is live.
        let newer = there.save(
            [ModelWrite(slot: name, value: .text("新"), names: there.ids(name).sorted())],
            wallClock: 0, isInterpretable: false, using: &random)
        here.log(newer)
        let deletion = here.save(
            [
                ModelWrite(
                    slot: deleted, value: .integer(1), listed: [here.log[0].id(0), newer.id(0)])
            ], wallClock: 0, using: &random)
        expect([here.log[0], newer, deletion], .hidden)
    }

    @Test func `a record without deletions is shown`() {
        let (here, _, _) = pair()
        expect(here.log, .shown)
    }
}
