import Foundation
import GRDB
import Node
import Records
import Store
import SyncCore

extension World {
    /// Everything a node shows is what the groups it holds say (I2, I3, I4, I7).
    func audit(_ node: SimulatedNode) async throws {
        guard node.running != nil, !node.isInDoubt else { return }
        try await withNode(node) { running in
            for type in node.types where node.model.records[type.number] != nil {
                try await auditTable(of: type, running)
            }
            for space in node.sharedSpaces { try await checkClock(node, space) }
        }
    }

    private struct ShownRow: Sendable {
        var id: String
        var state: Int64
        var conflicts: String
        var live: [UInt8]
        var columns: [DatabaseValue]
    }

    private func auditTable(of type: RecordType, _ running: LocalRunning) async throws {
        let node = running.node
        let names = type.fields.map { "\"\($0.name)\"" }.joined(separator: ", ")
        let table = type.name.replacing("-", with: "_")
        let rows = try running.store.inspect { db in
            try Row.fetchAll(
                db.cachedStatement(
                    sql: "SELECT id, _state, _conflicts, _live, \(names) FROM \"\(table)\"")
            ).map { row in
                ShownRow(
                    id: row[0], state: row[1], conflicts: row[2] ?? "", live: Array(row[3] as Data),
                    columns: (4..<row.count).map { row[$0] })
            }
        }
        guard node.running === running.local else { return }
        let missing = try self.missing(running.local)
        let sharing = node.model.sharingNumbers(type) { write in
            guard !missing.contains(write), let name = type.series?.field,
                let field = type.field(named: name)
            else { return nil }
            return authored(write, field)
        }
        var shown: Set<RecordID> = []
        for row in rows {
            guard let id = RecordID(row.id) else {
                throw Violation("I13", "\(node.name) shows a row without an id")
            }
            shown.insert(id)
            try check(row, of: type, id, node, missing, sharesNumber: sharing.contains(id))
        }
        for id in node.model.records[type.number] ?? [] where !shown.contains(id) {
            try demand(
                node.model.live(id, type).isEmpty, "I1",
                "\(node.name) does not show \(type.name) \(id)")
        }
    }

    private func check(
        _ row: ShownRow, of type: RecordType, _ id: RecordID, _ node: SimulatedNode,
        _ missing: Set<WriteID>, sharesNumber: Bool
    ) throws {
        let live = try liveWrites(row.live, node)
        let expected = node.model.live(id, type)
        for field in Set(live.keys).union(expected.keys) {
            try demand(
                live[field] == expected[field], "I1",
                "\(node.name) shows other live writes of \(type.name) \(id) field \(field): \(live[field]?.count ?? 0) instead of \(expected[field]?.count ?? 0)"
            )
        }
        try demand(
            row.state == node.model.state(id, type).rawValue, "I4",
            "\(node.name) shows \(type.name) \(id) in state \(row.state) instead of \(node.model.state(id, type))"
        )
        var conflicts: Set<String> = []
        if sharesNumber, let number = type.series?.field { conflicts.insert(number) }
        for (field, column) in zip(type.fields, row.columns) {
            let writes = node.model.live(
                Slot(record: id, type: type.number, field: field.number))
            if writes.count > 1, field.merge != .set, field.merge != .latestWins {
                conflicts.insert(field.name)
            }
            guard field.merge != .set else { continue }
            let write = ReplicaModel.shown(writes, field)
            // Forgotten elsewhere, and what replaced it has not come yet: it is shown as missing.
            if let write, missing.contains(write.id) { continue }
            let value = write.flatMap { authored($0.id, field) }
            try demand(
                column == databaseValue(value), "I7",
                "\(node.name) shows another value of \(type.name) \(id) \(field.name) than was written"
            )
        }
        try demand(
            Set(row.conflicts.split(separator: ",").map(String.init)) == conflicts, "I7",
            "\(node.name) flags \(row.conflicts) of \(type.name) \(id) instead of \(conflicts.sorted())"
        )
    }

    /// Live writes whose values are not here, as the node says.
    func missing(_ running: LocalNode) throws -> Set<WriteID> {
        let rows = try running.store.inspect { db in
            try Row.fetchAll(
                db.cachedStatement(
                    sql: """
                        SELECT l.hash, m.write_index FROM missing m
                        JOIN log l ON l.number = m.group_number
                        """)
            ).map { (GroupHash($0[0] as Data), $0[1] as Int64) }
        }
        return Set(
            rows.compactMap { hash, index in
                hash.map { WriteID(group: $0, index: UInt32(truncatingIfNeeded: index)) }
            })
    }

    /// The value as its author wrote it, from outside the replica; nil where it is of a kind that
    /// the field does not have, which counts but shows as nothing (merge.md §5).
    private func authored(_ write: WriteID, _ field: Field) -> Value? {
        let value = groups[write.group]?.changes.first {
            write.index >= $0.firstIndex && write.index < $0.firstIndex + UInt32($0.fields.count)
        }.flatMap { $0.values[Int(write.index - $0.firstIndex)] }
        return switch (field.kind, value) {
        case (.integer, .integer), (.decimal, .integer), (.money, .integer), (.flag, .integer),
            (.reference, .record):
            value
        case (.integer, _), (.decimal, _), (.money, _), (.flag, _), (.reference, _): nil
        case (_, .text(let text)): text.utf8.contains(0) ? nil : value
        default: nil
        }
    }

    private func databaseValue(_ value: Value?) -> DatabaseValue {
        switch value {
        case nil, .empty: .null
        case .text(let text): text.databaseValue
        case .integer(let integer): integer.databaseValue
        case .record(let id): id.description.databaseValue
        }
    }

    /// The blob beside a row: runs of group number, first index, count and field numbers, unsigned
    /// LEB128 (design.md §6).
    private func liveWrites(
        _ blob: [UInt8], _ node: SimulatedNode
    ) throws -> [UInt32: Set<WriteID>] {
        var live: [UInt32: Set<WriteID>] = [:]
        var at = 0
        func next() throws -> UInt64 {
            var value: UInt64 = 0
            var shift: UInt64 = 0
            while at < blob.count, shift < 64 {
                value |= UInt64(blob[at] & 0x7F) << shift
                at += 1
                if blob[at - 1] < 0x80 { return value }
                shift += 7
            }
            throw Violation("I13", "\(node.name) holds a map of live writes that ends early")
        }
        while at < blob.count {
            let number = Int64(try next())
            let first = UInt32(try next())
            let count = UInt32(try next())
            guard let hash = node.hashes[number] else {
                throw Violation(
                    "I1", "\(node.name) shows a write of group \(number), which it does not hold")
            }
            for index in 0..<count {
                live[UInt32(try next()), default: []].insert(
                    WriteID(group: hash, index: first + index))
            }
        }
        return live
    }

    /// One record through the engine's own reading, as a page shows it.
    func checkRecord(_ running: LocalRunning, _ type: RecordType, _ id: RecordID) async throws {
        let node = running.node
        guard let type = node.types.first(where: { $0.number == type.number }),
            let record = try await running.store.record(type, id), record.id == id,
            node.running === running.local, !node.isInDoubt
        else { return }
        let missing = try self.missing(running.local)
        for (field, value) in zip(type.fields, record.values) where field.merge != .set {
            let writes = node.model.live(
                Slot(record: id, type: type.number, field: field.number))
            let write = ReplicaModel.shown(writes, field)
            if let write, missing.contains(write.id) { continue }
            let expected = write.flatMap { authored($0.id, field) } ?? .empty
            try demand(
                value == expected, "I9",
                "\(node.name) reads another value of \(type.name) \(id) \(field.name) than was saved"
            )
        }
    }
}
