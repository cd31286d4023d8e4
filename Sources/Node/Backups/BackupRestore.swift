import Foundation
import Logging
import Records
import Store
import SyncCore
import Wire

/// Puts a backup in the place of a node's database, with the node stopped.
///
/// Everything is prepared and checked beside the node's files first; only then are those put aside
/// and the prepared ones moved in. The restored replica begins a new life before anybody can write
/// in it.
public struct BackupRestore: Sendable {
    private let backup: Backup
    private let folder: DataFolder
    private let bringsLater: Bool
    private let replacesAnotherNode: Bool
    private let backups: URL
    private let surroundings: Surroundings
    private let log: Logger

    /// - Parameters:
    ///   - folder: of the stopped node, or a new one; its lock is held.
    ///   - bringsLater: whether what the present database holds beyond the backup is brought over.
    ///   - replacesAnotherNode: whether the folder may hold another node than the backup is of.
    ///   - backups: where a node of this folder keeps its backups; nil for backups in the folder.
    public init(
        _ backup: Backup, into folder: DataFolder, bringsLater: Bool = true,
        replacesAnotherNode: Bool = false, backups: URL? = nil,
        surroundings: Surroundings = .system, log: Logger
    ) {
        self.backup = backup
        self.folder = folder
        self.bringsLater = bringsLater
        self.replacesAnotherNode = replacesAnotherNode
        self.backups = backups ?? folder.url.appending(path: "backups")
        self.surroundings = surroundings
        self.log = log
    }

    private var prepared: URL { PendingRestore.folder(in: folder.url) }

    /// - Parameter progress: done and in all, in thousandths.
    /// - Throws: `StoreError`; `damaged` when the backup is not sound, `another-node` when the folder
    ///   holds another node and may not. Then the node's files are as they were.
    public func run(progress: (@Sendable (Int, Int) -> Void)? = nil) async throws -> RestoreReport {
        do {
            return try await put(ProgressShare(progress))
        } catch {
            // Committed or not is decided in there: what was committed is finished at the next
            // opening, and what was not is thrown away.
            try PendingRestore.finish(in: folder.url)
            throw error
        }
    }

    private func put(_ share: ProgressShare) async throws -> RestoreReport {
        guard let key = try backup.signingKey(),
            key.publicKey.description == backup.manifest.node
        else { throw unsound("Its file node.key does not hold the key it was made with.") }
        let present = try await Present(in: folder, key)
        guard present.state != .anotherNode || replacesAnotherNode else {
            throw anotherNode(present.identity)
        }
        let now = surroundings.now()
        var report = RestoreReport(backup: backup, at: now)
        try PrivateFile.makeFolder(prepared)
        let bytes = share.part(0, 300)
        let hash = try PrivateFile.copy(
            backup.database, to: prepared.appending(path: DataFolder.names.database)
        ) { bytes($0, backup.manifest.databaseBytes) }
        guard hash == backup.manifest.databaseHash else {
            throw unsound("Its database is not the one that was backed up: the SHA-256 differs.")
        }
        if backup.isPutAside, FileManager.default.fileExists(atPath: backup.log.path) {
            _ = try PrivateFile.copy(
                backup.log, to: prepared.appending(path: DataFolder.names.database + "-wal"))
        }
        let progress = try await begin(key, present, &report, share)
        try present.store?.close()
        if present.key != .same {
            try PrivateFile.write(
                key.seed, to: prepared.appending(path: DataFolder.names.key))
        }
        try PrivateFile.write(
            Array(JSONEncoder().encode(progress)),
            to: prepared.appending(path: DataFolder.names.guardFile))
        let aside = UTCName.free(in: folder.url, prefix: PendingRestore.prefix, at: now)
        try PendingRestore(
            replaced: aside.lastPathComponent, replacesKey: present.key == .another
        ).commit(in: folder.url)
        try PendingRestore.finish(in: folder.url)
        if FileManager.default.fileExists(atPath: aside.path) { report.replaced = aside }
        noteRestored(now)
        return report
    }

    private func unsound(_ cause: String) -> StoreError {
        StoreError(
            .damaged,
            "The backup \(backup.folder.path) is damaged, so nothing was changed. Choose another: gatehouse backup list.",
            cause: cause)
    }

    private func anotherNode(_ identity: Identity?) -> StoreError {
        let manifest = backup.manifest
        let ours =
            Role(rawValue: manifest.role)?.title(manifest.code)
            ?? Title(manifest.code, manifest.code)
        let there =
            identity.map { $0.role.title($0.code) }
            ?? Title("读不出是哪一个", "it cannot be read which")
        return StoreError(
            .anotherNode,
            "这份备份是\(ours.zh)的，数据目录 \(folder.url.path) 里却是另一个节点（\(there.zh)），所以什么也没有改动。请用 --data 换一个目录；确实要换掉那个节点，就加上 --replace-another-node。 The backup is of \(ours.en), but the data folder \(folder.url.path) holds another node (\(there.en)), so nothing was changed. Name another folder with --data, or add --replace-another-node if that node is really to be replaced."
        )
    }

    /// Checks the copy, begins a new life in it, and brings over what the present database has more.
    ///
    /// - Returns: what the guard file is to say.
    private func begin(
        _ key: SigningKey, _ present: Present, _ report: inout RestoreReport,
        _ share: ProgressShare
    ) async throws -> OwnProgress {
        let path = prepared.appending(path: DataFolder.names.database).path
        let store: Store
        do {
            store = try Store(path: path, role: nil, codec: GroupCodec(), sealing: key)
        } catch let error as StoreError where error.code == .damaged {
            throw unsound(error.cause ?? error.message)
        }
        let groups = share.part(300, 800)
        let found = try await store.verify { groups(UInt64($0), UInt64($1)) }
        guard found.isSound else { throw unsound(found.faults.joined(separator: " ")) }
        let held = Int64(found.groups)
        try await store.beginAfterRestore(life: surroundings.lifeName())
        try await store.note(String(report.at), named: BackupJob.restoredNote)
        report.atMost = present.guarded.map { max(0, max(0, $0.lastGroup) - held) }
        report.before = present.state
        report.stood = present.identity
        if present.state == .anotherNode {
            // What cannot be counted is said to be unknown.
            report.onlyThere = folder.holdsDatabase ? try? await onlyThere(present) : 0
        } else if let later = present.store {
            report.later = await LaterChanges(later, store, surroundings)
                .find(bringing: bringsLater, share.part(800, 1_000))
        }
        var progress = try await store.ownProgress()
        // The database moves in without a log, so nothing may be left in that.
        try store.checkpoint()
        try store.close()
        progress.marks = FileMarks(closedDatabase: path)
        return progress
    }

    /// How many of another node's saves are in none of its backups and were received by nobody.
    private func onlyThere(_ present: Present) async throws -> Int? {
        let kept = try present.node.map { try Backup.shelf(in: backups, of: $0).whole } ?? []
        return try await present.store?.nowhereElse(besides: kept.compactMap(\.kept))
    }

    /// In the backup, so that its list says which ones were tried. It may lie on a medium that cannot
    /// be written; the replica has noted it too.
    private func noteRestored(_ now: UInt64) {
        do {
            try backup.note(restoredAt: now)
        } catch {
            log.notice("The backup cannot be marked as restored.", metadata: ["error": "\(error)"])
        }
    }
}

/// What stands in the data folder before a restore.
private struct Present {
    enum Key {
        case none, same, another
    }

    /// The file; another one may also hold no key at all.
    let key: Key
    let state: RestoreReport.Before
    /// Only when it can be read; it is looked at and never written.
    let store: Store?
    /// Who it says it is.
    let identity: Identity?
    /// By the key.
    let node: NodeKey?
    let guarded: OwnProgress?

    /// Whose folder it is tells its key, and without one that can be read the database.
    init(in folder: DataFolder, _ ours: SigningKey) async throws {
        let keyFile = folder.url.appending(path: DataFolder.names.key)
        let bytes = FileManager.default.contents(atPath: keyFile.path).map { Array($0) }
        key = bytes.map { $0 == ours.seed ? .same : .another } ?? .none
        let theirs = bytes.flatMap { SigningKey(seed: $0) }
        node = theirs?.publicKey
        // Why a database cannot be read does not matter: it is put aside as it is.
        store =
            folder.holdsDatabase
            ? try? Store(
                lookingAt: folder.databasePath, isAlone: true, codec: GroupCodec(),
                sealing: theirs ?? ours) : nil
        identity = try? await store?.identity()
        let isAnother: Bool
        if theirs != nil {
            isAnother = key == .another
        } else if identity != nil {
            isAnother = (try? await store?.isOwn()) == false
        } else {
            isAnother = false
        }
        state =
            isAnother
            ? .anotherNode
            : store != nil ? .readable : folder.holdsDatabase ? .unreadable : .nothing
        // Another node's guard file says nothing about this one.
        guarded = isAnother ? nil : folder.guardedProgress()
    }
}
