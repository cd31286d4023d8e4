import Records
import Tables

/// A file as a register understands it: what its good rows say, and everything that is wrong with
/// the others. Pure; the same for a test run and for the import itself.
struct RegisterReading: Sendable {
    /// One record that rows of the file speak of.
    struct Item: Sendable {
        var entry: RegisterEntry
        /// The place of the row that speaks of it first, counted among the good rows.
        var row: Int
    }

    let layout: RegisterLayout
    /// Each record once, in the order of the file; what an entry refers to stands before it or in
    /// the same row.
    private(set) var items: [Item] = []
    /// Numbers of the rows that go in.
    private(set) var goodRows: [Int] = []
    /// All that is wrong, by row and from left to right.
    private(set) var problems: [ImportProblem] = []
    private var places: [String: Int] = [:]
    /// By key: rows that speak of a record and do not go in, while no other speaks of it.
    private var rejected: [String: Int] = [:]

    /// - Throws: `ImportError` when the file has not the register's columns.
    init(_ table: Table, as register: Register, _ directory: OfficeDirectory) throws {
        layout = try RegisterLayout(register, header: table.header)
        var namesakes = Namesakes()
        for row in table.rows {
            var reading = RegisterRow(
                number: row.number, cells: row.cells, layout: layout, directory: directory,
                namesakes: namesakes)
            let entries = register.entries(&reading)
            namesakes = reading.namesakes
            take(entries, of: reading)
        }
    }

    private mutating func take(_ entries: [RegisterEntry], of row: RegisterRow) {
        var found = row.problems
        if found.isEmpty {
            found = entries.compactMap { entry in
                guard let place = places[entry.key],
                    let field = items[place].entry.contradiction(with: entry)
                else { return nil }
                return ImportProblem(
                    row: row.number, column: layout.header(of: entry.type, field), .contradiction)
            }
        }
        guard found.isEmpty else {
            problems += found
            for entry in entries {
                if let place = places[entry.key] {
                    items[place].entry.rows += 1
                } else {
                    rejected[entry.key, default: 0] += 1
                }
            }
            return
        }
        for entry in entries {
            if let place = places[entry.key] {
                items[place].entry.add(entry)
            } else {
                places[entry.key] = items.count
                var item = Item(entry: entry, row: goodRows.count)
                item.entry.rows += rejected[entry.key] ?? 0
                items.append(item)
            }
        }
        goodRows.append(row.number)
    }
}
