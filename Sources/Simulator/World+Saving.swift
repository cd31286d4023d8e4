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

    /// The fields of a person's form, of every class and place: shared and private, personal and
    /// not.
    private static let form = ["name", "kind", "preferred_phone", "id_type", "id_no", "note"]

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
            // A version covers what an older catalogue has no name for, too.
            let newest = Catalogue.type(number: type.number) ?? type
            node.forms.append(
                SimulatedNode.Form(
                    type: type, id: id, version: record.version, shown: node.model.live(id, newest))
            )
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
            var contents = Self.contents(values, of: type)
            if let series = type.series, let field = type.field(named: series.field),
                let typed = typedNumber(in: home.space)
            {
                contents[field.number] = .value(.text(typed))
            }
            let edit = RecordEdit(type, .create(id), contents: contents)
            try await save(running, edit, shown: nil)
            records.append((type, id, home.code))
        }
    }

    func change(_ node: SimulatedNode) async throws {
        let (declared, name) = chance.pick(Self.fields)
        guard let (type, id, code, form) = subject(of: declared, at: node),
            let field = type.field(named: name), Self.mayWrite(field, node.role)
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

    /// Somebody fills in a whole form: several fields, shared and private, in one save. All of it is
    /// there afterwards or nothing, whatever happens to the machine (I3).
    func fillIn(_ node: SimulatedNode) async throws {
        guard let (type, id, code, form) = subject(of: .person, at: node) else { return }
        try await withNode(node) { running in
            var contents: [UInt32: RecordEdit.Content] = [:]
            var texts: Set<String> = []
            for name in Self.form where chance.happens(700) {
                guard let field = type.field(named: name), Self.mayWrite(field, node.role) else {
                    continue
                }
                let said = text(code, isPrivate: field.privacy == .officeOnly)
                contents[field.number] = .value(.text(said))
                texts.insert(said)
            }
            node.wholes.append(texts)
            let edit = RecordEdit(
                type, .change(id), contents: contents,
                shown: form.map { .version($0.version) } ?? .latest)
            try await save(running, edit, shown: form)
        }
    }

    /// A record of a type to be changed; now and then with the form that somebody opened earlier.
    private func subject(
        of declared: RecordType, at node: SimulatedNode
    ) -> (type: RecordType, id: RecordID, code: String, form: SimulatedNode.Form?)? {
        let known = known(node).filter { $0.type.number == declared.number }
        guard let type = node.types.first(where: { $0.number == declared.number }), !known.isEmpty
        else { return nil }
        let picked = chance.pick(known)
        guard chance.happens(400),
            let form = node.forms.filter({ $0.type.number == declared.number }).randomElement(
                using: &chance)
        else { return (type, picked.id, picked.code, nil) }
        let code = known.first { $0.id == form.id }?.code ?? picked.code
        return (type, form.id, code, form)
    }

    private static func mayWrite(_ field: Field, _ role: Role) -> Bool {
        field.writer.includes(role) && (field.privacy != .officeOnly || role == .office)
    }

    func resolve(_ node: SimulatedNode) async throws {
        guard let (known, id, code) = known(node).randomElement(using: &chance) else { return }
        guard let type = node.types.first(where: { $0.number == known.number }) else { return }
        try await withNode(node) { running in
            for field in type.fields where field.writer.includes(node.role) {
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
}
