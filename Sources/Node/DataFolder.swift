import Foundation
import Glibc
import Store
import SyncCore
import Synchronization
import Wire

/// The folder that is one node: database, key, guard file, lock and socket.
///
/// Exactly one process has it open; the lock ends with the process, however that ends.
public final class DataFolder: NodeHome {
    public let url: URL
    private let lockDescriptor: Int32
    /// What the guard file says.
    private let written = Mutex<OwnProgress?>(nil)

    public var name: String { url.path }
    public var holdsKey: Bool { FileManager.default.fileExists(atPath: keyURL.path) }
    public var databasePath: String { url.appending(path: "gatehouse.db").path }
    /// Where the running node listens for the command line.
    public var socketPath: String { Self.socketPath(of: url) }

    /// The same for a folder that another process has open. A socket's path may have 107 bytes
    /// only; a deeper folder's socket lies in the user's own temporary folder under a name made of
    /// the path.
    public static func socketPath(of url: URL) -> String {
        let path = url.standardizedFileURL.appending(path: "node.sock").path
        guard path.utf8.count > 100 else { return path }
        var name: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in path.utf8 { name = (name ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return "/tmp/gatehouse-\(getuid())-\(String(name, radix: 16)).sock"
    }

    /// The names of what a node is made of.
    static let names = (
        database: "gatehouse.db", key: "node.key", guardFile: "guard.json"
    )

    private var keyURL: URL { url.appending(path: "node.key") }
    private let guardURL: URL

    /// Takes the lock of an existing folder, or of a new one.
    ///
    /// - Throws: `StoreError` `already-open` when another process holds it, `storage-failed` when
    ///   the folder cannot be made.
    public init(_ url: URL) throws {
        self.url = url.standardizedFileURL
        guardURL = self.url.appending(path: "guard.json")
        do {
            try FileManager.default.createDirectory(
                at: url, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        } catch {
            throw StoreError(
                .storageFailed, "The data folder \(url.path) cannot be made.",
                cause: error.reason)
        }
        let path = url.appending(path: "node.lock").path
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw StoreError(
                .storageFailed, "The lock \(path) cannot be opened.",
                cause: String(cString: strerror(errno)))
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            Glibc.close(descriptor)
            throw StoreError(
                .alreadyOpen,
                "The data folder \(url.path) is open in another process. Use that one, or stop it first."
            )
        }
        lockDescriptor = descriptor
        try PendingRestore.finish(in: self.url)
    }

    deinit {
        Glibc.close(lockDescriptor)
    }

    /// Whether there is anything of a node: its key, its database or its guard file.
    public static func exists(at url: URL) -> Bool {
        [names.key, names.database, names.guardFile].contains {
            FileManager.default.fileExists(atPath: url.appending(path: $0).path)
        }
    }

    // MARK: Key

    /// The node's key; made on first use, readable by its owner only.
    ///
    /// - Parameter random: gives the seed of a new key.
    /// - Throws: `StoreError.damaged` when the file does not hold a key.
    public func signingKey(random: (Int) -> [UInt8]) throws -> SigningKey {
        if holdsKey {
            // Only a missing file means a new node: a key that cannot be read just now must not be
            // replaced.
            let data: Data
            do {
                data = try Data(contentsOf: keyURL)
            } catch {
                throw StoreError(
                    .storageFailed, "The file \(keyURL.path) cannot be read.",
                    cause: error.reason)
            }
            guard let key = SigningKey(seed: Array(data)) else {
                throw StoreError(
                    .damaged,
                    "The file \(keyURL.path) does not hold this node's key. Restore it from a backup."
                )
            }
            return key
        }
        let seed = random(32)
        guard let key = SigningKey(seed: seed) else {
            preconditionFailure("32 bytes are no Ed25519 seed")
        }
        try write(Data(seed), to: keyURL, durably: true)
        return key
    }

    // MARK: Guard file

    /// How far this node had come when it last told; nil before the first time, or when somebody
    /// removed the file.
    public func guardedProgress() -> OwnProgress? {
        // An unreadable guard file counts as missing: that only begins a new life, which is always
        // safe.
        (try? Data(contentsOf: guardURL)).flatMap {
            try? JSONDecoder().decode(OwnProgress.self, from: $0)
        }
    }

    /// Written after the commit, so it never runs ahead of the database. Of two saves at once the
    /// later one's word stays.
    ///
    /// It is written in place and flushed only when the files beside it changed: a torn or older
    /// one after a power cut costs a closer look at the start, at worst a new life.
    public func write(_ progress: OwnProgress) throws {
        try written.withLock { last in
            if let last, last.life == progress.life, last.lastGroup >= progress.lastGroup,
                last.marks == progress.marks || last.lastGroup > progress.lastGroup
            {
                return
            }
            try writeGuard(progress, durably: last?.marks != progress.marks)
            last = progress
        }
    }

    /// One sector, so that it changes as a whole.
    private func writeGuard(_ progress: OwnProgress, durably: Bool) throws {
        do {
            var bytes = Array(try JSONEncoder().encode(progress))
            let size = (bytes.count / 512 + 1) * 512
            bytes += [UInt8](repeating: UInt8(ascii: " "), count: size - bytes.count - 1)
            bytes.append(UInt8(ascii: "\n"))
            let file = open(guardURL.path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
            guard file >= 0 else { throw Errno() }
            defer { Glibc.close(file) }
            guard pwrite(file, bytes, bytes.count, 0) == bytes.count,
                ftruncate(file, off_t(bytes.count)) == 0, !durably || fdatasync(file) == 0
            else { throw Errno() }
        } catch {
            throw StoreError(
                .storageFailed, "The file \(guardURL.path) cannot be written.", cause: "\(error)")
        }
    }

    public func noteClosed(inOrder: Bool) {
        written.withLock { last in
            guard var progress = last else { return }
            progress.marks =
                inOrder
                ? FileMarks(closedDatabase: databasePath) : FileMarks(database: [], log: [])
            do {
                try writeGuard(progress, durably: true)
                last = progress
            } catch {
                // Then the next start looks more closely.
            }
        }
    }

    /// Whose folder it is, also while its node runs; nil where no node can be read.
    public static func nodeKey(in url: URL) -> NodeKey? {
        guard let seed = try? Data(contentsOf: url.appending(path: "node.key")) else { return nil }
        return SigningKey(seed: Array(seed))?.publicKey
    }

    public var wayBack: String {
        let folder = url.appending(path: "backups")
        // Where none can be read, none is named.
        let newest = Self.nodeKey(in: url).flatMap {
            try? Backup.shelf(in: folder, of: $0).whole.first?.folder.path
        }
        return
            "Restore a backup: gatehouse backup restore \(newest ?? "BACKUP") --data \(url.path)"
    }

    public var holdsDatabase: Bool { FileManager.default.fileExists(atPath: databasePath) }

    public var filesLookForeign: Bool {
        guard holdsDatabase else { return false }
        let marks = FileMarks(closedDatabase: databasePath)
        // Without a guard file nobody knows whose a log is.
        guard let guarded = guardedProgress() else { return marks.log != nil }
        // A guard file of an earlier version has none.
        return guarded.marks.map { $0 != marks } ?? false
    }

    /// The system's word for what just failed.
    private struct Errno: Error, CustomStringConvertible {
        let description = String(cString: strerror(errno))
    }

    /// Puts a whole file in the place of another, readable by its owner only.
    private func write(_ data: Data, to url: URL, durably: Bool) throws {
        let partial = url.appendingPathExtension("partial")
        do {
            guard
                FileManager.default.createFile(
                    atPath: partial.path, contents: nil, attributes: [.posixPermissions: 0o600])
            else { throw CocoaError(.fileWriteUnknown) }
            let file = try FileHandle(forWritingTo: partial)
            defer { try? file.close() }  // The write above said whether it worked.
            try file.write(contentsOf: data)
            if durably { try file.synchronize() }
            guard rename(partial.path, url.path) == 0 else {
                throw CocoaError(
                    .fileWriteUnknown,
                    userInfo: [NSLocalizedDescriptionKey: String(cString: strerror(errno))])
            }
        } catch {
            throw StoreError(
                .storageFailed, "The file \(url.path) cannot be written.", cause: "\(error)")
        }
    }
}
