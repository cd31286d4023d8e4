import Records
import Store
import SyncCore

/// What an import is to do with each record that a file speaks of. Pure.
///
/// A file is compared with the file before it, never with the records of today: so an import
/// changes only what somebody changed in the register, and a clerk's later edit stays.
struct ImportPlan: Sendable {
    /// One record of the file and what is known of it.
    struct Line: Sendable {
        var item: RegisterReading.Item
        var treatment: Treatment
        var id: RecordID
        /// As last imported; nil when no import ever spoke of it or that import was undone, and
        /// when it is just what the file says.
        var cells: ImportCells?
    }

    enum Treatment: Hashable, Sendable {
        /// A record that is not here.
        case create
        /// A record that is here and that no standing import wrote: only what is empty is filled
        /// in.
        case adopt
        /// The register says something else in these fields than it did.
        case change([String])
        /// The register says what it did.
        case leave
    }

    private(set) var lines: [Line] = []
    private var ids: [String: RecordID] = [:]

    /// - Parameters:
    ///   - last: what each key of the register stands for, from the imports before.
    ///   - present: which of the records that `last` names without a word of theirs are still here.
    ///   - newID: makes ids for new records.
    init(
        _ items: [RegisterReading.Item], last: [String: ImportedRecord], present: Set<RecordID>,
        _ recognition: ImportRecognition, newID: (RecordType) -> RecordID
    ) {
        lines.reserveCapacity(items.count)
        for item in items {
            let entry = item.entry
            let line: Line
            if let known = last[entry.key], let cells = ImportCells(text: known.cells) {
                let isSame = known.cells == ImportCells(entry).text
                let changed = isSame ? [] : cells.changed(in: entry)
                line = Line(
                    item: item, treatment: changed.isEmpty ? .leave : .change(changed),
                    id: known.record, cells: isSame ? nil : cells)
            } else if let known = last[entry.key], present.contains(known.record) {
                line = Line(item: item, treatment: .adopt, id: known.record)
            } else if let found = recognition.record(
                of: entry, ids, values: { values($0, of: entry) })
            {
                line = Line(item: item, treatment: .adopt, id: found)
            } else {
                line = Line(item: item, treatment: .create, id: newID(entry.type))
            }
            ids[entry.key] = line.id
            lines.append(line)
        }
    }

    private func values(_ fields: [String], of entry: RegisterEntry) -> [Value] {
        fields.map { name in
            guard let field = entry.type.field(named: name), let said = entry.said[name],
                case .value(let value) = content(said, field)
            else { return .empty }
            return value
        }
    }

    /// The records whose present state decides what is written.
    var touched: [(RecordType, RecordID)] {
        lines.compactMap { line in
            switch line.treatment {
            case .create, .leave: nil
            case .adopt, .change: (line.item.entry.type, line.id)
            }
        }
    }

    // MARK: Edits

    /// What a line amounts to.
    struct Outcome {
        var edit: RecordEdit?
        /// Fields whose value here was left although the register says otherwise.
        var kept: [String] = []
    }

    /// - Parameter record: the record as it is now; nil when it is not here or hidden.
    func outcome(of line: Line, _ record: StoredRecord?) -> Outcome {
        switch line.treatment {
        case .leave: Outcome()
        case .create: Outcome(edit: creation(of: line))
        case .adopt:
            record.map { filling($0, line) } ?? Outcome(kept: ImportCells(line.item.entry).fields)
        case .change(let fields):
            record.map { change(fields, of: $0, line) } ?? Outcome(kept: fields)
        }
    }

    /// Cells to remember; nil when they are remembered already. What was refused is not, so that
    /// the next import tells it again.
    func cells(of line: Line, _ outcome: Outcome) -> String? {
        switch line.treatment {
        case .create, .adopt:
            return ImportCells(line.item.entry).without(outcome.kept).text
        case .leave, .change:
            let updated = line.cells?.updated(with: line.item.entry, refused: outcome.kept)
            return updated == line.cells ? nil : updated?.text
        }
    }

    private func creation(of line: Line) -> RecordEdit {
        var contents: [UInt32: RecordEdit.Content] = [:]
        for (field, said) in fields(of: line.item.entry) {
            let content = content(said, field)
            if !content.isEmpty { contents[field.number] = content }
        }
        return RecordEdit(line.item.entry.type, .create(line.id), contents: contents)
    }

    /// Puts what the register says where the record says nothing.
    private func filling(_ record: StoredRecord, _ line: Line) -> Outcome {
        var contents: [UInt32: RecordEdit.Content] = [:]
        var outcome = Outcome()
        for (field, said) in fields(of: line.item.entry) {
            switch content(said, field) {
            case .elements(let new):
                let present = record.elements(of: field)
                let missing = new.filter { !present.contains($0) }
                if !missing.isEmpty { contents[field.number] = .elements(present + missing) }
            case let new:
                if new.isEmpty || new == .value(record.value(field.name)) { continue }
                if record.value(field.name) == .empty && mayChange(field, of: record) {
                    contents[field.number] = new
                } else {
                    outcome.kept.append(field.name)
                }
            }
        }
        outcome.edit = edit(of: record, contents)
        return outcome
    }

    private func change(_ names: [String], of record: StoredRecord, _ line: Line) -> Outcome {
        var contents: [UInt32: RecordEdit.Content] = [:]
        var outcome = Outcome()
        for (field, said) in fields(of: line.item.entry) where names.contains(field.name) {
            let content = content(said, field)
            if content == .value(record.value(field.name)) { continue }
            // Of a field of which no import had its say only what is empty is filled in.
            let isOpen = line.cells?[field.name] != nil || record.value(field.name) == .empty
            guard field.isSet || isOpen || content.isEmpty, mayChange(field, of: record) else {
                outcome.kept.append(field.name)
                continue
            }
            switch content {
            case .elements(let new):
                // What others have added stays; what the register said before and no longer says
                // goes.
                let isPart = line.cells?.isPart(line.item.entry) ?? false
                let before = line.cells?[field.name].flatMap { try? field.elements(fromJSON: $0) }
                let gone = isPart ? [] : (before ?? []).filter { !new.contains($0) }
                let present = record.elements(of: field).filter { !gone.contains($0) }
                contents[field.number] = .elements(
                    present + new.filter { !present.contains($0) })
            case let new:
                contents[field.number] = new
            }
        }
        outcome.edit = edit(of: record, contents)
        return outcome
    }

    /// Names only what was there when the plan was made: who saves meanwhile is not overwritten.
    private func edit(
        of record: StoredRecord, _ contents: [UInt32: RecordEdit.Content]
    ) -> RecordEdit? {
        guard !contents.isEmpty else { return nil }
        return RecordEdit(
            record.type, .change(record.id), contents: contents, shown: .version(record.version))
    }

    /// What is written once and for ever cannot be corrected by a register.
    private func mayChange(_ field: Field, of record: StoredRecord) -> Bool {
        record.type.admits(
            field: field.number, by: .office, home: record.id.home,
            in: record.type.space(of: field, home: record.id.home), isCreating: false)
    }

    private func fields(of entry: RegisterEntry) -> [(Field, RegisterEntry.Said)] {
        entry.type.fields.compactMap { field in entry.said[field.name].map { (field, $0) } }
    }

    private func content(_ said: RegisterEntry.Said, _ field: Field) -> RecordEdit.Content {
        func reference(_ id: RecordID?) -> RecordEdit.Content {
            let value = id.map(Value.record)
            return field.isSet ? .elements(value.map { [$0] } ?? []) : .value(value ?? .empty)
        }
        switch said {
        case .value(let value): return .value(value)
        case .elements(let values): return .elements(values)
        case .entry(let key): return reference(ids[key])
        case .found(_, let id): return reference(id)
        }
    }
}

extension RecordEdit.Content {
    fileprivate var isEmpty: Bool {
        switch self {
        case .value(let value), .resolution(let value): value == .empty
        case .elements(let values): values.isEmpty
        }
    }
}

extension StoredRecord {
    /// The elements of a set.
    fileprivate func elements(of field: Field) -> [Value] {
        field.elements(inColumn: value(field.name).text)
    }
}
