import Records
import SyncCore

/// What one row says about one record.
struct RegisterEntry: Sendable {
    let type: RecordType
    /// Names the record within its register, such as `household/…/3-2-501`. Rows with one key speak
    /// of one record.
    var key: String
    /// How a record that no import made is recognised.
    var recognition: Recognition
    /// How many rows of the file speak of the record, also those that do not go in.
    var rows = 1
    /// By field name. A field the file does not speak of is absent; an empty cell says `.empty`.
    private(set) var said: [String: Said] = [:]

    enum Recognition: Hashable, Sendable {
        case never
        case household(estate: RecordID, room: String)
        /// Somebody of this name in the household with this key, and with no other document number
        /// than this. Who is another than the first of that name has that very number.
        case occupant(household: String, name: String, identity: Value?, isOther: Bool)
        case occupancy(household: String, person: String, role: Value)
        /// By the text of a field that the search box finds as a number.
        case number(String)
        /// By equal values in these fields.
        case same([String])
    }

    /// What a cell means.
    enum Said: Hashable, Sendable {
        case value(Value)
        case elements([Value])
        /// A record made of the same row, by its key.
        case entry(String)
        /// A record of the office, by what the row calls it; nil when there is none by that name.
        case found(String, RecordID?)

        var isEmpty: Bool {
            switch self {
            case .value(let value): value == .empty
            case .elements(let values): values.isEmpty
            case .entry: false
            case .found(let source, _): source.isEmpty
            }
        }
    }

    init(_ type: RecordType, key: [String], recognition: Recognition = .never) {
        self.type = type
        self.key = key.joined(separator: "/")
        self.recognition = recognition
    }

    mutating func says(_ field: String, _ said: Said?) {
        precondition(type.field(named: field) != nil, "\(type.name) has no field \(field)")
        if let said { self.said[field] = said }
    }

    mutating func says(_ field: String, _ text: String) {
        says(field, .value(.text(text)))
    }

    /// The field in which a later row says something else; nil when both can be held together.
    func contradiction(with other: RegisterEntry) -> String? {
        for (field, new) in other.said.sorted(by: { $0.key < $1.key }) {
            guard let old = said[field], !old.isEmpty, !new.isEmpty, old != new else { continue }
            if case .elements = old { continue }
            return field
        }
        return nil
    }

    /// Takes over what another row says of the same record: what was empty, and further elements.
    mutating func add(_ other: RegisterEntry) {
        rows += other.rows
        for (field, new) in other.said {
            switch (said[field], new) {
            case (.elements(let old), .elements(let more)):
                said[field] = .elements(old + more.filter { !old.contains($0) })
            case (let old, _):
                if old?.isEmpty ?? true { said[field] = new }
            }
        }
    }
}
