import Records
import SyncCore

/// One row of a file while a register reads it: gives its cells as values and collects what is
/// wrong.
struct RegisterRow {
    let number: Int
    let directory: OfficeDirectory
    private let layout: RegisterLayout
    private let cells: [String]
    private(set) var problems: [ImportProblem] = []
    /// Who was named in the rows before.
    var namesakes: Namesakes

    init(
        number: Int, cells: [String], layout: RegisterLayout, directory: OfficeDirectory,
        namesakes: Namesakes
    ) {
        self.number = number
        self.cells = cells
        self.layout = layout
        self.directory = directory
        self.namesakes = namesakes
    }

    /// Whether the file has the column at all.
    func has(_ column: String) -> Bool { layout.place(of: column) != nil }

    /// The cell's text; empty when it is blank or the file has no such column.
    func text(_ column: String) -> String {
        guard let place = layout.place(of: column), !cells[place].isBlank else { return "" }
        return cells[place]
    }

    mutating func reject(_ column: String, _ reason: ImportReason) {
        problems.append(
            ImportProblem(row: number, column: layout.header(of: column), reason))
    }

    mutating func reject(_ type: RecordType, _ field: String, _ reason: String, _ sentence: Title) {
        problems.append(
            ImportProblem(
                row: number, column: layout.header(of: type, field), reason: reason,
                sentence: sentence))
    }

    // MARK: Cells as values

    /// What a cell says; nil when the file has no such column or the cell is wrong, which is noted.
    mutating func said(_ name: String) -> RegisterEntry.Said? {
        guard let place = layout.place(of: name) else { return nil }
        return said(layout.column(name), place)
    }

    /// The single value of a cell; nil also when it is empty.
    mutating func value(_ name: String) -> Value? {
        guard case .value(let value)? = said(name), value != .empty else { return nil }
        return value
    }

    /// A cell read as the value of a field other than the column's own.
    mutating func value(_ name: String, as field: Field) -> Value? {
        guard let place = layout.place(of: name),
            case .value(let value)? = said(layout.column(name), field, cells[place]),
            value != .empty
        else { return nil }
        return value
    }

    private mutating func said(_ column: RegisterColumn, _ place: Int) -> RegisterEntry.Said? {
        guard let field = column.field else {
            preconditionFailure("the column \(column.name) is read by its register")
        }
        return said(column, field, cells[place])
    }

    private mutating func said(
        _ column: RegisterColumn, _ field: Field, _ text: String
    ) -> RegisterEntry.Said? {
        if let missing = column.missing, text.isBlank {
            reject(column.name, missing)
            return nil
        }
        do {
            return field.isSet
                ? .elements(try field.elements(fromText: text))
                : .value(try field.value(fromText: text))
        } catch {
            problems.append(
                ImportProblem(
                    row: number, column: layout.header(of: column.name),
                    reason: column.bad?.rawValue ?? error.code.rawValue,
                    sentence: column.bad?.sentence ?? error.sentence))
            return nil
        }
    }

    /// Carries the direct columns of the entry's type over into it.
    mutating func fill(_ entry: inout RegisterEntry) {
        for (column, place) in layout.direct(entry.type) {
            entry.says(column.field?.name ?? column.name, said(column, place))
        }
        checkOrder(of: entry)
    }

    private mutating func checkOrder(of entry: RegisterEntry) {
        for case .inOrder(let first, let later) in entry.type.rules {
            // Dates and times are stored so that their texts sort as they do.
            guard case .value(.text(let start))? = entry.said[first],
                case .value(.text(let end))? = entry.said[later],
                end.utf8.lexicographicallyPrecedes(start.utf8),
                let problem = entry.type.problems(
                    in: [first: .text(start), later: .text(end)], creating: false
                ).first
            else { continue }
            reject(entry.type, problem.field, problem.code.rawValue, problem.sentence)
        }
    }
}

extension String {
    /// Whether a person would say that nothing stands in the cell.
    var isBlank: Bool {
        unicodeScalars.allSatisfy {
            $0.properties.isWhitespace || $0.value == 0x200B || $0.value == 0xFEFF
        }
    }
}
