import Foundation
import Store
import SyncCore
import Wire

/// What was found when a backup was looked at again.
public struct BackupFinding: Sendable {
    public var backup: Backup
    /// Groups whose hashes, chain and seals were recomputed.
    public var groups = 0
    /// Each names a thing and what is wrong with it.
    public var faults: [String] = []
    /// The log was not looked into: an earlier version made it. It is when it is put back.
    public var isOfEarlierVersion = false

    public var isSound: Bool { faults.isEmpty }
}

extension Backup {
    /// Reads everything again: the sum of the file, SQLite's own check, every hash, chain, seal and
    /// digest, and whether the spaces hold what the manifest says. Writes nothing into the copy.
    ///
    /// - Parameter progress: done and in all, in thousandths.
    public func check(
        progress: (@Sendable (Int, Int) -> Void)? = nil
    ) async throws -> BackupFinding {
        var finding = BackupFinding(backup: self)
        let share = ProgressShare(progress)
        let sizes = share.part(0, 300)
        let hash = try PrivateFile.hash(database) { sizes($0, manifest.databaseBytes) }
        guard hash == manifest.databaseHash else {
            finding.faults.append(
                "The file \(database.path) is not the one that was backed up: its SHA-256 differs.")
            return finding
        }
        guard let key = try signingKey(), key.publicKey.description == manifest.node else {
            finding.faults.append("The file \(self.key.path) does not hold the node's key.")
            return finding
        }
        do {
            let store = try Store(
                lookingAt: database.path, isAlone: true, codec: GroupCodec(), sealing: key)
            guard try await store.isOfThisVersion() else {
                finding.isOfEarlierVersion = true
                return finding
            }
            let groups = share.part(300, 1_000)
            let report = try await store.verifyLog { groups(UInt64($0), UInt64($1)) }
            finding.groups = report.groups
            finding.faults += report.faults
            try await compare(store, &finding)
            try store.close()
        } catch let error as StoreError where error.code == .damaged {
            finding.faults.append(error.cause ?? error.message)
        }
        return finding
    }

    /// Nil when the file does not hold a key.
    func signingKey() throws -> SigningKey? {
        do {
            return SigningKey(seed: Array(try Data(contentsOf: key)))
        } catch {
            throw StoreError(
                .storageFailed, "The file \(key.path) cannot be read.", cause: error.reason)
        }
    }

    private func compare(_ store: Store, _ finding: inout BackupFinding) async throws {
        let found = try await store.spaces().map(BackupManifest.Space.init)
        for space in Set(found).symmetricDifference(manifest.spaces).map(\.space).sorted() {
            finding.faults.append("The space \(space) does not hold what the manifest says.")
        }
    }
}

/// Parts of one piece of work as thousandths of the whole.
struct ProgressShare: Sendable {
    private let tell: (@Sendable (Int, Int) -> Void)?

    init(_ tell: (@Sendable (Int, Int) -> Void)?) {
        self.tell = tell
    }

    /// What a part reports to, whatever it counts.
    func part(_ from: Int, _ to: Int) -> @Sendable (UInt64, UInt64) -> Void {
        let tell = tell
        return { done, total in
            let share = total == 0 ? 1 : Double(min(done, total)) / Double(total)
            tell?(from + Int(Double(to - from) * share), 1_000)
        }
    }
}
