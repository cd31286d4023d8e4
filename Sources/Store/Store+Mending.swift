import GRDB
import SyncCore

/// Puts whole groups in the place of damaged ones, and values in the place of missing ones, when
/// groups come again that are logged already (Protocol/exchange.md §4.2).
struct Mending {
    let store: Store
    let log: GroupLog
    let reader: LogReader
    private var mustRebuild = false

    private var db: Database { log.db }

    init(store: Store, log: GroupLog, reader: LogReader) {
        self.store = store
        self.log = log
        self.reader = reader
    }

    /// - Parameter groups: decoded, so that their hashes are those of their bytes; only logged ones
    ///   that are wanted are looked at.
    /// - Returns: how many groups were mended.
    mutating func mend(_ groups: [Group]) throws -> Int {
        guard try !Self.isEverythingWhole(db) else { return 0 }
        var mended = 0
        for group in groups {
            guard let location = try log.locate(group.hash),
                try mend(location.number, with: group)
            else { continue }
            try db.cachedStatement(sql: "DELETE FROM asked WHERE group_number = ?").execute(
                arguments: [location.number])
            mended += 1
        }
        if mustRebuild { try store.rebuildProjection(db, progress: nil) }
        if mended > 0 && log.space == .company { try Directory.trustAll(db) }
        return mended
    }

    /// Whether nothing is known to be damaged or missing here.
    static func isEverythingWhole(_ db: Database) throws -> Bool {
        try Bool.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT NOT EXISTS (SELECT 1 FROM damaged)
                    AND NOT EXISTS (SELECT 1 FROM missing)
                    """)) ?? true
    }

    private mutating func mend(_ number: Int64, with group: Group) throws -> Bool {
        let reason = try String.fetchOne(
            db.cachedStatement(sql: "SELECT reason FROM damaged WHERE group_number = ?"),
            arguments: [number])
        var stored = try reader.whole(number)
        var isMended = false
        if stored == nil {
            // Also one that nobody had noticed.
            try replace(number, with: group)
            stored = group
            isMended = true
        } else if reason == Damage.Reason.bytes.rawValue {
            isMended = true
        }
        if reason == Damage.Reason.seal.rawValue, let seal = group.seal,
            let key = log.key(of: group.place.stream),
            store.sealing.verifies(seal, group.place, group.hash, by: key)
        {
            try db.cachedStatement(sql: "UPDATE log SET seal = ? WHERE number = ?").execute(
                arguments: [Blob(seal), number])
            isMended = true
        }
        if isMended {
            try db.cachedStatement(sql: "DELETE FROM damaged WHERE group_number = ?").execute(
                arguments: [number])
        }
        guard let stored else { return isMended }
        let filled = try fill(number, stored, from: group)
        if isMended || filled { try refresh(number) }
        return isMended || filled
    }

    private func replace(_ number: Int64, with group: Group) throws {
        try db.cachedStatement(
            sql: "UPDATE log SET time = ?, writes = ? WHERE number = ?"
        ).execute(arguments: [group.time.stored, group.writeCount, number])
        try PackedGroup(packing: group.bytes).replace(number, db)
    }

    /// Takes over the bodies that hold missing values, and no others: what was forgotten stays so.
    private func fill(_ number: Int64, _ stored: Group, from group: Group) throws -> Bool {
        let missing = try Int64.fetchAll(
            db.cachedStatement(sql: "SELECT write_index FROM missing WHERE group_number = ?"),
            arguments: [number])
        let changes = Set(
            stored.changes.indices.filter { position in
                let change = stored.changes[position]
                return !group.changes[position].isStripped && change.isStripped
                    && missing.contains { write in
                        let index = UInt32(truncatingIfNeeded: write)
                        return index >= change.firstIndex
                            && index - change.firstIndex < change.fields.count
                    }
            })
        guard !changes.isEmpty else { return false }
        let bytes: [UInt8]
        do {
            bytes = try store.codec.fill(stored.bytes, from: group.bytes, changes: changes)
        } catch {
            throw StoreError(
                .damaged, "Group \(number) of the log could not be filled again.",
                cause: error.reason)
        }
        try PackedGroup(packing: bytes).replace(number, db)
        return true
    }

    /// Carries the mended values over into the projection.
    private mutating func refresh(_ number: Int64) throws {
        let remark = try String.fetchOne(
            db.cachedStatement(sql: "SELECT reason FROM unprojected WHERE group_number = ?"),
            arguments: [number])
        if remark == Projector.damagedRemark {
            // The projection was made without it, and others of its record came after it.
            mustRebuild = true
            return
        }
        // Nothing of it was projected, so there is nothing to carry over.
        if remark == Projector.failedRemark { return }
        let group = try reader.group(number)
        let logged = Projector.Logged(
            group: group, number: number, role: try reader.role(ofGroup: number),
            references: try reader.numbers(of: group.referenced))
        let found = try Projector(reader: reader, tables: store.tables, space: log.space)
            .refresh(logged)
        try Projector.note(found, of: number, db)
    }
}
