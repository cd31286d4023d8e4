import Foundation
import Records
import Store
import SyncCore
import Testing
import Wire

@testable import Node

/// A random history with a ledger of everything that was saved, kept outside the engine.
struct RandomHistory {
    private struct Saved: Hashable {
        var type: UInt32
        var id: RecordID
        var field: String
        var value: Value
        /// The node that alone holds it; nil when it is shared.
        var owner: Int?
    }

    private var random: SeededRandom
    private let company: TestCompany
    private var offices: [TestNode]
    private var records: [(RecordType, RecordID)] = []
    private var shown: [Int: [RecordID: RecordVersion]] = [:]
    private var ledger: Set<Saved> = []
    private var count: Int64 = 0
    /// Whether superseded values are forgotten, and nodes restored from what they keep as backups.
    private let forgets: Bool
    private var kept: [Int: [Kept]] = [:]

    private struct Kept {
        var backup: TestNode.Backup
        var entry: KeptBackup
        var ledger: Set<Saved>
    }

    /// Text and numbers of each class, shared and private.
    private static let fields: [(RecordType, String)] = [
        (.household, "property_type"), (.household, "area"), (.household, "status"),
        (.household, "special_needs"), (.person, "name"), (.person, "id_no"), (.person, "tags"),
        (.person, "vehicles"), (.ticket, "content"), (.ticket, "priority"), (.ticket, "level"),
    ]

    init(seed: Int, forgets: Bool = false) async throws {
        self.forgets = forgets
        random = SeededRandom(seed: seed)
        let clock = TestClock(seed: seed)
        company = try await TestCompany(clock: clock)
        let first = try await TestNode(.office, code: "MH01", clock: clock)
        let second = try await TestNode(.office, code: "MH01", clock: clock)
        offices = [first, second]
        try await company.join(first)
        // The first exchange enters it, so that the second one joins a known office.
        try await company.exchange(first)
        try await company.join(second)
        try await company.settle(offices)
    }

    private var nodes: [TestNode] { [company.headquarters] + offices }

    // MARK: Steps

    mutating func step() async throws {
        let place = random.below(nodes.count)
        if forgets {
            if random.chance(20) { try await backUp(place) }
            if random.chance(40) { try await forget(place) }
        }
        switch random.below(100) {
        case ..<15: try await create(at: place)
        case ..<55: try await edit(at: place)
        case ..<60: try await resolve(at: place)
        case ..<66: try await hide(at: place)
        case ..<70: try await look(at: place)
        case ..<94: try await exchange(1 + random.below(offices.count))
        case ..<97:
            if forgets { try await restore(place) } else { try await rewind(place) }
        default:
            guard offices.count < 3 else { return }
            offices.append(try await offices[random.below(offices.count)].clone())
        }
    }

    private mutating func create(at place: Int) async throws {
        let node = nodes[place].node
        let type = [RecordType.household, .person, .ticket][random.below(3)]
        let id = node.newID(for: type, in: offices[0].node.identity.space)
        count += 1
        let values: [String: Value] =
            switch type.name {
            case "households": ["building": .text("\(random.below(3))"), "room": .text("101")]
            case "persons": ["name": .text("\(count)")]
            default: ["kind": .text("repair"), "content": .text("\(count)")]
            }
        try await node.save(
            [RecordEdit(type, .create(id), contents: type.contents(values))], actor: nil)
        for (field, value) in values { note(type, id, field, value, place) }
        records.append((type, id))
    }

    private mutating func note(
        _ type: RecordType, _ id: RecordID, _ field: String, _ value: Value, _ place: Int
    ) {
        let isPrivate = type.field(named: field)?.privacy == .officeOnly
        ledger.insert(
            Saved(
                type: type.number, id: id, field: field, value: value,
                owner: isPrivate ? place : nil))
    }

    private mutating func edit(at place: Int) async throws {
        let (type, name) = Self.fields[random.below(Self.fields.count)]
        let node = nodes[place].node
        let known = records.filter { $0.0.number == type.number }
        guard let field = type.field(named: name), !known.isEmpty,
            place > 0 || field.writer != .office
        else { return }
        let id = known[random.below(known.count)].1
        count += 1
        let stale = shown[place]?[id]
        let edit: RecordEdit.Shown =
            random.chance(40) ? stale.map { .version($0) } ?? .latest : .latest
        var content = RecordEdit.Content.value(.text("\(count)"))
        var said: Value = .text("\(count)")
        switch name {
        case "area", "priority":
            said = .integer(count)
            content = .value(said)
        case "tags", "vehicles":
            if name == "tags" { said = .text("{\"value\":\"\(count)\"}") }
            let live = try await node.store.history(type, id)
                .filter { $0.isLive && $0.field?.name == name }.compactMap(\.value)
                .filter { $0 != .empty }
            content = .elements(live.filter { _ in random.chance(60) } + [said])
        default: break
        }
        do {
            try await node.save(
                [RecordEdit(type, .change(id), contents: [field.number: content], shown: edit)],
                actor: nil)
            note(type, id, name, said, place)
        } catch let error as StoreError where error.code == .recordNotFound {
            // It has not arrived here.
        }
    }

    private mutating func resolve(at place: Int) async throws {
        let node = nodes[place].node
        for (type, id) in records.shuffled(using: &random) {
            for conflict in try await node.store.conflicts(type, id)
            where place > 0 || conflict.field.writer != .office {
                guard let value = conflict.candidates.randomElement(using: &random)?.value else {
                    continue
                }
                try await node.resolve(type, id, conflict.field.name, value)
                return
            }
        }
    }

    private mutating func hide(at place: Int) async throws {
        guard let (type, id) = records.randomElement(using: &random) else { return }
        let node = nodes[place].node
        let stale: RecordEdit.Shown = shown[place]?[id].map { .version($0) } ?? .latest
        let target: RecordEdit.Target = random.chance(60) ? .delete(id) : .restore(id)
        do {
            try await node.save([RecordEdit(type, target, shown: stale)], actor: nil)
        } catch let error as StoreError where error.code == .recordNotFound {
            // It has not arrived here.
        }
    }

    /// Opens a form that is saved much later.
    private mutating func look(at place: Int) async throws {
        for (type, id) in records {
            shown[place, default: [:]][id] = try await nodes[place].node.store.record(type, id)?
                .version
        }
    }

    private mutating func exchange(_ place: Int) async throws {
        company.pageTargetBytes = [200, 3_000, Limits.pageTargetBytes][random.below(3)]
        var channel = ScriptedChannel(company.channel)
        if random.chance(40) {
            let last = 1 + random.below(4)
            let losesAnswer = random.chance(50)
            channel.request = { number, _ throws(PeerFailure) in
                if !losesAnswer && number == last { throw .cut }
            }
            channel.response = { number, answer throws(PeerFailure) in
                if losesAnswer && number == last { throw .cut }
                return answer
            }
        }
        if random.chance(20) { channel.repeats = { _ in 2 } }
        let report = try await company.exchange(nodes[place], through: channel)
        #expect(report.failure == nil || report.failure == .cut, "\(report)")
    }

    /// Copies a node back to this moment after it went on for a while; what it delivered must come
    /// back.
    private mutating func rewind(_ place: Int) async throws {
        let node = nodes[place]
        let backup = try await node.backup()
        let before = ledger
        for _ in 0..<3 { try await edit(at: place) }
        try await create(at: place)
        company.pageTargetBytes = Limits.pageTargetBytes
        try await company.settle(offices)
        // Its private values have no other holder.
        ledger = ledger.filter { $0.owner != place || before.contains($0) }
        try await node.restore(
            backup, [TestNode.Part.database, .folder, .databaseWithoutGuard][random.below(3)])
        if random.chance(70) { try await edit(at: place) }
    }

    // MARK: Forgetting

    /// Keeps a backup, and gives up the oldest when there are three.
    private mutating func backUp(_ place: Int) async throws {
        let node = nodes[place]
        let store = node.node.store
        count += 1
        let entry = KeptBackup(
            name: "\(count)", madeAt: UInt64(count),
            clocks: try await store.states(
                of: [.company, offices[0].node.identity.space]
            ).mapValues(\.clock))
        kept[place, default: []].append(
            Kept(backup: try await node.backup(), entry: entry, ledger: ledger))
        if (kept[place]?.count ?? 0) > 2 { kept[place]?.removeFirst() }
        try await keep(place)
    }

    private func keep(_ place: Int) async throws {
        try await nodes[place].node.store.keep(backups: (kept[place] ?? []).map(\.entry))
    }

    /// A few groups, or everything that may go.
    private mutating func forget(_ place: Int) async throws {
        let store = nodes[place].node.store
        let limit = 1 + random.below(20)
        let report = try await store.forget(before: .max, limit: limit)
        if random.chance(50) && !report.isFinished {
            _ = try await store.forget(before: .max, limit: 10_000)
        }
    }

    /// Restores a node from any backup it keeps. What nobody else holds is lost with it.
    private mutating func restore(_ place: Int) async throws {
        guard let chosen = kept[place]?.randomElement(using: &random) else { return }
        company.pageTargetBytes = [400, Limits.pageTargetBytes][random.below(2)]
        // Half of the time everything was delivered before, so that nothing may be missing later.
        if random.chance(50) {
            try await company.settle(offices)
            ledger = ledger.filter { $0.owner != place || chosen.ledger.contains($0) }
        } else {
            ledger = ledger.intersection(chosen.ledger)
        }
        try await nodes[place].restore(
            chosen.backup,
            [TestNode.Part.database, .folder, .databaseWithoutGuard][random.below(3)])
        try await keep(place)
        if random.chance(70) { try await edit(at: place) }
    }

    // MARK: Checking

    mutating func heal() async throws {
        company.pageTargetBytes = random.chance(50) ? 400 : Limits.pageTargetBytes
        try await company.settle(offices)
        // One more write: a queue that is stuck often moves only when new work arrives.
        for place in nodes.indices { try await create(at: place) }
        try await company.settle(offices)
    }

    func check() async throws {
        let space = offices[0].node.identity.space
        let state = try await company.headquarters.node.store.states(of: [space, .company])
        let dump = try await ReplicaDump(company.headquarters.node.store, isShared: true)
        for (place, node) in nodes.enumerated() {
            #expect(try await node.node.store.states(of: [space, .company]) == state)
            let own = try await ReplicaDump(node.node.store, isShared: true)
            #expect(own.differences(from: dump) == [], "node \(place)")
            try await node.node.isSound()
            #expect(try await node.node.store.damage() == DamageSummary(), "node \(place)")
            let whole = try await ReplicaDump(node.node.store)
            try await node.node.store.reproject()
            #expect(try await ReplicaDump(node.node.store).differences(from: whole) == [])
            try await checkLedger(node.node, place)
        }
    }

    private func checkLedger(_ node: LocalNode, _ place: Int) async throws {
        for (type, id) in records {
            let history = try await node.store.history(type, id)
            for entry in history where entry.isLive {
                #expect(!entry.isStripped, "node \(place) has no value of \(entry)")
            }
            for saved in ledger where saved.id == id && (saved.owner ?? place) == place {
                let isThere = history.contains {
                    $0.field?.name == saved.field
                        && ($0.value == saved.value || forgets && $0.isStripped && !$0.isLive)
                }
                #expect(isThere, "node \(place) lost \(saved)")
            }
        }
    }
}
