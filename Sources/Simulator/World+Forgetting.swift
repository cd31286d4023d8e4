import Foundation
import GRDB
import Node
import Store
import SyncCore
import Wire

extension World {
    /// Superseded values that peers' backups no longer need go from this node's log (S34). None of
    /// a live write is among them (I10).
    func forget(_ node: SimulatedNode) async throws {
        try await withNode(node) { running in
            try await observe(node)
            let before = try logged(running)
            let report = try await running.store.forget(
                before: .max, limit: 1 + chance.below(200))
            tally.forgotten += report.bodies
            note("\(node.name) forgets \(report.bodies)")
            guard report.bodies > 0, node.running === running.local else { return }
            let after = try logged(running)
            for (number, stored) in before {
                guard let left = after[number] else {
                    throw Violation("I1", "\(node.name) forgot the whole of group \(number)")
                }
                if left != stored { try checkForgetting(stored, left, at: node) }
            }
        }
    }

    /// A group as the log's two columns hold it.
    private func logged(_ running: LocalRunning) throws -> [Int64: PackedGroup] {
        try running.store.inspect { db in
            try Row.fetchAll(
                db.cachedStatement(sql: "SELECT number, bytes, plain_length FROM log")
            ).reduce(into: [:]) { $0[$1[0]] = try PackedGroup($1, at: 1) }
        }
    }

    private func checkForgetting(
        _ stored: PackedGroup, _ left: PackedGroup, at node: SimulatedNode
    ) throws {
        let before = try GroupCodec().decode(try stored.plain())
        let after = try GroupCodec().decode(try left.plain())
        try demand(
            before.hash == after.hash && before.changes.count == after.changes.count, "I10",
            "\(node.name) made another group of \(before.hash) by forgetting")
        for (old, new) in zip(before.changes, after.changes) {
            for (position, value) in old.values.enumerated() where value != new.values[position] {
                // A note explains what its group wrote of the record, and goes with the last of it.
                let counts =
                    old.fields[position] == ReservedField.note
                    ? before.changes.contains {
                        $0.record == old.record && isLive($0, before, node)
                    }
                    : isLive(old, at: position, before, node)
                try demand(
                    new.values[position] == nil && !counts, "I10",
                    "\(node.name) forgot a value that counts, of field \(old.fields[position])")
            }
        }
    }

    private func isLive(_ change: Change, _ group: Group, _ node: SimulatedNode) -> Bool {
        change.fields.indices.contains {
            change.fields[$0] != ReservedField.note && isLive(change, at: $0, group, node)
        }
    }

    private func isLive(
        _ change: Change, at position: Int, _ group: Group, _ node: SimulatedNode
    ) -> Bool {
        node.model.isLive(
            WriteID(group: group.hash, index: change.firstIndex + UInt32(position)))
    }
}
