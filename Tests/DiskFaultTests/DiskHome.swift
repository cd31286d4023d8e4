import Foundation
import Node
import SimulatedDisk
import Store
import Synchronization
import Wire

/// A node's home on a simulated disk, with the files of a data folder and its rules (`DataFolder`).
final class DiskHome: NodeHome {
    static let key = "node.key"
    static let guardFile = "guard.json"

    private let disk: Disk
    /// What the guard file says, as far as this process wrote it.
    private let written = Mutex<OwnProgress?>(nil)

    init(_ disk: Disk) {
        self.disk = disk
    }

    var name: String { "the simulated home" }
    var databasePath: String { disk.path(of: Machine.database) }
    var holdsKey: Bool { disk.size(of: Self.key) != nil }
    var holdsDatabase: Bool { disk.size(of: Machine.database) != nil }
    var neverWaits: Bool { true }

    func signingKey(random: (Int) -> [UInt8]) throws -> SigningKey {
        if holdsKey {
            let seed = try naming(Self.key) { try disk.read(Self.key) }
            guard let key = seed.flatMap(SigningKey.init(seed:)) else {
                throw StoreError(.damaged, "The key on the simulated disk is damaged.")
            }
            return key
        }
        let seed = random(32)
        guard let key = SigningKey(seed: seed) else {
            preconditionFailure("32 bytes are no Ed25519 seed")
        }
        try naming(Self.key) { try disk.replace(Self.key, with: seed, isSynced: true) }
        return key
    }

    func guardedProgress() -> OwnProgress? {
        // As in DataFolder: an unreadable guard file counts as missing.
        (try? disk.read(Self.guardFile)).flatMap {
            try? JSONDecoder().decode(OwnProgress.self, from: Data($0))
        }
    }

    func write(_ progress: OwnProgress) throws {
        try written.withLock { last in
            try put(progress, isSynced: last?.marks != progress.marks)
            last = progress
        }
    }

    var filesLookForeign: Bool {
        guard holdsDatabase else { return false }
        guard let guarded = guardedProgress() else { return marks.log != nil }
        return guarded.marks.map { $0 != marks } ?? false
    }

    func noteClosed(inOrder: Bool) {
        written.withLock { last in
            guard var progress = last else { return }
            progress.marks = inOrder ? marks : FileMarks(database: [], log: [])
            do {
                try put(progress, isSynced: true)
                last = progress
            } catch {
                // Then the next start looks more closely.
            }
        }
    }

    private var marks: FileMarks {
        FileMarks(
            database: disk.bytes(of: Machine.database, at: 0, count: 100) ?? [],
            log: disk.bytes(of: Machine.log, at: 0, count: 32) ?? [])
    }

    private func put(_ progress: OwnProgress, isSynced: Bool) throws {
        let bytes = Array(try JSONEncoder().encode(progress))
        try naming(Self.guardFile) {
            try disk.replace(Self.guardFile, with: bytes, isSynced: isSynced)
        }
    }

    private func naming<Made>(_ file: String, _ body: () throws -> Made) throws -> Made {
        do {
            return try body()
        } catch let failure as Disk.Failure {
            throw StoreError(.storageFailed, "The file \(file) failed.", cause: "\(failure)")
        }
    }
}
