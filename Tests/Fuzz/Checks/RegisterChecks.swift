import Records
import SyncCore
import Tables

@testable import Node

extension FuzzTarget {
    static let registers = [
        FuzzTarget(
            name: "register", share: 6, maximumBytes: 4_096,
            seeds: {
                let files = [
                    (0, "MH01-households"), (1, "MH01-tickets"), (2, "MH01-visits"),
                    (0, "MH02-households"), (1, "MH03-tickets"), (2, "MH03-visits"),
                ]
                return try files.map { [UInt8($0.0)] + (try Seeds.register($0.1, rows: 4)) }
            }, check: RegisterChecks.check)
    ]
}

/// Registers as the import understands them: the first byte chooses one, the rest is the file.
enum RegisterChecks {
    private static let estate = RecordID(home: .office(1), high: 1, low: 1)
    private static let directory = OfficeDirectory(
        estates: [OfficeDirectory.Estate(id: estate, name: "幸福花园")])

    static func check(_ bytes: [UInt8]) throws {
        var draws = Draws(bytes)
        let register = Register.all[draws.below(Register.all.count)]
        // Files that are no table, and tables without the register's columns, are refused.
        guard let table = try? Table.read(draws.remainder()),
            let reading = try? RegisterReading(table, as: register, directory)
        else { return }
        let rows = Set(table.rows.map(\.number))
        let good = Set(reading.goodRows)
        try law(good.count == reading.goodRows.count, "a good row is counted once")
        let bad = Set(reading.problems.map(\.row))
        try law(good.isDisjoint(with: bad), "a row is good or bad")
        try law(good.union(bad) == rows, "every row is good or bad")
        var keys: Set<String> = []
        for item in reading.items {
            let entry = item.entry
            try law(keys.insert(entry.key).inserted, "each record once")
            try law(reading.goodRows.indices.contains(item.row), "an item has a row")
            for (name, said) in entry.said { try holds(said, name, entry.type) }
            let cells = ImportCells(entry)
            try law(ImportCells(text: cells.text) == cells, "what is remembered is read back")
            try law(cells.changed(in: entry).isEmpty, "a file does not differ from itself")
        }
        for problem in reading.problems {
            try law(!problem.sentence.zh.isEmpty && !problem.reason.isEmpty, "a reason in words")
        }
    }

    /// A value that a register reads is one that may be saved.
    private static func holds(
        _ said: RegisterEntry.Said, _ name: String, _ type: RecordType
    ) throws {
        guard let field = type.field(named: name) else {
            throw BrokenLaw(description: "\(type.name) has no field \(name)")
        }
        switch said {
        case .value(.empty), .entry, .found: break
        case .value(let value):
            try always("\(type.name).\(name) may be saved") { try field.check(value) }
        case .elements(let values):
            for value in values {
                try always("\(type.name).\(name) may be saved") { try field.check(value) }
            }
        }
    }
}
