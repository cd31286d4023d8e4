import Records
import Store
import SyncCore
import Tables

extension LocalNode {
    /// Brings a register in: good rows become records, bad ones are reported all at once.
    ///
    /// A file that came in before writes nothing; one that was corrected writes the corrections
    /// only. Saved in transactions of at most 2,500 rows; between two of them the task may be cancelled,
    /// and what is saved by then stands as a batch that can be undone, or goes on when the file is
    /// imported again.
    ///
    /// - Parameters:
    ///   - name: `households` or `persons`, `tickets`, `visits`.
    ///   - bytes: a `.csv` or `.xlsx` file.
    ///   - dryRun: judge and count, and write nothing.
    ///   - progress: told rows done and in all, after each transaction.
    /// - Throws: `ImportError` when the file as a whole is no such register, `CancellationError`.
    public func importRegister(
        _ name: String, bytes: [UInt8], actor: RecordID?, dryRun: Bool = false,
        progress: (@Sendable (Int, Int) -> Void)? = nil
    ) async throws -> ImportReport {
        try await ImportError.naming {
            let register = try Register.named(name)
            let table = try Table.read(bytes)
            let office = try office()
            let directory = try await OfficeDirectory(store, office: office)
            guard !directory.estates.isEmpty else {
                throw ImportError(.noEstate, "This office has no estate yet. Enter it first.")
            }
            let reading = try RegisterReading(table, as: register, directory)
            // From here on an older import of the register that is still running stops, so the
            // state the plan is made from is the last one.
            var batch: Int64?
            if !dryRun {
                let rejected = Set(reading.problems.map(\.row)).count
                batch = try await store.beginImport(
                    of: register.name, rows: table.rows.count, rejected: rejected,
                    context(actor: actor))
            }
            let work = try await ImportWork(reading, node: self, office: office)
            if let batch {
                try await save(work.steps, into: batch, actor: actor, progress)
            }
            return ImportReport(
                reading, of: table, batch: batch,
                unchanged: work.steps.reduce(0) { $0 + $1.unchanged }, kept: work.kept)
        }
    }

    /// Takes an import back: only what the batch itself wrote. A record that somebody has changed
    /// since stays, and so does a value that was corrected since.
    ///
    /// - Returns: how many records changed.
    /// - Throws: `ImportError` `unknown-batch`.
    public func undoImport(_ batch: Int64, actor: RecordID?) async throws -> Int {
        try await ImportError.naming {
            let undo: ImportUndo
            do {
                undo = try await store.beginUndo(of: batch, context(actor: actor))
            } catch let error as StoreError where error.code == .recordNotFound {
                throw ImportError(
                    .unknownBatch,
                    "There is no import \(batch) here. Look it up in the list of imports.")
            }
            var count = 0
            for start in stride(from: 0, to: undo.records.count, by: Self.recordsUndoneAtOnce) {
                try Task.checkCancellation()
                let end = min(start + Self.recordsUndoneAtOnce, undo.records.count)
                count += try await takeBack(
                    undo.records[start..<end], of: batch, actor: actor)
            }
            return count
        }
    }

    /// In smaller parts where the former values are too long for one group.
    private func takeBack(
        _ records: ArraySlice<ImportUndo.Entry>, of batch: Int64, actor: RecordID?
    ) async throws -> Int {
        do {
            let (count, groups) = try await store.undoImport(
                of: batch, Array(records), context(actor: actor))
            try await noteOwn(groups)
            return count
        } catch let error as StoreError where error.code == .tooLarge && records.count > 1 {
            let middle = records.startIndex + records.count / 2
            return try await takeBack(records[..<middle], of: batch, actor: actor)
                + takeBack(records[middle...], of: batch, actor: actor)
        }
    }

    /// A taken back record is up to two changes in a group.
    private static let recordsUndoneAtOnce = Limits.maximumChangesPerGroup / 4

    private func office() throws -> SpaceID {
        guard identity.role == .office else {
            throw ImportError(
                .notAnOffice,
                "Registers are imported at the office they belong to. "
                    + "Its data comes here by the next exchange."
            )
        }
        return identity.space
    }

    private func save(
        _ steps: [ImportStep], into batch: Int64, actor: RecordID?,
        _ progress: (@Sendable (Int, Int) -> Void)?
    ) async throws {
        let total = steps.reduce(0) { $0 + $1.accepted }
        var done = 0
        for part in steps.transactions {
            try Task.checkCancellation()
            try await noteOwn(store.importRows(part, into: batch, context(actor: actor)))
            done += part.reduce(0) { $0 + $1.accepted }
            progress?(done, total)
        }
    }

    /// The guard file follows, and the sync job wakes.
    private func noteOwn(_ groups: [Int64]) async throws {
        guard !groups.isEmpty else { return }
        await noteCommit()
        changes.raise()
    }
}

/// The whole work of an import, made from what the office holds now.
private struct ImportWork {
    var steps: [ImportStep] = []
    var kept: [ImportProblem] = []

    init(_ reading: RegisterReading, node: LocalNode, office: SpaceID) async throws {
        let store = node.store
        let last = try await store.importedRecords(of: reading.layout.register.name)
        let directory = try await OfficeDirectory(store, office: office)
        let items = NamesakeMatch(last, identity: directory.identity).items(reading.items)
        // What an undone import left behind: is it still here?
        let left = items.compactMap { item -> (RecordType, RecordID)? in
            guard let known = last[item.entry.key], known.cells.isEmpty else { return nil }
            return (item.entry.type, known.record)
        }
        let unknown = items.map(\.entry).filter { last[$0.key] == nil }
        let plan = ImportPlan(
            items, last: last, present: Set(try await store.shown(left).keys),
            try await ImportRecognition(unknown, directory, store, office: office),
            newID: { node.newID(for: $0) })
        let present = try await store.shown(plan.touched)
        var edits: [Int: [RecordEdit]] = [:]
        var records: [Int: [String: ImportedRecord]] = [:]
        var keptRows: Set<Int> = []
        for line in plan.lines {
            let entry = line.item.entry
            let outcome = plan.outcome(of: line, present[line.id])
            if let edit = outcome.edit { edits[line.item.row, default: []].append(edit) }
            if let cells = plan.cells(of: line, outcome) {
                records[line.item.row, default: [:]][entry.key] = ImportedRecord(
                    record: line.id, cells: cells)
            }
            if !outcome.kept.isEmpty { keptRows.insert(line.item.row) }
            kept += outcome.kept.map { field in
                var problem = ImportProblem(
                    row: reading.goodRows[line.item.row],
                    column: reading.layout.header(of: entry.type, field), .keptHere)
                problem.type = entry.type.name
                problem.record = present[line.id]?.id ?? line.id
                return problem
            }
        }
        var cutter = ImportSteps()
        for row in reading.goodRows.indices {
            cutter.add(
                edits[row] ?? [], records[row] ?? [:], isKept: keptRows.contains(row))
        }
        cutter.close()
        steps = cutter.steps
    }
}

extension Store {
    /// Those of these records that people see, by the id that was asked for; an alias gives the
    /// record that stands for it.
    fileprivate func shown(
        _ ids: [(RecordType, RecordID)]
    ) async throws -> [RecordID: StoredRecord] {
        var found = try await labels(of: ids)
        let aliases = found.values.compactMap { record in record.alias.map { (record.type, $0) } }
        let survivors = try await labels(of: aliases)
        for (id, record) in found {
            if let alias = record.alias { found[id] = survivors[alias] }
        }
        return found.filter { $0.value.state == .shown || $0.value.state == .disputed }
    }
}
