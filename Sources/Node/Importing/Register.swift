import Records
import Tables

/// A list an office keeps in a spreadsheet: which columns it has and what a row of it says.
///
/// A new register is one file with one declaration, and a line in `all`.
public struct Register: Sendable {
    /// As in `gatehouse import NAME`; also names its rows in the bookkeeping, so it never changes.
    public let name: String
    /// Further names for the same list.
    public let otherNames: [String]
    public let title: Title
    let columns: [RegisterColumn]
    /// Of each of these lists at least one column must be in the file.
    let needs: [[String]]
    /// Where the first of these columns is in the file, the others must be too.
    let together: [[String]]
    /// What a row says about which records. Pure: it sees the row and the office's directory only,
    /// and notes in the row what is wrong with it.
    let entries: @Sendable (inout RegisterRow) -> [RegisterEntry]

    /// The largest file that is read at all.
    public static let maximumFileBytes = TableLimits.standard.maximumFileBytes

    /// Every register of the program.
    public static let all: [Register] = [households, tickets, visits]

    /// - Throws: `ImportError` `unknown-register`.
    public static func named(_ name: String) throws -> Register {
        guard let register = all.first(where: { $0.name == name || $0.otherNames.contains(name) })
        else {
            let known = all.flatMap { [$0.name] + $0.otherNames }.joined(separator: ", ")
            throw ImportError(
                .unknownRegister, "There is no such register. Import one of: \(known).")
        }
        return register
    }

    init(
        _ name: String, also otherNames: [String] = [], _ title: Title, columns: [RegisterColumn],
        needs: [[String]], together: [[String]] = [],
        entries: @escaping @Sendable (inout RegisterRow) -> [RegisterEntry]
    ) {
        self.name = name
        self.otherNames = otherNames
        self.title = title
        self.columns = columns
        self.needs = needs
        self.together = together
        self.entries = entries
        let names = columns.map(\.name)
        precondition(Set(names).count == names.count, "two columns of \(name) have one name")
        for used in (needs + together).joined() {
            precondition(names.contains(used), "\(name) has no column \(used)")
        }
    }
}

/// Where the columns of a register stand in one file.
struct RegisterLayout: Sendable {
    let register: Register
    /// By column name.
    private let places: [String: Int]
    private let header: [String]
    private let columns: [String: RegisterColumn]
    /// Direct columns that are in the file, by record type.
    private let direct: [UInt32: [(column: RegisterColumn, place: Int)]]
    /// Headers that mean nothing to this register.
    let ignored: [String]

    /// - Throws: `ImportError` `missing-column` or `repeated-column`.
    init(_ register: Register, header: [String]) throws {
        self.register = register
        self.header = header
        columns = Dictionary(uniqueKeysWithValues: register.columns.map { ($0.name, $0) })
        var places: [String: Int] = [:]
        var ignored: [String] = []
        for (place, text) in header.enumerated() {
            let folded = RegisterColumn.folded(text)
            guard let column = register.columns.first(where: { $0.headers.contains(folded) }) else {
                if !folded.isEmpty { ignored.append(text) }
                continue
            }
            guard places[column.name] == nil else {
                throw ImportError(
                    .repeatedColumn,
                    "The file has two columns for \(column.title.zh) (\(column.title.en)). "
                        + "Remove one of them."
                )
            }
            places[column.name] = place
        }
        self.places = places
        self.ignored = ignored
        direct = register.columns.reduce(into: [:]) { direct, column in
            guard column.isDirect, let type = column.type, let place = places[column.name] else {
                return
            }
            direct[type.number, default: []].append((column, place))
        }
        let missing =
            register.needs.filter { alternatives in alternatives.allSatisfy { places[$0] == nil } }
            .compactMap(\.first)
            + register.together.filter { places[$0[0]] != nil }.joined().filter {
                places[$0] == nil
            }
        if let name = missing.first, let column = columns[name] {
            throw ImportError(
                .missingColumn,
                "The file has no column \(column.title.zh) (\(column.title.en)). "
                    + "Name it so in the first row."
            )
        }
    }

    func column(_ name: String) -> RegisterColumn {
        guard let column = columns[name] else {
            preconditionFailure("the register \(register.name) has no column \(name)")
        }
        return column
    }

    /// Nil when the file has no such column.
    func place(of name: String) -> Int? { places[name] }

    func direct(_ type: RecordType) -> [(column: RegisterColumn, place: Int)] {
        direct[type.number] ?? []
    }

    /// The header of a column as it stands in the file; its title when it is not in the file.
    func header(of name: String) -> String {
        places[name].map { header[$0].filter { $0 != "\u{FEFF}" } } ?? column(name).title.zh
    }

    /// The header under which a field of a type stands.
    func header(of type: RecordType, _ field: String) -> String {
        let column = register.columns.first {
            $0.type?.number == type.number && $0.field?.name == field && places[$0.name] != nil
        }
        return column.map { header(of: $0.name) } ?? type.field(named: field)?.title.zh ?? field
    }
}
