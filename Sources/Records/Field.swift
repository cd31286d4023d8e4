import SyncCore

/// One field of a record type. Declared once and handed round with every write, so it is shared and
/// never copied.
public final class Field: Sendable {
    /// Unique in its type; never reused, never changed.
    public let number: UInt32
    /// As in the API, the table and the import: `service_needs`.
    public let name: String
    public let title: Title
    public let kind: Kind
    public let isRequired: Bool
    public let privacy: Privacy
    public let writer: Writer
    public let merge: MergeClass
    public let search: Search
    /// What a number may be, in the smallest unit of its kind. Both ends are allowed.
    public let range: ClosedRange<Int64>
    /// The form a text must have beyond its kind.
    public let format: Format

    /// From nothing to the greatest integer that every JSON reader keeps exactly (RFC 8259 §6).
    public static let anyAmount: ClosedRange<Int64> = 0...9_007_199_254_740_991

    public init(
        _ number: UInt32, _ name: String, _ title: Title, _ kind: Kind, required: Bool = false,
        privacy: Privacy = .business, writer: Writer = .both, merge: MergeClass = .latestWins,
        search: Search = .none, range: ClosedRange<Int64> = anyAmount, format: Format = .free
    ) {
        self.number = number
        self.name = name
        self.title = title
        self.kind = kind
        self.isRequired = required
        self.privacy = privacy
        self.writer = writer
        self.merge = merge
        self.search = search
        self.range = range
        self.format = format
    }

    /// Whether the field holds any number of elements instead of one value (class M6).
    public var isSet: Bool { merge == .set }

    /// What its values mean; decides the column, the input control and the JSON form.
    public indirect enum Kind: Hashable, Sendable {
        /// One line.
        case text
        /// Several lines.
        case longText
        case integer
        /// A number with this many decimal places, stored as an integer of its smallest unit.
        case decimal(places: Int, unit: String)
        /// Chinese yuan, stored in fen.
        case money
        case flag
        /// `2025-06-01`.
        case date
        /// `2025-06-01T09:30:00+08:00`.
        case time
        case choice([Choice])
        /// Another record, by the name of its type.
        case reference(String)
        /// Digits only, as `PhoneNumber` normalises them.
        case phone
        /// Part of a room's address: digits or letters, as `RoomAddress` normalises them.
        case roomPart
        /// Several named values as one JSON object, such as a visit's topic with opinion and
        /// suggestion.
        case structure([Part])
    }

    /// One of a closed list of values.
    public struct Choice: Hashable, Sendable {
        public let code: String
        public let title: Title
        /// Other words that registers and old programs write for it; read like the title, never
        /// written.
        public let spellings: [String]

        public init(_ code: String, _ zh: String, _ en: String, also spellings: [String] = []) {
            self.code = code
            self.spellings = spellings
            title = Title(zh, en)
        }
    }

    /// A named value inside a structure.
    public struct Part: Hashable, Sendable {
        public let name: String
        public let title: Title
        public let kind: Kind

        public init(_ name: String, _ title: Title, _ kind: Kind) {
            self.name = name
            self.title = title
            self.kind = kind
        }
    }

    /// How far a value may travel (domain.md §0.3).
    public enum Privacy: String, Hashable, Sendable {
        /// Priv-0.
        case `public` = "0"
        /// Priv-1.
        case business = "1"
        /// Priv-2: identity and contact.
        case personal = "2"
        /// Priv-3: never leaves the office.
        case officeOnly = "3"
        /// Priv-S: who complained, and what they said.
        case shielded = "S"

        /// Whether the values stand in a change of their own, so that they can be destroyed alone
        /// (merge.md §2).
        public var isPersonal: Bool { self != .public && self != .business }
    }

    /// A form that a text must have.
    public enum Format: Hashable, Sendable {
        case free
        /// This many lower-case hexadecimal digits.
        case hexadecimal(digits: Int)
        /// The name of an office space, such as `office/0123456789abcdef`.
        case officeSpace
    }

    /// How the search box finds the field.
    public enum Search: String, Hashable, Sendable {
        case none
        /// By a part of its text.
        case text
        /// By the whole number or its last four or more digits.
        case phone
        /// By the room's address: parts of one together with the other parts so marked, in the order
        /// of declaration; a reference by the address of the record it points to.
        case room
        /// By the room its text ends with (`翠湖花园3栋2单元501`), and by a part of the text.
        case place
        /// By the whole value, such as a document number.
        case number
    }

    /// Whether the search box looks for a part of the field's text.
    public var isSearchedByText: Bool { search == .text || search == .place }
}
