import Glibc
import Synchronization

/// The database file as it was opened, by what the system knows it by.
///
/// One process opens it once: Debian 12's SQLite 3.40.1 can corrupt a write-ahead log when two
/// connections write or checkpoint at once. And it must stay the file it was: one that is put in its
/// place under a running node would take over names that were given out already.
final class OpenFile: Sendable {
    private struct Name: Hashable {
        var device: UInt
        var number: UInt
    }

    private static let open = Mutex<Set<Name>>([])

    private let path: String
    private let name: Name
    private let isOpen = Mutex(true)

    /// Nil for a file that the system does not know: one that is still to be made, or that lies on
    /// a simulated disk.
    ///
    /// - Throws: `StoreError.alreadyOpen` when this process has it open.
    init?(_ path: String) throws {
        guard let name = Self.name(of: path) else { return nil }
        guard Self.open.withLock({ $0.insert(name).inserted }) else {
            throw StoreError(
                .alreadyOpen,
                "The database \(path) is open already in this program. Use that connection.")
        }
        self.path = path
        self.name = name
    }

    /// Whether a write-ahead log with anything in it lies beside a database.
    static func hasLog(_ path: String) -> Bool {
        var facts = stat()
        return stat(path + "-wal", &facts) == 0 && facts.st_size > 0
    }

    deinit { close() }

    func close() {
        let wasOpen = isOpen.withLock { isOpen in
            defer { isOpen = false }
            return isOpen
        }
        if wasOpen { _ = Self.open.withLock { $0.remove(name) } }
    }

    /// What to say when another file stands in its place, or none; nil while all is well.
    func replaced() -> FileReplaced? {
        Self.name(of: path) == name ? nil : FileReplaced(path: path)
    }

    /// A small save may find its place in a log that was there already; the disk is still full.
    private static let leastRoom: UInt64 = 1 << 20

    var hasRoom: Bool {
        var facts = statvfs()
        guard statvfs(path, &facts) == 0 else { return true }
        return UInt64(facts.f_bavail) * UInt64(facts.f_frsize) >= Self.leastRoom
    }

    private static func name(of path: String) -> Name? {
        var facts = stat()
        guard stat(path, &facts) == 0 else { return nil }
        return Name(device: UInt(facts.st_dev), number: UInt(facts.st_ino))
    }
}

/// The database file was replaced or removed under the running node.
struct FileReplaced: Error {
    let path: String

    var error: StoreError {
        StoreError(
            .storageFailed,
            "The database file \(path) was replaced or removed while the node was running. The node stops, so that nothing is saved into a file that is gone. Put backups back with gatehouse backup restore only."
        )
    }
}
