import GRDB
import Records
import SyncCore

/// Carries logged groups over into the projection tables: the thin part around `Register`,
/// `MergeClass` and `Visibility`.
///
/// The result depends on the set of groups only. Cost: one insert for a new record; an edit reads
/// its row.
struct Projector {
    let reader: LogReader
    let tables: ProjectionTables
    let space: SpaceID
    private let statements: RowStatements
    private let unfinished = TextFilters.Unfinished()

    /// - Parameter space: that of all groups to be projected. One projector serves one transaction.
    init(reader: LogReader, tables: ProjectionTables, space: SpaceID) {
        self.reader = reader
        self.tables = tables
        self.space = space
        statements = RowStatements(reader.db)
    }

    var db: Database { reader.db }

    /// A logged group with everything its projection needs.
    struct Logged {
        var group: Group
        var number: Int64
        /// Of the stream's author; nil while the key is in no directory, which makes all writes
        /// inert.
        var role: Role?
        /// Log numbers of `group.referenced`.
        var references: [Int64]
    }

    /// - Returns: why the group could not be projected in full; nil when it could.
    func project(_ logged: Logged) throws -> String? {
        let (records, remark) = admitted(logged)
        for record in records { try apply(record.writes, to: record.id, record.table, logged) }
        return remark
    }

    /// The writes of a group that count, by record.
    struct Admitted {
        var id: RecordID
        var table: ProjectionTables.Table
        var writes: [Write]
    }

    /// Which writes count, and why some could not be judged or shown; no remark when all could.
    func admitted(_ logged: Logged) -> (records: [Admitted], remark: String?) {
        guard logged.group.isInterpretable else { return ([], "newer-format") }
        guard let role = logged.role else { return ([], "unknown-author") }
        var admitted: [Admitted] = []
        var remark: String?
        for changes in Self.changesByRecord(in: logged.group) {
            guard let first = changes.first else { continue }
            guard let table = tables[first.type] else {
                remark = "unknown-type"
                continue
            }
            let writes = writes(in: changes, of: first.record, table.type, role, logged)
            remark = writes.remark ?? remark
            if !writes.admitted.isEmpty {
                admitted.append(
                    Admitted(id: first.record, table: table, writes: writes.admitted))
            }
        }
        return (admitted, remark)
    }

    // MARK: Reading the group

    /// The changes of one record stand together, also when personal fields are a change of their
    /// own.
    private static func changesByRecord(in group: Group) -> [ArraySlice<Change>] {
        struct Key: Hashable {
            var type: UInt32
            var id: RecordID
        }
        let changes = group.changes
        if changes.count == 1 { return [changes[...]] }
        var places: [Key: Int] = [:]
        places.reserveCapacity(changes.count)
        var records: [ArraySlice<Change>] = []
        records.reserveCapacity(changes.count)
        for (position, change) in changes.enumerated() {
            let key = Key(type: change.type, id: change.record)
            if let place = places[key] {
                records[place].append(change)
            } else {
                places[key] = records.count
                records.append(changes[position...position])
            }
        }
        return records
    }

    struct Write {
        var name: LocalWrite
        var field: UInt32
        var value: Value?
        /// Whether there is a value, and only its commitment is here.
        var isStripped: Bool
        var named: [LocalWrite]
        /// With a write of `deleted` only.
        var listed: [LocalWrite]
    }

    /// - Parameter changes: those of one record.
    private func writes(
        in changes: ArraySlice<Change>, of record: RecordID, _ type: RecordType, _ role: Role,
        _ logged: Logged
    ) -> (admitted: [Write], remark: String?) {
        let isCreating = changes.contains { change in
            change.fields.contains(ReservedField.created)
                && type.admits(
                    field: ReservedField.created, by: role, home: record.home, in: space,
                    isCreating: true)
        }
        func local(_ target: Change.Reference) -> LocalWrite {
            LocalWrite(group: logged.references[Int(target.group)], index: target.index)
        }
        var admitted: [Write] = []
        admitted.reserveCapacity(changes.reduce(0) { $0 + $1.fields.count })
        var remark: String?
        for change in changes {
            var named: [[LocalWrite]] = []
            if !change.named.isEmpty {
                named = Array(repeating: [], count: change.fields.count)
                for name in change.named where Int(name.position) < named.count {
                    named[Int(name.position)].append(local(name.target))
                }
            }
            for (position, field) in change.fields.enumerated() where field != ReservedField.note {
                let place = type.position(ofField: field)
                if field >= ReservedField.firstOwn && place == nil {
                    remark = "unknown-field"
                    continue
                }
                guard
                    type.admits(
                        field: field, by: role, home: record.home, in: space,
                        isCreating: isCreating)
                else {
                    remark = remark ?? "inert-write"
                    continue
                }
                var value = change.values[position]
                if let place, let given = value,
                    !ColumnValue.holds(given, type.fields[place].kind)
                {
                    // It counts and names; what a column of another kind cannot hold is shown as
                    // nothing.
                    remark = remark ?? "unfitting-value"
                    value = nil
                }
                admitted.append(
                    Write(
                        name: LocalWrite(
                            group: logged.number, index: change.firstIndex + UInt32(position)),
                        field: field, value: value,
                        isStripped: change.isStripped && change.hasValue(at: position),
                        named: named.isEmpty ? [] : named[position],
                        listed: field == ReservedField.deleted ? change.listed.map(local) : []))
            }
        }
        return (admitted, remark)
    }

    // MARK: Writing the projection

    private func apply(
        _ writes: [Write], to id: RecordID, _ table: ProjectionTables.Table, _ logged: Logged
    ) throws {
        let text = id.description
        // What came before its creation is rare, so that is inserted without a look.
        if writes.contains(where: { $0.field == ReservedField.created }),
            try insert(writes, id: text, home: id.home, table, logged)
        {
            return
        }
        if let found = try ProjectedRow.fetch(with: statements.find(table), table, id: text) {
            try update(found, with: writes, table, logged)
        } else {
            _ = try insert(writes, id: text, home: id.home, table, logged)
        }
    }

    /// - Returns: false, having done nothing, when the record is here already.
    private func insert(
        _ writes: [Write], id: String, home: SpaceID, _ table: ProjectionTables.Table,
        _ logged: Logged
    ) throws -> Bool {
        var row = ProjectedRow(
            row: nil, id: id, office: home.officeText, type: table.type,
            position: logged.number)
        let isPlain = row.fill(with: writes)
        let stripped = isPlain ? writes.filter(\.isStripped) : []
        if isPlain {
            row.state = row.live.hasWrites(of: ReservedField.created) ? .shown : .absent
            row.missing = Self.names(of: stripped.map(\.field), table.type)
        }
        guard try row.insert(db, with: statements.insert(table)) else { return false }
        if isPlain {
            for write in stripped { try note(write, of: row) }
            try LookupKeys.add(db, row, table, unfinished)
        } else {
            try merge(writes, into: &row, table)
            try finish(&row, table, before: nil)
        }
        return true
    }

    private func update(
        _ found: ProjectedRow, with writes: [Write], _ table: ProjectionTables.Table,
        _ logged: Logged
    ) throws {
        var row = found
        row.position = logged.number
        try merge(writes, into: &row, table)
        try finish(&row, table, before: found)
    }

    func finish(
        _ row: inout ProjectedRow, _ table: ProjectionTables.Table, before: ProjectedRow?
    ) throws {
        row.state = try Visibilities.state(of: row, reader, home: space(homeOf: row))
        try row.update(with: statements.update(table))
        try LookupKeys.replace(db, before, row, table, unfinished)
    }

    private func space(homeOf row: ProjectedRow) throws -> SpaceID {
        try RecordID(row.id).held("a record id").home
    }

    /// Applies writes in the order of the group to the registers of an existing row.
    private func merge(
        _ writes: [Write], into row: inout ProjectedRow, _ table: ProjectionTables.Table
    ) throws {
        let siblings = Siblings(db: db, type: table.type)
        let hadMissing = !row.missing.isEmpty
        for write in writes {
            let before = row.live[write.field]
            if before.contains(write.name) { continue }
            let left = before.filter {
                !write.named.contains($0) || PlantedBug.keepNamedWritesLive.isPlanted
            }
            row.live[write.field] = left + [write.name]
            if hadMissing {
                for gone in before where !left.contains(gone) { try forgetMissing(gone, of: row) }
            }
            if write.isStripped { try note(write, of: row) }
            if write.field == ReservedField.deleted {
                try Visibilities.store(write, of: row, removing: before, db, table.type)
            }
            guard let position = table.type.position(ofField: write.field) else { continue }
            let field = table.type.fields[position]
            if left.isEmpty && before.count <= 1 && field.merge != .set {
                row.columns[position] = ColumnValue.column(write.value)
                continue
            }
            let live = try siblings.settle(
                field, of: row, position, adding: write, to: left, from: before)
            row.show(live, in: field, at: position)
        }
        if hadMissing || writes.contains(where: \.isStripped) { try noteMissing(&row) }
    }
}

extension SpaceID {
    /// How the `office` column of the projection says where a record is at home; empty for the
    /// company.
    var officeText: String {
        kind == .company ? "" : Hexadecimal.text(word: office)
    }
}
