import Foundation
import Store
import SyncCore
import Wire

/// One backup on disk: a folder with the database, the key and the manifest; or what a restore put
/// aside, which has no manifest (`Backup+PutAside.swift`).
public struct Backup: Hashable, Sendable {
    public var folder: URL
    public var manifest: BackupManifest
    /// The node's, for what was put aside perhaps the one in the data folder around.
    let key: URL
    /// When it was last put back somewhere, in milliseconds since 1970 UTC; nil if never.
    public var restored: UInt64?

    public var name: String { folder.lastPathComponent }

    static let databaseName = "gatehouse.db"
    static let keyName = "node.key"
    static let manifestName = "manifest.json"
    static let restoredName = "restored.json"

    var database: URL { folder.appending(path: Self.databaseName) }
    /// Beside a database that was put aside as it stood; the copy in a backup is whole without one.
    var log: URL { folder.appending(path: Self.databaseName + "-wal") }

    /// Reads what a folder says of itself; the copy is not looked at.
    ///
    /// - Throws: `StoreError.damaged` when there is no backup there.
    public init(at folder: URL) throws {
        self.folder = folder
        key = folder.appending(path: Self.keyName)
        do {
            manifest = try JSONDecoder().decode(
                BackupManifest.self,
                from: Data(contentsOf: folder.appending(path: Self.manifestName)))
        } catch {
            throw StoreError(
                .damaged,
                "There is no whole backup in \(folder.path). gatehouse backup list shows those there are.",
                cause: error.reason)
        }
        guard manifest.format == BackupManifest.currentFormat else {
            throw StoreError(
                .newerDatabase,
                "The backup \(folder.path) was made by a newer program. Install that version or a later one."
            )
        }
        // A note that cannot be read only hides when it was put back.
        restored = (try? Data(contentsOf: folder.appending(path: Self.restoredName))).flatMap {
            try? JSONDecoder().decode(Restored.self, from: $0).at
        }
    }

    /// What can be put back: a backup, by its own folder or by its name among those kept in a folder,
    /// or what a restore put aside (`replaced-…`), by its folder.
    ///
    /// - Throws: `StoreError.damaged` when there is neither, or what was put aside cannot be read.
    public static func find(_ name: String, in folder: URL) async throws -> Backup {
        let path = URL(filePath: name, directoryHint: .isDirectory)
        if isPutAside(path) { return try await Backup(putAside: path) }
        let isPath = FileManager.default.fileExists(atPath: path.path)
        return try Backup(at: isPath ? path : folder.appending(path: name))
    }

    /// The backups in a folder that belong to a node, the newest first. What is missing, unreadable
    /// or not whole does not count.
    ///
    /// - Throws: `storage-failed` when the folder is there and cannot be read: then nobody knows
    ///   whether it is empty.
    public static func all(in folder: URL, of node: NodeKey) throws(StoreError) -> [Backup] {
        try listed(in: folder, of: node).filter(\.isComplete)
    }

    /// The newest backup of a node in a folder, whether it is whole or not: the one to look at. Other
    /// nodes may keep theirs in the same folder.
    ///
    /// - Throws: as `all`.
    public static func newest(in folder: URL, of node: NodeKey) throws(StoreError) -> Backup? {
        try listed(in: folder, of: node).first
    }

    /// The names of folders that should be backups of a node and cannot be put back: files are
    /// missing or cut off, or the manifest cannot be read, and then nobody knows whose it was.
    ///
    /// - Throws: as `all`.
    public static func broken(in folder: URL, of node: NodeKey) throws(StoreError) -> [String] {
        try names(in: folder).filter { name in
            do {
                let backup = try Backup(at: folder.appending(path: name))
                return backup.manifest.node == node.description && !backup.isComplete
            } catch {
                // People may keep other things beside their backups.
                return (error as? StoreError)?.code == .damaged && UTCName.isName(name)
            }
        }.sorted()
    }

    private static func listed(in folder: URL, of node: NodeKey) throws(StoreError) -> [Backup] {
        try names(in: folder)
            .compactMap { try? Backup(at: folder.appending(path: $0)) }
            .filter { $0.manifest.node == node.description }
            .sorted { ($0.manifest.created, $0.name) > ($1.manifest.created, $1.name) }
    }

    private static func names(in folder: URL) throws(StoreError) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder.path)
                .filter { !$0.hasPrefix(".") }
        } catch CocoaError.fileReadNoSuchFile {
            return []
        } catch {
            throw StoreError(
                .storageFailed,
                "The folder of backups \(folder.path) cannot be read. Look at its disk and its permissions, or name another with the setting backup-folder.",
                cause: error.reason)
        }
    }

    /// Whether its files are there in the size they had when it was checked.
    var isComplete: Bool {
        let size = try? FileManager.default.attributesOfItem(atPath: database.path)[.size]
        return size as? UInt64 == manifest.databaseBytes
            && FileManager.default.isReadableFile(atPath: key.path)
    }

    /// What it covers, for forgetting.
    ///
    /// Nil when the manifest does not name its groups as it should.
    var kept: KeptBackup? {
        var clocks: [SpaceID: VectorClock] = [:]
        for space in manifest.spaces {
            guard let (id, clock) = space.clock else { return nil }
            clocks[id] = clock
        }
        return KeptBackup(name: name, madeAt: manifest.created, clocks: clocks)
    }

    /// Says in the backup that it was put back: only such a one is known to be good for it.
    func note(restoredAt now: UInt64) throws {
        try PrivateFile.write(
            Array(JSONEncoder().encode(Restored(at: now))),
            to: folder.appending(path: Self.restoredName))
    }

    /// Says in the backup that it was checked again. It may lie on a medium that cannot be written;
    /// then only its list does not say so. What was put aside stays as it stood.
    public func note(verifiedAt now: UInt64) {
        guard !isPutAside else { return }
        var manifest = manifest
        manifest.verified = now
        try? manifest.write(to: folder)
    }

    private struct Restored: Codable {
        var at: UInt64
    }
}
