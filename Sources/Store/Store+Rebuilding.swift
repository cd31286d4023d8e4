import GRDB
import Records
import SyncCore

extension Store {
    /// Drops the projection and fills it again from the log, in one transaction.
    ///
    /// Cost: about as long as a first sync of the same groups.
    func rebuildProjection(progress: (@Sendable (Int, Int) -> Void)?) throws {
        try queue.write { db in try rebuildProjection(db, progress: progress) }
    }

    func rebuildProjection(_ db: Database, progress: (@Sendable (Int, Int) -> Void)?) throws {
        try ProjectionSchema.drop(db)
        try ProjectionSchema.create(db, types)
        try db.cachedStatement(sql: "DELETE FROM unprojected").execute()
        // Other declarations may judge what earlier ones could not.
        try db.cachedStatement(sql: "DELETE FROM forgotten_up_to").execute()
        try project(from: db, progress: progress)
        try Meta.set("projection", ProjectionSchema.fingerprint(types), db)
    }

    /// Rebuilds on request, such as after damage to the projection or news in the directory of
    /// nodes.
    public func reproject(progress: (@Sendable (Int, Int) -> Void)? = nil) async throws {
        try rebuildProjection(progress: progress)
    }

    /// Damaged groups, and those that SQLite does not take, are noted and passed over: one bad group
    /// never blocks the rest.
    func project(from db: Database, progress: (@Sendable (Int, Int) -> Void)?) throws {
        let reader = LogReader(db: db, codec: codec)
        let total = try Int.fetchOne(db.cachedStatement(sql: "SELECT count(*) FROM log")) ?? 0
        var done = 0
        var number: Int64 = 0
        while let next = try Int64.fetchOne(
            db.cachedStatement(sql: "SELECT min(number) FROM log WHERE number > ?"),
            arguments: [number])
        {
            number = next
            done += 1
            if done.isMultiple(of: 100) || done == total { progress?(done, total) }
            guard let group = try reader.whole(number) else {
                try Damage.note(number, .bytes, db)
                try Projector.note(Projector.damagedRemark, of: number, db)
                continue
            }
            let remark = try Projector(reader: reader, tables: tables, space: group.place.space)
                .projectOrPark(
                    Projector.Logged(
                        group: group, number: number, role: reader.role(ofGroup: number),
                        references: reader.numbers(of: group.referenced)))
            if let remark { try Projector.note(remark, of: number, db) }
        }
    }
}
