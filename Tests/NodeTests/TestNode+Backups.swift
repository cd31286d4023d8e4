import Foundation
import Records
import Store

@testable import Node

/// Backups as the program makes them; a `TestNode.Backup` is one made by hand.
extension TestNode {
    func backUp() async throws -> Node.Backup {
        try await node.backUp(into: folder.appending(path: "backups"), program: "test")
    }

    /// Puts one back, with the node stopped meanwhile.
    func putBack(
        _ backup: Node.Backup, bringsLater: Bool = true, replacesAnotherNode: Bool = false,
        surroundings: Surroundings? = nil
    ) async throws -> RestoreReport {
        try close()
        let report = try await BackupRestore(
            backup, into: DataFolder(folder), bringsLater: bringsLater,
            replacesAnotherNode: replacesAnotherNode,
            surroundings: surroundings ?? clock.surroundings, log: .silent
        ).run()
        try await open()
        return report
    }
}

extension RestoreReport {
    /// What it says, in English.
    var words: String { sentences.map(\.en).joined(separator: "\n") }
}
