import Foundation
import Records
import SimulatedDisk
import Store
import SyncCore
import Wire

@testable import Node

extension Flow {
    /// Backups lie in real folders, by design. So the backup itself is made from a disk that fails
    /// into one that does not; what SQLite does with the copy, and with the database that a restore
    /// prepares, is done once more with these files on the failing disk.
    static let backups: [Flow] = [
        Flow(name: "backup", prepare: saveSome) { company in
            let folder = FileManager.default.temporaryDirectory.appending(
                path: "gatehouse-\(UUID().uuidString)")
            // Left over, it harms nobody.
            defer { try? FileManager.default.removeItem(at: folder) }
            let node = company.office.node
            let backup: Backup
            do {
                backup = try await node.backUp(into: folder, program: "test")
            } catch {
                guard try Backup.shelf(in: folder, of: node.key.publicKey).whole.isEmpty else {
                    throw Wrong(what: "a backup that failed counts")
                }
                throw error
            }
            try expectSound(await backup.check().faults, "the backup")
            try await node.store.keep(backups: [backup.kept].compactMap(\.self))
        },
        Flow(name: "the copy of a backup", prepare: saveSome) { company in
            let machine = company.office
            let copy = try await copied(machine)
            do {
                try expectSound(await copy.verify().faults, "the copy")
                let held = try await machine.node.store.spaces().map(BackupManifest.Space.init)
                guard try await copy.spaces().map(BackupManifest.Space.init) == held else {
                    throw Wrong(what: "another content in the copy")
                }
                try copy.close()
            } catch {
                try? copy.close()  // What went wrong first is what is told.
                throw error
            }
        },
        Flow(
            name: "restore, the databases",
            prepare: { company in
                try await saveSome(company)
                try await copied(company.office).close()
                let disk = company.office.disk
                disk.copy(copyName, to: disk, as: keptName)
                for room in 0..<6 { try await company.office.node.saveHousehold("91\(room)") }
            },
            run: restore),
    ]

    /// What one of these flows found although nothing was thrown.
    struct Wrong: Error {
        var what: String
    }

    /// A disk that fails says nothing about a file, so none of these has a fault.
    static func expectSound(_ faults: [String], _ thing: String) throws {
        if !faults.isEmpty { throw Wrong(what: "\(thing): \(faults.joined(separator: "; "))") }
    }

    private static let copyName = "copy.db"
    private static let keptName = "kept.db"
    private static let preparedName = "restoring.db"

    private static func remove(_ name: String, _ disk: Disk) {
        for end in ["", "-wal", "-shm", "-journal"] { disk.remove(name + end) }
    }

    private static func copied(_ machine: Machine) async throws -> Store {
        remove(copyName, machine.disk)
        let path = machine.disk.path(of: copyName)
        try await machine.node.store.copy(to: path)
        return try Store(
            path: path, role: nil, codec: GroupCodec(), sealing: machine.node.key,
            neverWaits: true)
    }

    /// As `BackupRestore` does it, on a stopped node.
    private static func restore(_ company: Company) async throws {
        let machine = company.office
        let rooms = try await machine.node.rooms()
        let key = machine.node.key
        try machine.close()
        remove(preparedName, machine.disk)
        machine.disk.copy(keptName, to: machine.disk, as: preparedName)
        let restored = try Store(
            path: machine.disk.path(of: preparedName), role: nil, codec: GroupCodec(),
            sealing: key, neverWaits: true)
        try expectSound(await restored.verify().faults, "the copy")
        try await restored.beginAfterRestore(life: machine.surroundings.lifeName())
        try await restored.note("1", named: BackupJob.restoredNote)
        let later = try Store(
            lookingAt: machine.home.databasePath, isAlone: false, codec: GroupCodec(),
            sealing: key)
        let found = await LaterChanges(later, restored, machine.surroundings)
            .find(bringing: true) { _, _ in }
        try later.close()
        if let problem = found.problem { throw StoreError(.storageFailed, problem) }
        let brought = try await restored.list(.allRooms).records.map { ($0.id, $0.value("room")) }
        guard Dictionary(uniqueKeysWithValues: brought) == rooms else {
            throw Wrong(what: "not all rooms were brought over")
        }
        try expectSound(await restored.verify().faults, "what was restored")
        try restored.close()
        try await machine.start()
    }
}
