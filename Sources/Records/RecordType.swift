import SyncCore

/// The one declaration of a record type. Table, validation, API, pages, import, export and merge
/// all come from it.
///
/// Adding a field is one line in the type's file; adding a type is one file and one line in
/// `Catalogue`. Like its fields it is shared and never copied.
public final class RecordType: Sendable {
    /// Stands in every change of such a record; never reused, never changed
    /// (Protocol/records.json).
    public let number: UInt32
    /// Plural noun as in addresses: `households`, `work-orders`.
    public let name: String
    public let title: Title
    /// The kind of space its records belong in.
    public let home: SpaceID.Kind
    /// Which role may create one.
    public let creator: Writer
    public let fields: [Field]
    /// Gives out human numbers when a record is created without one.
    public let series: NumberSeries?
    /// Names of the fields that together say which thing this is: two records with one key show as
    /// one. Empty: no such key.
    public let naturalKey: [String]
    /// Names of the fields a person would call the record by, most telling first.
    public let label: [String]
    /// Names of the fields a list shows, in order.
    public let columns: [String]
    /// What must hold between fields of one record; a save that breaks one is refused (`problems`).
    public let rules: [Rule]

    /// Position in `fields` by number; the numbers are small, and every write asks.
    private let fieldsByNumber: [Int?]
    private let fieldsByName: [String: Int]

    /// - Precondition: numbers and names are unique, numbers begin at `ReservedField.firstOwn`, and
    ///   every name used in `naturalKey`, `label`, `columns`, `rules` and `series` is a field. The
    ///   field of a series is append-only and searched by number. A wrong declaration stops the
    ///   program at its first use.
    public init(
        _ number: UInt32, _ name: String, _ title: Title, home: SpaceID.Kind,
        creator: Writer = .both, series: NumberSeries? = nil, naturalKey: [String] = [],
        label: [String], columns: [String], rules: [Rule] = [], fields: [Field]
    ) {
        self.number = number
        self.name = name
        self.title = title
        self.home = home
        self.creator = creator
        self.series = series
        self.naturalKey = naturalKey
        self.label = label
        self.columns = columns
        self.rules = rules
        self.fields = fields
        fieldsByNumber = fields.indices.reduce(
            into: Array(repeating: nil, count: Int(fields.map(\.number).max() ?? 0) + 1)
        ) { positions, position in positions[Int(fields[position].number)] = position }
        fieldsByName = Dictionary(
            uniqueKeysWithValues: fields.indices.map { (fields[$0].name, $0) })
        precondition(
            fields.allSatisfy { $0.number >= ReservedField.firstOwn },
            "a field of \(name) uses a reserved number")
        precondition(
            Set(fields.map(\.number)).count == fields.count,
            "two fields of \(name) have one number")
        let named = naturalKey + label + columns + rules.flatMap(\.fields)
        for used in named + [series?.field, series?.choiceField].compactMap({ $0 }) {
            precondition(fieldsByName[used] != nil, "\(name) has no field \(used)")
        }
        if let field = series.flatMap({ field(named: $0.field) }) {
            precondition(
                field.merge == .appendOnly && field.search == .number,
                "the number of \(name) can be changed, or is not found by its key")
        }
    }

    public func field(number: UInt32) -> Field? {
        position(ofField: number).map { fields[$0] }
    }

    public func field(named name: String) -> Field? {
        fieldsByName[name].map { fields[$0] }
    }

    /// Where in `fields` the field with this number stands.
    public func position(ofField number: UInt32) -> Int? {
        number < fieldsByNumber.count ? fieldsByNumber[Int(number)] : nil
    }

    /// Whether the home of such records may be this space.
    public func belongs(in space: SpaceID) -> Bool { space.kind == home }

    /// The space a field of a record is written in: office-only fields leave the shared space for
    /// the private one.
    public func space(of field: Field, home: SpaceID) -> SpaceID {
        field.privacy == .officeOnly && !PlantedBug.writePrivateFieldsShared.isPlanted
            ? home.privateCompanion ?? home : home
    }

    /// Whether a write counts (Protocol/merge.md §5). Reserved fields follow the creator for
    /// `created` and anyone for the rest.
    ///
    /// - Parameters:
    ///   - number: the field's number.
    ///   - home: the record's home space.
    ///   - space: the space of the group that holds the write.
    ///   - isCreating: whether the same group creates the record.
    public func admits(
        field number: UInt32, by role: Role, home: SpaceID, in space: SpaceID, isCreating: Bool
    ) -> Bool {
        guard belongs(in: home) else { return false }
        switch number {
        case ReservedField.created: return space == home && creator.includes(role)
        case ReservedField.deleted: return space == home
        case ReservedField.note: return true
        default: break
        }
        guard let field = field(number: number), space == self.space(of: field, home: home) else {
            return false
        }
        if isCreating && creator.includes(role) || PlantedBug.admitEveryRole.isPlanted {
            return true
        }
        // Office-only values of a record stand in another space than its creation, and have no
        // other writer than the office.
        if field.merge == .appendOnly { return space != home && role == .office }
        return field.writer.includes(role)
    }

    /// What must hold between the fields of one record.
    public enum Rule: Hashable, Sendable {
        /// A date or time that may not lie before another of the same kind. Holds while either is
        /// missing.
        case inOrder(String, then: String)
        /// At least one of these has a value.
        case oneOf([String])

        var fields: [String] {
            switch self {
            case .inOrder(let first, let then): [first, then]
            case .oneOf(let names): names
            }
        }
    }
}

/// Which roles may write.
public enum Writer: String, Hashable, Sendable {
    case office
    case headquarters = "hq"
    case both

    public func includes(_ role: Role) -> Bool {
        switch self {
        case .both: true
        case .office: role == .office
        case .headquarters: role == .headquarters
        }
    }
}
