import Foundation
import Node
import SimulatedDisk
import Store
import Wire

/// A node's home on a simulated disk: the database and the plain files beside it.
final class SimulatedHome: NodeHome {
    static let database = "gatehouse.db"
    static let log = "gatehouse.db-wal"
    static let key = "node.key"
    static let guardFile = "guard.json"

    let disk: Disk

    init(_ disk: Disk) {
        self.disk = disk
    }

    var name: String { "the simulated home" }
    var databasePath: String { disk.path(of: Self.database) }
    var neverWaits: Bool { true }
    var holdsKey: Bool { disk.size(of: Self.key) != nil }

    func signingKey(random: (Int) -> [UInt8]) throws -> SigningKey {
        if holdsKey {
            guard let key = SigningKey(seed: try read(Self.key)) else {
                throw StoreError(.damaged, "The key on the simulated disk is damaged.")
            }
            return key
        }
        let seed = random(32)
        guard let key = SigningKey(seed: seed) else {
            preconditionFailure("32 bytes are no Ed25519 seed")
        }
        try write(seed, to: Self.key, isSynced: true)
        return key
    }

    func guardedProgress() -> OwnProgress? {
        // As in DataFolder: an unreadable guard file counts as missing.
        (try? read(Self.guardFile)).flatMap {
            try? JSONDecoder().decode(OwnProgress.self, from: Data($0))
        }
    }

    func write(_ progress: OwnProgress) throws {
        try write(Array(JSONEncoder().encode(progress)), to: Self.guardFile, isSynced: false)
    }

    private func read(_ name: String) throws -> [UInt8] {
        do {
            guard let bytes = try disk.read(name) else {
                throw StoreError(.storageFailed, "\(name) is missing.")
            }
            return bytes
        } catch let failure as Disk.Failure {
            throw StoreError(.storageFailed, "\(name) cannot be read.", cause: "\(failure)")
        }
    }

    private func write(_ bytes: [UInt8], to name: String, isSynced: Bool) throws {
        do {
            try disk.replace(name, with: bytes, isSynced: isSynced)
        } catch {
            throw StoreError(.storageFailed, "\(name) cannot be written.", cause: "\(error)")
        }
    }
}
