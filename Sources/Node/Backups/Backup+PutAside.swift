import Foundation
import Records
import Store
import SyncCore
import Wire

extension Backup {
    /// Whether a folder holds a database that a restore put aside.
    static func isPutAside(_ folder: URL) -> Bool {
        folder.lastPathComponent.hasPrefix(PendingRestore.prefix)
            && FileManager.default.fileExists(atPath: folder.appending(path: databaseName).path)
    }

    var isPutAside: Bool { Self.isPutAside(folder) }

    /// What a restore put aside, to be put back like a backup.
    ///
    /// The database lies there as it stood, with its log and without a manifest; what that would say
    /// is read from it. The key lies there only when another node's took its place; otherwise it is
    /// still in the data folder around. Nothing is written.
    ///
    /// - Throws: `StoreError.damaged` when it cannot be read, or the key is not its node's.
    init(putAside folder: URL) async throws {
        let folder = folder.standardizedFileURL
        let own = folder.appending(path: Self.keyName)
        let around = folder.deletingLastPathComponent().appending(path: Self.keyName)
        (self.folder, restored) = (folder, nil)
        key = FileManager.default.fileExists(atPath: own.path) ? own : around
        do {
            manifest = try await BackupManifest(
                ofPutAside: folder.appending(path: Self.databaseName), key)
        } catch {
            throw StoreError(
                .damaged,
                "\(folder.path) 里的数据不能放回，什么也没有改动。 What was put aside in \(folder.path) cannot be put back, so nothing was changed.",
                cause: (error as? StoreError)?.message ?? error.reason)
        }
    }
}

extension BackupManifest {
    fileprivate init(ofPutAside database: URL, _ keyFile: URL) async throws {
        guard let key = SigningKey(seed: Array(try Data(contentsOf: keyFile))) else {
            throw StoreError(.damaged, "\(keyFile.path) does not hold a key.")
        }
        let store = try Store(
            lookingAt: database.path, isAlone: true, codec: GroupCodec(), sealing: key)
        guard let identity = try await store.identity(), try await store.isOwn() else {
            throw StoreError(
                .damaged,
                "\(keyFile.path) is another node's key. Put this one's node.key into the folder.")
        }
        let own = try await store.ownProgress()
        let spaces = try await store.spaces().map(Space.init)
        try store.close()
        let changed = try Data.changed(database)
        self.init(
            created: changed, verified: changed, program: "", schema: Catalogue.schema,
            node: key.publicKey.description, role: identity.role.rawValue, code: identity.code,
            name: identity.name, life: own.life, lastGroup: own.lastGroup,
            groups: spaces.reduce(0) { $0 + $1.groups }, spaces: spaces,
            databaseBytes: try Data.size(of: database), databaseHash: try PrivateFile.hash(database)
        )
    }
}
