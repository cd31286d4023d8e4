import GRDB
import Records
import SyncCore

/// Turns edits into changes: compares with what is there, names what was shown, and puts each field
/// where it belongs.
struct EditDrafter {
    let reader: LogReader
    let tables: ProjectionTables
    let role: Role
    let context: SaveContext
    let life: String
    let checksVersions: Bool
    /// Collected changes by space.
    private(set) var changes: [SpaceID: [ChangeDraft]] = [:]
    private var touched: Set<RecordID> = []
    /// Numbers that records of this save bring with them.
    private var typedNumbers: Set<String> = []

    private var db: Database { reader.db }

    init(
        reader: LogReader, tables: ProjectionTables, role: Role, context: SaveContext, life: String,
        checksVersions: Bool
    ) {
        self.reader = reader
        self.tables = tables
        self.role = role
        self.context = context
        self.life = life
        self.checksVersions = checksVersions
    }

    /// Whether an edit of this record was added already; what it changes does not show in the
    /// projection yet.
    func touches(_ record: RecordID) -> Bool { touched.contains(record) }

    mutating func add(_ edit: RecordEdit) throws {
        let table = tables[edit.type]
        let id = edit.target.id
        let row = try ProjectedRow.fetch(db, table, id: id.description)
        var pending = PendingWrites(type: edit.type, id: id)
        switch edit.target {
        case .create:
            guard row == nil else {
                throw StoreError(.notAllowed, "The record \(id) exists already.")
            }
            guard edit.type.belongs(in: id.home), edit.type.creator.includes(role) else {
                throw StoreError(.notAllowed, "This node may not create \(edit.type.name).")
            }
            pending.add(ReservedField.created, .empty, in: id.home, personal: false)
            for number in edit.contents.keys.sorted() {
                let (field, content) = try content(number, of: edit, isCreating: true)
                for value in content.values where value != .empty {
                    pending.add(field, value, names: [])
                }
            }
            try number(edit, &pending)
        case .change:
            let row = try existing(row, id)
            var moved: [String] = []
            for number in edit.contents.keys.sorted() {
                let (field, content) = try content(number, of: edit, isCreating: false)
                try change(field, to: content, of: row, table, edit, &pending, &moved)
            }
            guard moved.isEmpty else { throw ChangedMeanwhile(record: id, fields: moved) }
        case .delete, .restore:
            try visibility(of: try existing(row, id), edit, &pending)
        }
        guard !pending.isEmpty else { return }
        if let note = edit.note, !note.isEmpty {
            // The reason of a private change is as private as the change.
            let space = pending.touches(id.home) ? id.home : id.home.privateCompanion ?? id.home
            pending.add(ReservedField.note, .text(note), in: space, personal: true)
        }
        touched.insert(id)
        for part in pending.parts {
            changes[part.space, default: []].append(
                ChangeDraft(
                    record: id, type: edit.type.number, writes: part.writes,
                    listed: pending.listed(in: part), salt: context.random()))
        }
    }

    private func existing(_ row: ProjectedRow?, _ id: RecordID) throws -> ProjectedRow {
        guard let row, row.state != .absent else {
            throw StoreError(.recordNotFound, "There is no record \(id) here.")
        }
        return row
    }

    /// A field that is edited and what it is to say; it must be this role's to write.
    private func content(
        _ number: UInt32, of edit: RecordEdit, isCreating: Bool
    ) throws -> (Field, RecordEdit.Content) {
        let home = edit.target.id.home
        guard let field = edit.type.field(number: number), let content = edit.contents[number]
        else { throw StoreError(.notAllowed, "\(edit.type.name) has no field \(number).") }
        let space = edit.type.space(of: field, home: home)
        guard
            edit.type.admits(
                field: number, by: role, home: home, in: space, isCreating: isCreating)
        else {
            throw StoreError(
                .notAllowed, "This node may not write \(edit.type.name).\(field.name).")
        }
        guard content.fits(field) else {
            throw StoreError(
                .notAllowed, "\(edit.type.name).\(field.name) takes values of another kind.")
        }
        return (field, content)
    }

    private mutating func number(_ edit: RecordEdit, _ pending: inout PendingWrites) throws {
        guard let series = edit.type.series, let field = edit.type.field(named: series.field)
        else { return }
        if case .value(.text(let typed))? = edit.contents[field.number] {
            typedNumbers.insert(typed)
        }
        guard edit.contents[field.number] == nil else { return }
        var choice = ""
        if let chooser = series.choiceField.flatMap({ edit.type.field(named: $0) }),
            case .value(.text(let code))? = edit.contents[chooser.number]
        {
            choice = code
        }
        let stem = series.stem(
            choice: choice, officeCode: context.officeCode,
            suffix: try NumberSuffix.current(db, life: life), month: context.month)
        var number: String
        repeat {
            number = NumberSeries.number(stem: stem, running: try next(stem))
            // One that was typed in from paper, or that another copy of this office gave out.
        } while try !PlantedBug.countNumbersFromOne.isPlanted
            && (typedNumbers.contains(number)
                || SharedNumbers.isTaken(db, number, office: edit.target.id.home, edit.type))
        pending.add(field, .text(number), names: [])
    }

    private func next(_ stem: String) throws -> Int64 {
        var statement = try HotStatement(
            db,
            """
            INSERT INTO series (stem, last) VALUES (?, 1)
            ON CONFLICT (stem) DO UPDATE SET last = last + ? RETURNING last
            """)
        try statement.bind(stem)
        try statement.bind(PlantedBug.countNumbersFromOne.isPlanted ? 0 : 1)
        return try statement.first { try $0.read(0) } ?? 1
    }

    // MARK: Changing

    private func change(
        _ field: Field, to content: RecordEdit.Content, of row: ProjectedRow,
        _ table: ProjectionTables.Table, _ edit: RecordEdit, _ pending: inout PendingWrites,
        _ moved: inout [String]
    ) throws {
        let position = try table.type.position(ofField: field.number).held("a field")
        let live = row.live[field.number]
        let seen =
            PlantedBug.forgetWhatTheFormShowed.isPlanted
            ? live : live.filter { isShown($0, edit.shown) }
        if field.merge == .set {
            try changeSet(field, to: content.values, seen: seen, row, &pending)
            return
        }
        let value = content.values.first ?? .empty
        let isResolution = if case .resolution = content { true } else { false }
        if live.count <= 1 || !isResolution {
            let current = ColumnValue.value(row.columns[position], field)
            // What is said already needs no saying, unless it settles siblings.
            if current == value { return }
        }
        if checksVersions, seen.count < live.count {
            moved.append(field.name)
            return
        }
        var named = seen
        let settlesAll =
            isResolution && !PlantedBug.settleOnlyWhatIsShown.isPlanted
            || PlantedBug.nameEveryLiveWrite.isPlanted
        if live.count > 1 && !settlesAll {
            let siblings = try Siblings(db: db, type: table.type).live(
                field, row: row.row.held("a row"))
            named =
                field.merge.shown(siblings.filter { seen.contains($0.name) })
                .map { [$0.name] } ?? []
        }
        pending.add(field, value, names: try named.map(reader.writeID))
    }

    private func changeSet(
        _ field: Field, to elements: [Value], seen: [LocalWrite], _ row: ProjectedRow,
        _ pending: inout PendingWrites
    ) throws {
        let siblings = try Siblings(db: db, type: row.type).live(
            field, row: row.row.held("a row"))
        let present = siblings.filter {
            seen.contains($0.name) || PlantedBug.removeUnseenElements.isPlanted
        }
        let wanted = Set(elements)
        for value in elements
        where value != .empty && !siblings.contains(where: { $0.value == value }) {
            pending.add(field, value, names: [])
        }
        // In the order of the writes, so that one save is one group whatever a Set makes of it.
        var removed = wanted
        for gone in present.compactMap(\.value)
        where gone != .empty && removed.insert(gone).inserted {
            let names = try present.filter { $0.value == gone }.map { try reader.writeID($0.name) }
            pending.add(field, .empty, names: names)
        }
    }

    private func visibility(
        of row: ProjectedRow, _ edit: RecordEdit, _ pending: inout PendingWrites
    ) throws {
        let home = pending.id.home
        let seen = row.live[ReservedField.deleted].filter { isShown($0, edit.shown) }
        let names = try seen.map(reader.writeID)
        if case .restore = edit.target {
            guard row.state == .hidden || row.state == .disputed else { return }
            pending.add(ReservedField.deleted, .empty, in: home, personal: false, names: names)
            return
        }
        if row.state == .hidden { return }
        var listed: [WriteID] = []
        for (number, writes) in row.live.writes.sorted(by: { $0.key < $1.key })
        where number != ReservedField.deleted {
            if let field = edit.type.field(number: number),
                edit.type.space(of: field, home: home) != home
            {
                continue
            }
            listed += try writes.filter { isShown($0, edit.shown) }.map(reader.writeID)
        }
        pending.add(ReservedField.deleted, .integer(1), in: home, personal: false, names: names)
        pending.list(listed)
    }

    private func isShown(_ write: LocalWrite, _ shown: RecordEdit.Shown) -> Bool {
        switch shown {
        case .latest: true
        case .version(let version): version.life == life && write.group <= version.position
        case .groups(let groups): groups.contains(write.group)
        }
    }
}

extension RecordEdit.Content {
    fileprivate var values: [Value] {
        switch self {
        case .value(let value), .resolution(let value): [value]
        case .elements(let values): values
        }
    }

    fileprivate func fits(_ field: Field) -> Bool {
        switch self {
        case .value(let value), .resolution(let value): ColumnValue.holds(value, field.kind)
        case .elements(let values): values.allSatisfy { ColumnValue.holds($0, field.kind) }
        }
    }
}

/// Three characters of the incarnation in every number given out after the founding life (domain.md
/// S81.5).
enum NumberSuffix {
    /// Empty in the life that founded the office; a later life never repeats a number that is
    /// already on paper.
    static func current(_ db: Database, life: String) throws -> String {
        try Meta.text("founding-life", db) == life
            || PlantedBug.keepNumbersOfEarlierLives.isPlanted ? "" : String(life.prefix(3))
    }
}
