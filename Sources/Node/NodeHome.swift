import Store
import Wire

/// Where a node lives: its database, its key and its guard file.
///
/// `DataFolder` is the one on a real disk; the simulator's lies on a disk that can lose power. Whoever
/// holds a home holds the node: no other process may open it.
public protocol NodeHome: AnyObject, Sendable {
    /// For messages: which home this is.
    var name: String { get }
    /// The database file, as SQLite opens it.
    var databasePath: String { get }
    /// Whether the database lies in memory, so that nothing ever waits for a disk.
    var neverWaits: Bool { get }
    /// Whether there is a node's key.
    var holdsKey: Bool { get }
    /// The node's key; made on first use.
    ///
    /// - Parameter random: gives the seed of a new key.
    /// - Throws: `StoreError` `damaged` or `storage-failed`.
    func signingKey(random: (Int) -> [UInt8]) throws -> SigningKey
    /// How far this node had come when it last told; nil before the first time, or when somebody
    /// removed the file.
    func guardedProgress() -> OwnProgress?
    /// Puts down how far the node has come; after the commit, so it never runs ahead of the database.
    ///
    /// - Throws: `StoreError.storageFailed`.
    func write(_ progress: OwnProgress) throws
    /// Whether a database was made here; a node without one was interrupted while it was restored.
    var holdsDatabase: Bool { get }
    /// Whether the database file and the write-ahead log beside it are not those the guard file was
    /// written for. Asked while nobody has the database open.
    var filesLookForeign: Bool { get }
    /// The database was closed: in order, or because the disk failed, so that the next start looks
    /// at everything.
    func noteClosed(inOrder: Bool)
    /// What to do when the database is damaged, in a sentence with the exact command.
    var wayBack: String { get }
}

extension NodeHome {
    public var holdsDatabase: Bool { true }
    public var filesLookForeign: Bool { false }
    public func noteClosed(inOrder: Bool) {}
    public var wayBack: String {
        "Restore a backup: gatehouse backup restore BACKUP --data \(name)"
    }
}

extension NodeHome {
    /// Whether a node was made here to the end, its key lost since or not. A key alone is what is
    /// left when the making was interrupted: no record was written yet, and it is made anew with that
    /// key.
    func isFounded() throws -> Bool {
        try guardedProgress() != nil || holdsDatabase && Store.role(path: databasePath) != nil
    }

    /// Why a home without a key is not opened.
    func withoutKey() throws -> StoreError {
        try isFounded()
            ? StoreError(
                .damaged,
                "The key of the node in \(name), node.key, is missing. Put it back from where the folder was copied. \(wayBack)"
            )
            : StoreError(
                .recordNotFound, "There is no node in \(name). Make one with gatehouse init.")
    }
}

extension NodeHome {
    public var neverWaits: Bool { false }
}
