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
    /// - Throws: `StoreError`: `damaged` when there is no whole backup there, `newer-database` when
    ///   this program does not know its format, `storage-failed` when it cannot be read.
    public init(at folder: URL) throws {
        self.folder = folder
        key = folder.appending(path: Self.keyName)
        let file = folder.appending(path: Self.manifestName)
        let bytes: Data
        do {
            guard try Data.size(of: file) <= BackupManifest.maximumBytes else {
                throw Self.notWhole(folder, "\(Self.manifestName) is too large.")
            }
            bytes = try Data(contentsOf: file)
        } catch let error as StoreError {
            throw error
        } catch let error as CocoaError where error.code == .fileReadNoSuchFile {
            throw Self.notWhole(folder, error.reason)
        } catch {
            throw StoreError(
                .storageFailed,
                "The file \(file.path) cannot be read. Look at its disk and its permissions.",
                cause: error.reason)
        }
        do {
            guard
                try JSONDecoder().decode(Format.self, from: bytes).format
                    == BackupManifest.currentFormat
            else {
                throw StoreError(
                    .newerDatabase,
                    "The backup \(folder.path) was made by a newer program. Install that version or a later one."
                )
            }
            manifest = try JSONDecoder().decode(BackupManifest.self, from: bytes)
            guard manifest.isPlausible else {
                throw Self.notWhole(folder, "\(Self.manifestName) says what no backup says.")
            }
        } catch let error as DecodingError {
            throw Self.notWhole(folder, error.reason)
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

    private struct Format: Decodable {
        var format: Int
    }

    private static func notWhole(_ folder: URL, _ cause: String) -> StoreError {
        StoreError(
            .damaged,
            "There is no whole backup in \(folder.path). gatehouse backup list shows those there are.",
            cause: cause)
    }

    /// What a folder of backups holds of a node. Other nodes may keep theirs in it, and people other
    /// things.
    public struct Shelf: Sendable {
        /// The newest first.
        public var whole: [Backup] = []
        /// The newest, whether it is whole or not: the one to look at.
        public var newest: Backup?
        /// The names of those that are there and cannot be put back: files are missing or cut off, or
        /// the manifest is, and then nobody knows whose it was.
        public var broken: [String] = []
    }

    /// Goes through a folder of backups; the copies are not looked at.
    ///
    /// - Throws: `storage-failed` when the folder is there and cannot be read: then nobody knows
    ///   whether it is empty.
    public static func shelf(in folder: URL, of node: NodeKey) throws(StoreError) -> Shelf {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        } catch CocoaError.fileReadNoSuchFile {
            return Shelf()
        } catch {
            throw StoreError(
                .storageFailed,
                "The folder of backups \(folder.path) cannot be read. Look at its disk and its permissions, or name another with the setting backup-folder.",
                cause: error.reason)
        }
        var found: [Backup] = []
        var shelf = Shelf()
        for name in names where !name.hasPrefix(".") {
            do {
                let backup = try Backup(at: folder.appending(path: name))
                if backup.manifest.node == node.description { found.append(backup) }
            } catch let error as StoreError where error.code == .damaged {
                if UTCName.isName(name) { shelf.broken.append(name) }
            } catch {
                // Another node's, or a newer program's.
            }
        }
        found.sort { ($0.manifest.created, $0.name) > ($1.manifest.created, $1.name) }
        shelf.newest = found.first
        shelf.whole = found.filter(\.isComplete)
        shelf.broken = (shelf.broken + found.filter { !$0.isComplete }.map(\.name)).sorted()
        return shelf
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
