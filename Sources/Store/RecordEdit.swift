import Records
import SyncCore

/// What a person, a program or an import wants one record to say.
public struct RecordEdit: Sendable {
    public enum Target: Sendable {
        /// A new record with this id.
        case create(RecordID)
        case change(RecordID)
        case delete(RecordID)
        /// Takes a deletion back.
        case restore(RecordID)

        public var id: RecordID {
            switch self {
            case .create(let id), .change(let id), .delete(let id), .restore(let id): id
            }
        }
    }

    /// A field's new content.
    public enum Content: Hashable, Sendable {
        case value(Value)
        /// All elements a set is to have.
        case elements([Value])
        /// A decision between siblings: names all that were shown.
        case resolution(Value)
    }

    public var type: RecordType
    public var target: Target
    /// By field number.
    public var contents: [UInt32: Content]
    /// Why; kept in the history.
    public var note: String?
    /// What the person had in front of them.
    public var shown: Shown

    public enum Shown: Hashable, Sendable {
        /// The record as this version showed it; later writes are not named.
        case version(RecordVersion)
        /// Everything this replica holds at the moment of saving.
        case latest
        /// The named groups only: how an import takes back its own writes and nobody else's.
        case groups(Set<Int64>)
    }

    public init(
        _ type: RecordType, _ target: Target, contents: [UInt32: Content] = [:],
        note: String? = nil, shown: Shown = .latest
    ) {
        self.type = type
        self.target = target
        self.contents = contents
        self.note = note
        self.shown = shown
    }
}

/// A record's `_version`: the life of this replica and the position at which it last applied
/// something to the record.
public struct RecordVersion: Hashable, Sendable, LosslessStringConvertible {
    public var life: String
    public var position: Int64

    public init(life: String, position: Int64) {
        self.life = life
        self.position = position
    }

    public init?(_ description: String) {
        let parts = description.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, let position = Int64(parts[1]), position >= 0
        else { return nil }
        self.init(life: String(parts[0]), position: position)
    }

    public var description: String { "\(life).\(position)" }
}

/// Who saves, when and with which chance: what the store must not take from anywhere else.
public struct SaveContext: Sendable {
    /// The member of staff; nil when nobody was named.
    public var actor: RecordID?
    /// Milliseconds since 1970 UTC.
    public var wallClock: UInt64
    /// The office's code, for numbers; `HQ` at headquarters.
    public var officeCode: String
    /// `202511`: the local month, for numbers.
    public var month: String
    /// The version of the catalogue.
    public var schema: UInt32
    /// 16 fresh random bytes at each call.
    public var random: @Sendable () -> [UInt8]

    public init(
        actor: RecordID?, wallClock: UInt64, officeCode: String, month: String,
        schema: UInt32 = Catalogue.schema, random: @escaping @Sendable () -> [UInt8]
    ) {
        self.actor = actor
        self.wallClock = wallClock
        self.officeCode = officeCode
        self.month = month
        self.schema = schema
        self.random = random
    }
}

/// Fields that changed after the version the person was shown; the save changed nothing.
public struct ChangedMeanwhile: Error, Sendable {
    public var record: RecordID
    /// Field names.
    public var fields: [String]
}
