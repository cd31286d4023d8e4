import SyncCore

/// Why the store refused, in three parts: a stable code, a sentence for people, and what lies
/// beneath.
public struct StoreError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// Another process has the data folder open.
        case alreadyOpen = "already-open"
        /// A setting that keeps acknowledged data safe could not be made.
        case unsafeStorage = "unsafe-storage"
        /// The database was written by a newer program.
        case newerDatabase = "newer-database"
        /// The file is damaged.
        case damaged
        /// The data folder holds another node than the backup is of.
        case anotherNode = "another-node"
        /// The record does not exist here.
        case recordNotFound = "record-not-found"
        /// A field to be written changed after the version the person was shown.
        case changedMeanwhile = "changed-meanwhile"
        /// The save would exceed a limit of the protocol.
        case tooLarge = "too-large"
        /// The role of this node may not write the field.
        case notAllowed = "not-allowed"
        /// The disk or SQLite refused.
        case storageFailed = "storage-failed"
        /// There is no room on the disk; works again when there is.
        case storageFull = "storage-full"
        /// Another program holds the database; works again when it is done.
        case storageBusy = "storage-busy"

        /// Whether the same may work later without anything else being done here.
        public var endsByItself: Bool { self == .storageFull || self == .storageBusy }
    }

    public var code: Code
    /// Names the thing and the next step; never a person's data.
    public var message: String
    public var cause: String?

    public init(_ code: Code, _ message: String, cause: String? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    public var description: String {
        "\(code.rawValue): \(message)" + (cause.map { " (\($0))" } ?? "")
    }
}
