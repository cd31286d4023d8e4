import Node
import Records
import Store
import SyncCore

extension World {
    /// What a node holds of a record, and what the person had in front of them, when it is saved.
    private struct Outset {
        var edit: RecordEdit
        var form: SimulatedNode.Form?
        /// The form is of the life that saves, so that its version still says what it showed.
        var isFormUnderstood: Bool
        var state: RecordState
        var live: [UInt32: [ReplicaModel.Write]]

        /// The live writes of a field that were in front of the person.
        func seen(_ field: UInt32) -> [ReplicaModel.Write] {
            guard let form else { return live[field] ?? [] }
            return (live[field] ?? []).filter { form.shown[field]?.contains($0.id) == true }
        }
    }

    /// One write of a save.
    private struct Written {
        var field: UInt32
        var value: Value?
        var named: Set<WriteID>
        var listed: Set<WriteID>
    }

    /// Saves, and checks that what was asked for is there, supersedes only what was shown (I7) and
    /// reads back (I9).
    func save(
        _ running: LocalRunning, _ edit: RecordEdit, shown form: SimulatedNode.Form?
    ) async throws {
        let node = running.node
        // An exchange under way may have brought something since the last look.
        try await observe(node)
        let outset = try await outset(of: edit, form, running)
        let log: [Int64]
        do {
            log = try await running.local.save([edit], actor: nil)
        } catch let error as StoreError where error.code == .recordNotFound {
            try demand(
                outset.state == .absent || node.isInDoubt, "I1",
                "\(node.name) says that \(edit.type.name) \(edit.target.id) is not there")
            return
        }
        guard node.running === running.local else { return }
        tally.saves += 1
        try await observe(node)
        var logged: [Group] = []
        for number in log {
            guard let hash = node.hashes[number], let group = groups[hash] else {
                try demand(
                    node.isInDoubt, "I1",
                    "\(node.name) acknowledged group \(number), which is not in its log")
                return
            }
            node.promise(hash)
            logged.append(group)
        }
        let writes = try writes(of: logged, edit, node)
        try checkAsked(writes, outset, running)
        try checkNames(of: writes, outset, node)
        try checkVisibility(writes, outset, node)
        try await checkNumbers(in: logged, of: edit, running)
        note("\(node.name) saves \(log.count)")
        if chance.happens(200) { try await checkRecord(running, edit.type, edit.target.id) }
    }

    private func outset(
        of edit: RecordEdit, _ form: SimulatedNode.Form?, _ running: LocalRunning
    ) async throws -> Outset {
        let (id, type, model) = (edit.target.id, edit.type, running.node.model)
        let isUnderstood =
            if let form {
                try await running.store.life() == form.version.life
            } else {
                true
            }
        // A deletion is about all fields.
        let own =
            edit.contents.isEmpty ? type.fields.map(\.number) : Array(edit.contents.keys)
        var live: [UInt32: [ReplicaModel.Write]] = [:]
        for field in [ReservedField.created, ReservedField.deleted] + own {
            live[field] = model.live(Slot(record: id, type: type.number, field: field))
        }
        return Outset(
            edit: edit, form: form, isFormUnderstood: isUnderstood, state: model.state(id, type),
            live: live)
    }

    /// The writes of a save; it writes of its record and of nothing else, and no field that nobody
    /// asked for.
    private func writes(
        of groups: [Group], _ edit: RecordEdit, _ node: SimulatedNode
    ) throws -> [Written] {
        let series = edit.type.series.flatMap { edit.type.field(named: $0.field)?.number }
        var writes: [Written] = []
        for group in groups {
            func write(_ reference: Change.Reference) -> WriteID {
                WriteID(group: group.referenced[Int(reference.group)], index: reference.index)
            }
            for change in group.changes {
                try demand(
                    change.record == edit.target.id && change.type == edit.type.number, "I7",
                    "\(node.name) wrote of another record than was saved")
                for (position, field) in change.fields.enumerated() {
                    try demand(
                        field < ReservedField.firstOwn || edit.contents[field] != nil
                            || field == series, "I7",
                        "\(node.name) wrote field \(field), which nobody had changed")
                    let named = change.named.filter { Int($0.position) == position }
                    writes.append(
                        Written(
                            field: field, value: change.values[position],
                            named: Set(named.map { write($0.target) }),
                            listed: field == ReservedField.deleted
                                ? Set(change.listed.map(write)) : []))
                }
            }
        }
        return writes
    }

    // MARK: What was asked

    /// What a save was asked to say is said. No text or number is used twice, so nothing can have
    /// been said already.
    private func checkAsked(
        _ writes: [Written], _ outset: Outset, _ running: LocalRunning
    ) throws {
        let name = running.node.name
        for (field, content) in outset.edit.contents.sorted(by: { $0.key < $1.key }) {
            let written = writes.filter { $0.field == field }
            switch content {
            case .value(let value), .resolution(let value):
                try demand(
                    value == .empty || written.contains { $0.value == value }, "I9",
                    "\(name) acknowledged a save and did not write its field \(field)")
            case .elements(let elements):
                let live = outset.live[field] ?? []
                for element in elements where !live.contains(where: { $0.value == element }) {
                    try demand(
                        written.contains { $0.value == element }, "I9",
                        "\(name) acknowledged a save and did not add to its field \(field)")
                }
                guard outset.isFormUnderstood else { continue }
                // What is not here whole cannot be told from others.
                let missing = try self.missing(running.local)
                let gone = outset.seen(field).filter { write in
                    guard let value = write.value, value != .empty else { return false }
                    return !elements.contains(value) && !missing.contains(write.id)
                }
                try demand(
                    Set(written.flatMap(\.named)) == Set(gone.map(\.id)), "I7",
                    "\(name) removed other elements of field \(field) than was asked")
            }
        }
    }

    /// A deletion hides the record, or lists what its form showed; taking it back shows the record.
    private func checkVisibility(
        _ writes: [Written], _ outset: Outset, _ node: SimulatedNode
    ) throws {
        let (id, type) = (outset.edit.target.id, outset.edit.type)
        let isDeletion: Bool
        switch outset.edit.target {
        case .create, .change: return
        case .delete: isDeletion = true
        case .restore: isDeletion = false
        }
        if outset.form == nil {
            try demand(
                node.model.state(id, type) == (isDeletion ? .hidden : .shown), "I4",
                "\(node.name) acknowledged that a record was \(isDeletion ? "deleted" : "taken back"), and it is \(node.model.state(id, type))"
            )
        }
        if isDeletion, outset.state != .hidden {
            try demand(
                writes.contains { $0.field == ReservedField.deleted }, "I4",
                "\(node.name) acknowledged a deletion and did not write it")
        }
        for write in writes where write.field == ReservedField.deleted && isDeletion {
            let shown = outset.live.keys.filter { number in
                number != ReservedField.deleted
                    && type.field(number: number)?.privacy != .officeOnly
            }.flatMap { outset.seen($0).map(\.id) }
            try demand(
                outset.isFormUnderstood
                    ? write.listed == Set(shown) : write.listed.isSubset(of: shown), "I7",
                "\(node.name) listed more or less in a deletion than was shown")
        }
    }

    // MARK: What it may supersede

    /// A save names what stands for the field of what was shown, a resolution all of it (EditDrafter
    /// and merge.md §5).
    private func checkNames(
        of writes: [Written], _ outset: Outset, _ node: SimulatedNode
    ) throws {
        for write in writes {
            let (field, name) = (write.field, node.name)
            let live = outset.live[field] ?? []
            try demand(
                write.named.isSubset(of: Set(live.map(\.id))), "I7",
                "\(name) superseded a write of field \(field) that was not live")
            let seen = outset.seen(field)
            try demand(
                write.named.isSubset(of: Set(seen.map(\.id))), "I7",
                "\(name) superseded a write of field \(field) that its form had not shown")
            let declared = outset.edit.type.field(number: field)
            guard outset.isFormUnderstood, declared?.merge != .set else { continue }
            var expected = Set(seen.map(\.id))
            let isResolution =
                if case .resolution = outset.edit.contents[field] { true } else { false }
            if let declared, live.count > 1, !isResolution {
                expected = Set(ReplicaModel.shown(seen, declared).map { [$0.id] } ?? [])
            }
            try demand(
                write.named == expected
                    || declared?.merge == .latestWins && write.named.isSuperset(of: expected),
                "I7",
                "\(name) superseded more or less of field \(field) than \(isResolution ? "was to be settled" : "its form showed")"
            )
        }
    }
}
