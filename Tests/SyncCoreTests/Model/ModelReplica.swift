@testable import SyncCore

/// A replica of one space in memory: the bookkeeping a store does around the pure core, group by
/// group in apply order.
struct ModelReplica {
    let role: Role
    private(set) var log: [ModelGroup] = []
    private(set) var registers: [Slot: Register] = [:]
    private(set) var digest = Digest.zero
    private(set) var branches: [Int64: BranchTree.Branch] = [:]
    /// The stream this replica writes, its last group there, and whether somebody else turned out
    /// to write it too.
    var stream: StreamID
    var lastOwn: GroupHash?
    var isForked = false
    /// Per cent of groups that begin a branch although they could lengthen one: the tree's
    /// functions must not mind.
    var splits = 0
    var random: SeededRandom

    private var numbers: [GroupHash: Int64] = [:]
    private var points: [GroupHash: BranchTree.Point] = [:]
    private var groupAtPoint: [BranchTree.Point: GroupHash] = [:]
    private var named: Set<WriteID> = []

    init(role: Role, stream: StreamID, seed: Int = 0) {
        self.role = role
        self.stream = stream
        random = SeededRandom(seed: seed)
    }

    func holds(_ hash: GroupHash) -> Bool { numbers[hash] != nil }
    func locate(_ hash: GroupHash) -> BranchTree.Point? { points[hash] }
    func group(_ hash: GroupHash) -> ModelGroup? { numbers[hash].map { log[Int($0) - 1] } }

    var held: Set<GroupHash> { Set(numbers.keys) }
    var tree: BranchTree { BranchTree(Array(branches.values)) }
    var clock: VectorClock { tree.clock }

    /// Logs a group whose past is held; false, and nothing done, when it is not. A repeat is passed
    /// over.
    @discardableResult
    mutating func log(_ group: ModelGroup) -> Bool {
        if holds(group.hash) { return true }
        guard group.past.allSatisfy(holds) else { return false }
        log.append(group)
        let number = Int64(log.count)
        numbers[group.hash] = number
        place(group)
        for index in group.writes.indices { digest.add(group.id(index)) }
        for (index, write) in group.writes.enumerated() {
            for name in write.names where named.insert(name).inserted { digest.remove(name) }
            guard ModelSchema.admits(write, in: group) else { continue }
            let live = LiveWrite(
                name: LocalWrite(group: number, index: UInt32(index)),
                stamp: Stamp(time: group.time, write: group.id(index)), role: group.role,
                value: write.value)
            registers[write.slot, default: Register()]
                .apply(live, naming: Set(write.names.compactMap(local)))
        }
        return true
    }

    /// Finds the group's branch, as a store does: it lengthens its predecessor's branch, or begins
    /// one.
    private mutating func place(_ group: ModelGroup) {
        let root = group.predecessor.flatMap { points[$0] }
        if let root, var branch = branches[root.branch], branch.last.hash == group.predecessor,
            branch.endsInTip, !random.chance(splits)
        {
            branch.last = group.tip
            branches[branch.number] = branch
            points[group.hash] = .init(branch: branch.number, seq: group.seq)
        } else {
            if let root, branches[root.branch]?.last.hash == group.predecessor {
                branches[root.branch]?.endsInTip = false
            }
            let number = Int64(branches.count + 1)
            branches[number] = .init(
                number: number, stream: group.stream, root: root, last: group.tip, endsInTip: true)
            points[group.hash] = .init(branch: number, seq: group.seq)
        }
        if let point = points[group.hash] { groupAtPoint[point] = group.hash }
    }

    private func local(_ write: WriteID) -> LocalWrite? {
        numbers[write.group].map { LocalWrite(group: $0, index: write.index) }
    }

    private func write(_ name: LocalWrite) -> ModelWrite {
        log[Int(name.group) - 1].writes[Int(name.index)]
    }

    func live(_ slot: Slot) -> [LiveWrite] { registers[slot]?.live ?? [] }

    func ids(_ slot: Slot) -> Set<WriteID> { Set(live(slot).map(\.stamp.write)) }

    func exists(_ record: Int) -> Bool {
        !live(Slot(record: record, field: ReservedField.created)).isEmpty
    }

    /// Live writes of the record in fields other than `deleted`.
    func content(_ record: Int) -> [LiveWrite] {
        registers.filter { $0.key.record == record && $0.key.field != ReservedField.deleted }
            .flatMap(\.value.live)
    }

    func visibility(_ record: Int) -> Visibility {
        let deletions = live(Slot(record: record, field: ReservedField.deleted)).map { live in
            Deletion(
                name: live.name, hides: live.value != .empty,
                listed: Set(write(live.name).listed.compactMap(local)))
        }
        return Visibility(live: content(record).map(\.name), deletions: deletions) { listed in
            let slot = write(listed).slot
            return Set(write(listed).names.compactMap(local).filter { write($0).slot == slot })
        }
    }

    /// The gap in apply order.
    func gap(to clock: VectorClock, past: [Tip] = []) -> [ModelGroup] {
        let from = tree.gap(toPeer: clock, past: past, locate: locate)
        return log.filter { group in
            guard let point = points[group.hash], let after = from[point.branch] else {
                return false
            }
            return point.seq > after
        }
    }

    /// What is stated beside the tips of streams in doubt (clock.md, Doubt).
    func landmarks(against peer: VectorClock) -> [Tip] {
        tree.doubtfulStreams(peer, holds: holds).flatMap { stream in
            tree.landmarks(of: stream).compactMap { point in
                groupAtPoint[point].flatMap { group($0)?.tip }
            }
        }
    }

    // MARK: Writing

    /// Saves one group, as an honest author: its stream is left once somebody else wrote in it.
    mutating func save(
        _ writes: [ModelWrite], wallClock: UInt64, isInterpretable: Bool = true,
        using chance: inout SeededRandom
    ) -> ModelGroup {
        if isForked {
            stream = StreamID(high: chance.next(), low: chance.next())
            lastOwn = nil
            isForked = false
        }
        let predecessor = lastOwn
        let known = past(of: predecessor)
        let seen = clock.tips.map(\.hash).filter { !known.contains($0) }
        let latest = log.map(\.time).max() ?? .zero
        let group = ModelGroup(
            hash: GroupHash(chance.next(), chance.next(), chance.next(), chance.next()),
            stream: stream, seq: (predecessor.flatMap { self.group($0)?.seq } ?? 0) + 1,
            predecessor: predecessor, seen: seen, time: latest.next(wallClock: wallClock),
            role: role, isInterpretable: isInterpretable, writes: writes)
        let isLogged = log(group)
        precondition(isLogged, "an author's own group did not fit its log")
        lastOwn = group.hash
        return group
    }

    /// The group and everything before it.
    private func past(of hash: GroupHash?) -> Set<GroupHash> {
        var past: Set<GroupHash> = []
        var waiting = hash.map { [$0] } ?? []
        while let hash = waiting.popLast() {
            if past.insert(hash).inserted, let group = group(hash) { waiting += group.past }
        }
        return past
    }

    /// Logs a page from a peer up to the first group whose past is missing; true means `need`.
    mutating func receive(_ page: [ModelGroup]) -> Bool {
        for group in page {
            let isNew = !holds(group.hash)
            guard log(group) else { return true }
            if isNew && group.stream == stream { isForked = true }
        }
        return false
    }

    /// The copy a backup holds: an earlier prefix of the log, written on under the same stream.
    func restored(to count: Int) -> ModelReplica {
        var copy = ModelReplica(role: role, stream: stream)
        for group in log.prefix(count) { copy.log(group) }
        copy.lastOwn = log.prefix(count).last { $0.stream == stream }?.hash
        return copy
    }
}
