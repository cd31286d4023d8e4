import Foundation
import Glibc
import Store
import SyncCore
import Wire

/// The folder that is one node: database, key, guard file, lock and socket.
///
/// Exactly one process has it open; the lock ends with the process, however that ends.
public final class DataFolder: Sendable {
    public let url: URL
    private let lockDescriptor: Int32

    public var databasePath: String { url.appending(path: "gatehouse.db").path }
    /// Where the running node listens for the command line.
    public var socketPath: String { Self.socketPath(of: url) }

    /// The same for a folder that another process has open. A socket's path may have 107 bytes only; a deeper folder's
    /// socket lies in the user's own temporary folder under a name made of the path.
    public static func socketPath(of url: URL) -> String {
        let path = url.standardizedFileURL.appending(path: "node.sock").path
        guard path.utf8.count > 100 else { return path }
        var name: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in path.utf8 { name = (name ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return "/tmp/gatehouse-\(getuid())-\(String(name, radix: 16)).sock"
    }

    private var keyURL: URL { url.appending(path: "node.key") }
    private var guardURL: URL { url.appending(path: "guard.json") }

    /// Takes the lock of an existing folder, or of a new one.
    ///
    /// - Throws: `StoreError` `already-open` when another process holds it, `storage-failed` when the folder cannot be made.
    public init(_ url: URL) throws {
        self.url = url.standardizedFileURL
        do {
            try FileManager.default.createDirectory(
                at: url, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        } catch {
            throw StoreError(
                .storageFailed, "The data folder \(url.path) cannot be made.",
                cause: "\(error)")
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
                "The data folder \(url.path) is open in another process. Use that one, or stop it first.")
        }
        lockDescriptor = descriptor
    }

    deinit {
        Glibc.close(lockDescriptor)
    }

    /// Whether a node was made here.
    public static func exists(at url: URL) -> Bool {
        FileManager.default.fileExists(atPath: url.appending(path: "node.key").path)
    }

    // MARK: Key

    /// The node's key; made on first use, readable by its owner only.
    ///
    /// - Throws: `StoreError.damaged` when the file does not hold a key.
    public func signingKey() throws -> SigningKey {
        if let data = try? Data(contentsOf: keyURL) {
            guard let key = SigningKey(seed: Array(data)) else {
                throw StoreError(
                    .damaged, "The file \(keyURL.path) does not hold this node's key. Restore it from a backup.")
            }
            return key
        }
        let key = SigningKey()
        try write(Data(key.seed), to: keyURL, mode: 0o600)
        return key
    }

    // MARK: Guard file

    /// How far this node had come when it last told; nil before the first time, or when somebody removed the file.
    func guardedProgress() -> OwnProgress? {
        // An unreadable guard file counts as missing: that only begins a new life, which is always safe.
        (try? Data(contentsOf: guardURL)).flatMap {
            try? JSONDecoder().decode(OwnProgress.self, from: $0)
        }
    }

    /// Written after the commit, so it never runs ahead of the database. It is a hint and needs no fsync.
    func write(_ progress: OwnProgress) throws {
        try write(JSONEncoder().encode(progress), to: guardURL, mode: 0o600)
    }

    private func write(_ data: Data, to url: URL, mode: Int) throws {
        do {
            let partial = url.appendingPathExtension("partial")
            guard
                FileManager.default.createFile(
                    atPath: partial.path, contents: data, attributes: [.posixPermissions: mode]),
                rename(partial.path, url.path) == 0
            else {
                throw StoreError(
                    .storageFailed, "The file \(url.path) cannot be written.",
                    cause: String(cString: strerror(errno)))
            }
        }
    }
}
