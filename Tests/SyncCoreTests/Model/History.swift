@testable import SyncCore

/// A random life of a few replicas of one space: saves, resolutions, deletions, restores, clones
/// and exchanges over a bad line.
struct History {
    private(set) var replicas: [ModelReplica] = []
    /// For each group the writes that its author had been shown when it was saved.
    private(set) var shown: [GroupHash: Set<WriteID>] = [:]
    /// Every group ever saved, those a restore has lost included.
    private(set) var saved: [GroupHash: ModelGroup] = [:]
    private(set) var random: SeededRandom
    private var remembered: [[VectorClock]] = []
    private var forms: [Int: Form] = [:]
    private let records: Int
    private let wallClockErrors: [Int64]
    private var now: Int64 = 1_767_225_600_000

    /// What a person had in front of them when they began to edit a record.
    private struct Form {
        var record: Int
        var fields: [UInt32: (live: Set<WriteID>, provisional: WriteID?)]
        var content: Set<WriteID>
    }

    init(seed: Int, steps: Int? = nil) {
        var random = SeededRandom(seed: seed)
        let count = 2 + random.below(5)
        records = 1 + random.below(4)
        // Clocks that are right, slow, fast, and ten years off either way.
        wallClockErrors = (0..<count).map { _ in
            [0, 0, -3_600_000, 7_200_000, -315_576_000_000, 315_576_000_000].randomElement(
                using: &random) ?? 0
        }
        replicas = (0..<count).map { index in
            ModelReplica(
                role: index == 0 ? .headquarters : .office,
                stream: StreamID(high: random.next(), low: random.next()), seed: seed + index)
        }
        remembered = Array(repeating: Array(repeating: .empty, count: count), count: count)
        self.random = random
        for _ in 0..<(steps ?? 20 + random.below(40)) { step() }
    }

    private mutating func step() {
        now += Int64(random.below(60_000))
        let who = random.below(replicas.count)
        switch random.below(100) {
        case 0..<12: openForm(who)
        case 12..<55: saveForm(who)
        case 55..<60: restore(who)
        case 60..<63: clone(who)
        default: exchange(who)
        }
    }

    // MARK: People

    private mutating func openForm(_ who: Int) {
        let replica = replicas[who]
        let record = random.below(records)
        var form = Form(record: record, fields: [:], content: [])
        for field in ModelSchema.own + [ReservedField.created, ReservedField.deleted] {
            let live = replica.live(Slot(record: record, field: field))
            form.fields[field] = (
                Set(live.map(\.stamp.write)), ModelSchema.merge(field).shown(live)?.stamp.write
            )
        }
        form.content = Set(replica.content(record).map(\.stamp.write))
        forms[who] = form
    }

    private mutating func saveForm(_ who: Int) {
        if forms[who] == nil || random.chance(60) { openForm(who) }
        guard let form = forms.removeValue(forKey: who) else { return }
        var writes: [ModelWrite]
        if !replicas[who].exists(form.record) {
            writes = creation(form.record)
        } else {
            switch random.below(100) {
            case 0..<14: writes = deletion(form, who)
            case 14..<24: writes = takeBack(form, who)
            default: writes = edit(form, who)
            }
        }
        if random.chance(4), let other = replicas[who].log.randomElement(using: &random) {
            // A program with a fault names a write of another field; the name has to be inert.
            let index = random.below(other.writes.count)
            if other.writes[index].slot != writes[0].slot {
                writes[0].names.append(other.id(index))
            }
        }
        guard !writes.isEmpty else { return }
        let wall = UInt64(max(0, now + wallClockErrors[who]))
        let group = replicas[who].save(
            writes, wallClock: wall, isInterpretable: !random.chance(3), using: &random)
        shown[group.hash] = form.fields.values.reduce(into: []) { $0.formUnion($1.live) }
        saved[group.hash] = group
    }

    private mutating func value() -> Value {
        random.chance(5)
            ? .empty : random.chance(50) ? .integer(Int64(random.below(3))) : .text("水")
    }

    private mutating func creation(_ record: Int) -> [ModelWrite] {
        var writes = [
            ModelWrite(slot: Slot(record: record, field: ReservedField.created), value: .empty)
        ]
        for field in ModelSchema.own where random.chance(50) {
            writes.append(ModelWrite(slot: Slot(record: record, field: field), value: value()))
        }
        return writes
    }

    private mutating func edit(_ form: Form, _ who: Int) -> [ModelWrite] {
        let fields = ModelSchema.own.shuffled(using: &random).prefix(1 + random.below(3))
        return fields.map { field in
            let slot = Slot(record: form.record, field: field)
            let live = replicas[who].ids(slot)
            let before = form.fields[field] ?? ([], nil)
            // A save names what the form showed and nothing else has replaced since.
            let shown = before.live.intersection(live)
            if field == ModelSchema.set {
                let isRemoval = !shown.isEmpty && random.chance(40)
                return ModelWrite(
                    slot: slot, value: isRemoval ? .empty : value(),
                    names: isRemoval ? shown.sorted().filter { _ in random.chance(60) } : [])
            }
            let settles = random.chance(40)
            let names =
                settles
                ? shown.sorted()
                : before.provisional.flatMap { live.contains($0) ? [$0] : nil } ?? []
            return ModelWrite(slot: slot, value: value(), names: names)
        }
    }

    private func deletion(_ form: Form, _ who: Int) -> [ModelWrite] {
        let slot = Slot(record: form.record, field: ReservedField.deleted)
        let earlier = (form.fields[slot.field]?.live ?? []).intersection(replicas[who].ids(slot))
        let live = Set(replicas[who].content(form.record).map(\.stamp.write))
        return [
            ModelWrite(
                slot: slot, value: .integer(1), names: earlier.sorted(),
                listed: form.content.intersection(live).sorted())
        ]
    }

    private func takeBack(_ form: Form, _ who: Int) -> [ModelWrite] {
        let slot = Slot(record: form.record, field: ReservedField.deleted)
        let earlier = (form.fields[slot.field]?.live ?? []).intersection(replicas[who].ids(slot))
        guard !earlier.isEmpty else { return deletion(form, who) }
        return [ModelWrite(slot: slot, value: .empty, names: earlier.sorted())]
    }

    // MARK: Machines

    private mutating func restore(_ who: Int) {
        replicas[who] = replicas[who].restored(to: random.below(replicas[who].log.count + 1))
        forms[who] = nil
    }

    /// Another office of the same role is set up from this one's disk image: both write on in one
    /// stream.
    private mutating func clone(_ who: Int) {
        let others = replicas.indices.filter {
            $0 != who && replicas[$0].role == replicas[who].role
        }
        guard let other = others.randomElement(using: &random) else { return }
        replicas[other] = replicas[who].restored(to: replicas[who].log.count)
        forms[other] = nil
    }

    private mutating func exchange(_ who: Int) {
        guard let other = replicas.indices.filter({ $0 != who }).randomElement(using: &random)
        else { return }
        _ = exchange(
            who, other, pageLimit: [1, 2, 3, 10, .max].randomElement(using: &random) ?? 1,
            loss: random.chance(50) ? 15 : 0)
    }

    mutating func exchange(
        _ who: Int, _ other: Int, pageLimit: Int, loss: Int = 0
    ) -> (ModelExchange.Outcome, rounds: Int) {
        var caller = replicas[who]
        var server = replicas[other]
        var exchange = ModelExchange(pageLimit: pageLimit, loss: loss)
        let union = caller.held.union(server.held).count
        // Each round brings a group or a point that was not known before, one way or the other.
        let outcome = exchange.run(
            &caller, &server, remembered: remembered[who][other], limit: 2 * union + 8,
            using: &random)
        replicas[who] = caller
        replicas[other] = server
        remembered[who][other] = server.clock
        return (outcome, exchange.rounds)
    }

    /// Everybody exchanges with everybody until nothing is missing.
    mutating func heal(pageLimit: Int = .max) -> [ModelExchange.Outcome] {
        var outcomes: [ModelExchange.Outcome] = []
        for _ in 0..<2 {
            for other in replicas.indices.dropFirst() {
                outcomes.append(exchange(other, 0, pageLimit: pageLimit).0)
            }
        }
        return outcomes
    }

    /// Every group some replica holds.
    var union: [ModelGroup] {
        let all = replicas.flatMap(\.log)
        return Dictionary(all.map { ($0.hash, $0) }, uniquingKeysWith: { a, _ in a }).values
            .sorted { $0.hash < $1.hash }
    }
}
