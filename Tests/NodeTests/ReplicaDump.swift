import GRDB
import Records
import SyncCore

@testable import Store

/// Everything the projection says, without what is local to one replica, as lines that can be
/// compared.
struct ReplicaDump: Equatable {
    private(set) var lines: Set<String> = []

    /// - Parameter isShared: leave out what headquarters and other nodes of the office do not get.
    init(_ store: Store, isShared: Bool = false) async throws {
        lines = try await store.queue.read { db in
            try Reading(db: db, store: store, isShared: isShared).lines()
        }
    }

    /// What only one of two replicas says.
    func differences(from other: ReplicaDump) -> [String] {
        (lines.subtracting(other.lines).map { "- " + $0 }
            + other.lines.subtracting(lines).map { "+ " + $0 }).sorted()
    }
}

private struct Reading {
    let db: Database
    let store: Store
    let isShared: Bool

    func lines() throws -> Set<String> {
        var lines: Set<String> = []
        for table in store.tables.all {
            let hidden = table.type.fields.filter { isShared && $0.privacy == .officeOnly }
            for row in try Row.fetchAll(db, sql: "SELECT * FROM \"\(table.name)\"") {
                let id: String = row["id"]
                if let line = try line(of: row, table.type, without: hidden) {
                    lines.insert("\(table.name) \(id) \(line)")
                }
                let number: Int64 = row["row"]
                lines.formUnion(
                    try beside(number, table.type, without: hidden).map {
                        "\(table.name) \(id) \($0)"
                    })
            }
        }
        return lines
    }

    private func line(
        of row: Row, _ type: RecordType, without hidden: [Field]
    ) throws -> String? {
        var parts: [String] = []
        for (name, value) in row
        where !["id", "row", "_position", "_live", "_conflicts"].contains(name) {
            guard !hidden.contains(where: { $0.name == name }) else { continue }
            parts.append("\(name)=\(value.description)")
        }
        let conflicts = (row["_conflicts"] as String? ?? "").split(separator: ",").filter { name in
            !hidden.contains { $0.name == name }
        }
        parts.append("conflicts=\(conflicts)")
        var live = try LiveMap(blob: (row["_live"] as Blob).bytes).writes
        for field in hidden { live[field.number] = nil }
        // A replica that got only the private part of a record knows of it, others do not.
        guard !live.isEmpty else { return nil }
        for (field, writes) in live.sorted(by: { $0.key < $1.key }) {
            parts.append("live\(field)=\(try writes.map(name).sorted())")
        }
        return parts.joined(separator: " ")
    }

    private func beside(
        _ row: Int64, _ type: RecordType, without hidden: [Field]
    ) throws -> [String] {
        var lines: [String] = []
        let arguments: StatementArguments = [Int64(type.number), row]
        for found in try Row.fetchAll(
            db,
            sql:
                "SELECT field, group_number, write_index, value FROM siblings WHERE type = ? AND row = ?",
            arguments: arguments)
        where !hidden.contains(where: { Int64($0.number) == found[0] }) {
            let name = try name(found)
            lines.append("sibling \(found[0] as Int64) \(name) \(found[3] as DatabaseValue)")
        }
        for found in try Row.fetchAll(
            db,
            sql:
                "SELECT hides, group_number, write_index, listed FROM deletions WHERE type = ? AND row = ?",
            arguments: arguments)
        {
            let listed = try LiveMap(blob: (found[3] as Blob).bytes)[ReservedField.deleted]
            lines.append(
                "deletion \(found[0] as Int64) \(try name(found)) \(try listed.map(name).sorted())")
        }
        let hiddenKinds =
            hidden.contains { $0.search == .number } ? [LookupKeys.Kind.number.rawValue] : []
        for found in try Row.fetchAll(
            db, sql: "SELECT kind, key FROM lookup WHERE type = ? AND row = ?", arguments: arguments
        )
        where !hiddenKinds.contains(found[0]) {
            lines.append("lookup \(found[0] as Int64) \(found[1] as String)")
        }
        return lines
    }

    private func name(_ row: Row) throws -> String {
        try name(LocalWrite(group: row[1], index: UInt32(row[2] as Int64)))
    }

    private func name(_ write: LocalWrite) throws -> String {
        let id = try LogReader(db: db, codec: store.codec).writeID(write)
        return "\(id.group.description.prefix(12)):\(id.index)"
    }
}
