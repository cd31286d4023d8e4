import Foundation
import Logging
import Records
import Store
import SyncCore
import Wire

extension LocalNode {
    /// Makes a backup while everybody goes on working, checks it, and only then gives it its name.
    ///
    /// The copy is opened by itself and gone through as `verify` does: SQLite's own check, hashes,
    /// chain, seals, digests, and the projection against the log. Memory does not grow with it.
    ///
    /// - Parameters:
    ///   - parent: where the backup's own folder goes; made when it is not there.
    ///   - program: the version of this program.
    ///   - progress: done and in all, in thousandths.
    /// - Throws: `StoreError` `storage-full`, `storage-failed`, or `damaged` when the copy is not
    ///   sound; then there is no backup.
    public func backUp(
        into parent: URL, program: String, progress: (@Sendable (Int, Int) -> Void)? = nil
    ) async throws -> Backup {
        let created = surroundings.now()
        let share = ProgressShare(progress)
        try PrivateFile.makeFolder(parent)
        try removePartials(in: parent)
        let partial = parent.appending(path: "\(partialPrefix)\(created)")
        try PrivateFile.makeFolder(partial)
        do {
            let database = partial.appending(path: Backup.databaseName)
            let pages = share.part(0, 350)
            try await store.copy(to: database.path) { pages(UInt64($0), UInt64($1)) }
            try restrict(database)
            try PrivateFile.write(key.seed, to: partial.appending(path: Backup.keyName))
            var manifest = try await verified(database, created, program, share.part(350, 850))
            let size = try Data.size(of: database)
            let bytes = share.part(850, 1_000)
            manifest.databaseBytes = size
            manifest.databaseHash = try PrivateFile.hash(database) { bytes($0, size) }
            manifest.verified = surroundings.now()
            try manifest.write(to: partial)
            try PrivateFile.flush(partial)
            let folder = UTCName.free(in: parent, at: created)
            try PrivateFile.move(partial, to: folder)
            log.notice("A backup was made and checked.", metadata: ["groups": "\(manifest.groups)"])
            return try Backup(at: folder)
        } catch {
            try? FileManager.default.removeItem(at: partial)  // What went wrong is what is told.
            throw error
        }
    }

    /// Nobody but this node removes what it began: other nodes may keep backups in the same folder.
    private var partialPrefix: String { ".partial-\(key.publicKey.description.prefix(8))-" }

    private func removePartials(in parent: URL) throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: parent.path)
        where name.hasPrefix(partialPrefix) {
            try? FileManager.default.removeItem(at: parent.appending(path: name))
        }
    }

    private func restrict(_ file: URL) throws {
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o600], ofItemAtPath: file.path)
    }

    /// Opens the copy, goes through it, and says what it holds.
    private func verified(
        _ database: URL, _ created: UInt64, _ program: String,
        _ progress: @escaping @Sendable (UInt64, UInt64) -> Void
    ) async throws -> BackupManifest {
        let copy = try Store(
            path: database.path, role: nil, codec: GroupCodec(), sealing: key)
        do {
            let report = try await copy.verify { progress(UInt64($0), UInt64($1)) }
            guard report.isSound else {
                throw StoreError(
                    .damaged,
                    "The copy is not sound, so there is no new backup. Run gatehouse verify --data \(homeName).",
                    cause: report.faults.joined(separator: " "))
            }
            guard let identity = try await copy.identity() else {
                throw StoreError(.damaged, "The copy belongs to no office.")
            }
            let own = try await copy.ownProgress()
            let manifest = BackupManifest(
                created: created, verified: created, program: program, schema: Catalogue.schema,
                node: key.publicKey.description, role: identity.role.rawValue,
                code: identity.code, name: identity.name, life: own.life,
                lastGroup: own.lastGroup, groups: report.groups,
                spaces: try await copy.spaces().map(BackupManifest.Space.init),
                databaseBytes: 0, databaseHash: "")
            try copy.close()
            return manifest
        } catch {
            try? copy.close()  // What went wrong is what is told.
            throw error
        }
    }
}

extension Data {
    /// Bytes a file has.
    static func size(of file: URL) throws -> UInt64 {
        try FileManager.default.attributesOfItem(atPath: file.path)[.size] as? UInt64 ?? 0
    }

    /// When a file was last written, in milliseconds since 1970 UTC.
    static func changed(_ file: URL) throws -> UInt64 {
        let facts = try FileManager.default.attributesOfItem(atPath: file.path)
        let date = facts[.modificationDate] as? Date
        return UInt64(clamping: Int64((date?.timeIntervalSince1970 ?? 0) * 1_000))
    }
}

/// Moments as names of files and folders.
enum UTCName {
    /// A name that nothing in a folder has, such as `2025-11-22T01-02-03Z`: in UTC and without
    /// colons, which some disks do not take. The same second again gets a number: clocks stand still.
    static func free(in parent: URL, prefix: String = "", at milliseconds: UInt64) -> URL {
        let date = Date(timeIntervalSince1970: Double(milliseconds) / 1_000)
        let name = prefix + date.formatted(.iso8601).replacing(":", with: "-")
        var url = parent.appending(path: name)
        var number = 2
        while FileManager.default.fileExists(atPath: url.path) {
            url = parent.appending(path: "\(name)-\(number)")
            number += 1
        }
        return url
    }

    /// Whether something was named here, without a prefix.
    static func isName(_ name: String) -> Bool {
        name.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ(-\d+)?/) != nil
    }
}
