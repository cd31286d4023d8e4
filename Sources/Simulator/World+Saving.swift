import Node
import Records
import Store
import SyncCore

/// A node with the program that runs on it at the moment.
struct LocalRunning {
    typealias Local = LocalNode

    let node: SimulatedNode
    let local: LocalNode
    var store: Store { local.store }
}

extension World {
    /// The fields that schedules write: text and numbers of every merge class, shared and private.
    private static let fields: [(RecordType, String)] = [
        (.household, "property_type"), (.household, "area"), (.household, "status"),
        (.household, "special_needs"), (.person, "name"), (.person, "id_no"), (.person, "tags"),
        (.person, "vehicles"), (.ticket, "content"), (.ticket, "priority"), (.ticket, "level"),
        (.ticket, "hq_instruction"), (.ticket, "plan"),
    ]

    private func text(_ code: String, isPrivate: Bool = false) -> String {
        count += 1
        return (isPrivate ? "@@PRIV#" : "@@\(code)#") + "\(count)"
    }

    /// What a node may work on: its own office's records, or all at headquarters.
    private func known(_ node: SimulatedNode) -> [(type: RecordType, id: RecordID, code: String)] {
        records.filter { record in
            (node.role == .headquarters || record.id.home == node.space)
                && node.types.contains { $0.number == record.type.number }
        }
    }

    private static func contents(
        _ values: [String: Value], of type: RecordType
    ) -> [UInt32: RecordEdit.Content] {
        values.reduce(into: [:]) { contents, entry in
            if let field = type.field(named: entry.key) {
                contents[field.number] = .value(entry.value)
            }
        }
    }

    // MARK: Looking

    /// Somebody opens a form, to save it now or much later.
    func open(_ node: SimulatedNode) async throws {
        let known = known(node)
        guard !known.isEmpty else { return }
        let (type, id, _) = chance.pick(known)
        try await withNode(node) { running in
            guard let record = try await running.store.record(type, id), record.id == id,
                node.running === running.local
            else { return }
            // An exchange under way may have brought something since the last look.
            try await observe(node)
            node.forms.append(
                SimulatedNode.Form(
                    type: type, id: id, version: record.version, shown: node.model.live(id, type)))
            if node.forms.count > 12 { node.forms.removeFirst() }
        }
    }

    /// A record reads as the groups held say it must (I2, I9).
    func read(_ node: SimulatedNode) async throws {
        let known = known(node)
        guard !known.isEmpty else { return }
        let (type, id, _) = chance.pick(known)
        try await withNode(node) { running in
            try await checkRecord(running, type, id)
        }
    }

    // MARK: Saving

    func create(_ node: SimulatedNode) async throws {
        let types = [RecordType.household, .person, .ticket].filter { type in
            node.types.contains { $0.number == type.number }
        }
        let type = chance.pick(types)
        let home =
            node.role == .headquarters ? chance.pick(offices) : node
        try await withNode(node) { running in
            let id = running.local.newID(for: type, in: home.space)
            let values: [String: Value] =
                switch type.name {
                case "households":
                    [
                        "building": .text("\(self.chance.below(3))"), "room": .text("101"),
                        "property_type": .text(self.text(home.code)),
                    ]
                case "persons": ["name": .text(self.text(home.code))]
                default: ["kind": .text("repair"), "content": .text(self.text(home.code))]
                }
            let edit = RecordEdit(type, .create(id), contents: Self.contents(values, of: type))
            try await save(running, edit, shown: nil)
            records.append((type, id, home.code))
        }
    }

    func change(_ node: SimulatedNode) async throws {
        let (declared, name) = chance.pick(Self.fields)
        let known = known(node).filter { $0.type.number == declared.number }
        guard !known.isEmpty else { return }
        var (_, id, code) = chance.pick(known)
        var form: SimulatedNode.Form?
        if chance.happens(400) {
            form = node.forms.filter { $0.type.number == declared.number }.randomElement(
                using: &chance)
        }
        if let form {
            id = form.id
            code = records.first { $0.id == id }?.code ?? code
        }
        guard let type = node.types.first(where: { $0.number == declared.number }),
            let field = type.field(named: name), node.role == .office || field.writer != .office,
            node.role == .headquarters || field.writer != .headquarters,
            field.privacy != .officeOnly || node.role == .office
        else { return }
        try await withNode(node) { running in
            let slot = Slot(record: id, type: type.number, field: field.number)
            let content: RecordEdit.Content
            if name == "area" || name == "priority" {
                count += 1
                content = .value(.integer(count))
            } else if field.merge == .set {
                let said = text(code, isPrivate: field.privacy == .officeOnly)
                let element: Value = .text(name == "tags" ? "{\"value\":\"\(said)\"}" : said)
                let live = node.model.live(slot).compactMap(\.value).filter { $0 != .empty }
                content = .elements(live.filter { _ in chance.happens(600) } + [element])
            } else {
                content = .value(.text(text(code, isPrivate: field.privacy == .officeOnly)))
            }
            let edit = RecordEdit(
                type, .change(id), contents: [field.number: content],
                shown: form.map { .version($0.version) } ?? .latest)
            try await save(running, edit, shown: form)
        }
    }

    func resolve(_ node: SimulatedNode) async throws {
        guard let (known, id, code) = known(node).randomElement(using: &chance) else { return }
        guard let type = node.types.first(where: { $0.number == known.number }) else { return }
        try await withNode(node) { running in
            for field in type.fields
            where field.writer == .both
                || (field.writer == .headquarters) == (node.role == .headquarters)
            {
                let slot = Slot(record: id, type: type.number, field: field.number)
                guard field.merge != .set, field.merge != .latestWins,
                    node.model.live(slot).count > 1
                else { continue }
                let said = text(code, isPrivate: field.privacy == .officeOnly)
                let isNumber = field.name == "area"
                let edit = RecordEdit(
                    type, .change(id),
                    contents: [
                        field.number: .resolution(isNumber ? .integer(count) : .text(said))
                    ], note: "核对过")
                try await save(running, edit, shown: nil)
                return
            }
        }
    }

    /// Deletes a record, or takes that back.
    func hide(_ node: SimulatedNode) async throws {
        guard let (known, id, _) = known(node).randomElement(using: &chance) else { return }
        guard let type = node.types.first(where: { $0.number == known.number }) else { return }
        let form = chance.happens(300) ? node.forms.first { $0.id == id } : nil
        try await withNode(node) { running in
            let edit = RecordEdit(
                type, chance.happens(650) ? .delete(id) : .restore(id),
                shown: form.map { .version($0.version) } ?? .latest)
            try await save(running, edit, shown: form)
        }
    }

    // MARK: What a save may do

    /// Saves, and checks that what was acknowledged is there, supersedes only what was shown (I7)
    /// and reads back (I9).
    private func save(
        _ running: LocalRunning, _ edit: RecordEdit, shown: SimulatedNode.Form?
    ) async throws {
        let node = running.node
        // An exchange under way may have brought something since the last look.
        try await observe(node)
        let before = liveBefore(edit, node)
        let model = node.model
        let log: [Int64]
        do {
            log = try await running.local.save([edit], actor: nil)
        } catch let error as StoreError
            where error.code == .recordNotFound || error.code == .notAllowed
        {
            return
        }
        guard node.running === running.local else { return }
        tally.saves += 1
        try await observe(node)
        for number in log {
            guard let hash = node.hashes[number], let group = groups[hash] else {
                try demand(
                    node.isInDoubt, "I1",
                    "\(node.name) acknowledged group \(number), which is not in its log")
                return
            }
            node.promise([hash])
            try checkNames(of: group, before, edit, shown, node)
            try await checkNumbers(in: group, running, before: model)
        }
        note("\(node.name) saves \(log.count)")
        if chance.happens(200) { try await checkRecord(running, edit.type, edit.target.id) }
    }

    /// What was live of the fields that an edit is about.
    private func liveBefore(
        _ edit: RecordEdit, _ node: SimulatedNode
    ) -> [Slot: [ReplicaModel.Write]] {
        var live: [Slot: [ReplicaModel.Write]] = [:]
        for field in [ReservedField.created, ReservedField.deleted] + edit.contents.keys {
            let slot = Slot(record: edit.target.id, type: edit.type.number, field: field)
            live[slot] = node.model.live(slot)
        }
        return live
    }

    private func checkNames(
        of group: Group, _ before: [Slot: [ReplicaModel.Write]], _ edit: RecordEdit,
        _ form: SimulatedNode.Form?, _ node: SimulatedNode
    ) throws {
        // A record with the natural key of another is saved as that one.
        for change in group.changes where change.record == edit.target.id {
            for (position, field) in change.fields.enumerated() {
                let slot = Slot(record: change.record, type: change.type, field: field)
                let named = Set(
                    change.named.filter { Int($0.position) == position }.map {
                        WriteID(
                            group: group.referenced[Int($0.target.group)], index: $0.target.index)
                    })
                let writes = before[slot] ?? []
                let live = Set(writes.map(\.id))
                if let form {
                    try demand(
                        named.isSubset(of: form.shown[field] ?? []), "I7",
                        "\(node.name) superseded a write of field \(field) that its form had not shown"
                    )
                    continue
                }
                try demand(
                    named.isSubset(of: live), "I7",
                    "\(node.name) superseded a write of field \(field) that was not live")
                guard let declared = edit.type.field(number: field), declared.merge != .set,
                    !live.isEmpty
                else { continue }
                if case .resolution = edit.contents[field] {
                    try demand(
                        named == live, "I7", "a resolution of field \(field) left siblings behind")
                } else if let shown = ReplicaModel.shown(writes, declared) {
                    try demand(
                        named == [shown.id]
                            || declared.merge == .latestWins && named.contains(shown.id),
                        "I7", "a save of field \(field) superseded more or less than what it showed"
                    )
                }
            }
        }
    }

    /// Of two documents with one number neither's author can have known the other (I6, design.md §4):
    /// they are copies that nothing had shown to be such, or lives whose names begin with the same
    /// three characters, which happens to one pair of 32,768.
    private func checkNumbers(
        in group: Group, _ running: LocalRunning, before: ReplicaModel
    ) async throws {
        for change in group.changes where change.type == RecordType.ticket.number {
            guard change.fields.contains(ReservedField.created),
                let position = change.fields.firstIndex(of: 16),
                case .text(let number) = change.values[position]
            else { continue }
            let given = Numbered(
                record: change.record, life: try await running.store.life(),
                memory: running.node.memory)
            if let earlier = numbers[number], earlier.record != given.record {
                let wasShown = [.shown, .disputed].contains(before.state(earlier.record, .ticket))
                try demand(
                    !wasShown && given.mayRepeat(earlier), "I6",
                    "the number \(number) was given out twice, by the lives \(earlier.life) and \(given.life)"
                )
            }
            numbers[number] = given
        }
    }
}
