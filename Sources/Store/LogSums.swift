import GRDB
import SyncCore

/// What is derived from the log besides the projection: which writes are named, and the digests.
struct LogSums {
    let store: Store
    let db: Database

    /// Makes both anew. Every group must be whole.
    func rewrite() throws {
        store.logs.forget()
        try db.cachedStatement(sql: "DELETE FROM named").execute()
        let reader = LogReader(db: db, codec: store.codec)
        var digests: [SpaceID: Digest] = [:]
        let numbers = try Int64.fetchAll(
            db.cachedStatement(sql: "SELECT number FROM log ORDER BY number"))
        for number in numbers {
            let group = try reader.group(number)
            let space = group.place.space
            for index in 0..<UInt32(group.writeCount) {
                digests[space, default: .zero].add(WriteID(group: group.hash, index: index))
            }
            let references = try reader.numbers(of: group.referenced)
            for name in group.changes.flatMap(\.named) {
                let place = Int(name.target.group)
                try db.cachedStatement(
                    sql: "INSERT OR IGNORE INTO named (group_number, write_index) VALUES (?, ?)"
                ).execute(arguments: [references[place], Int64(name.target.index)])
                if db.changesCount > 0 {
                    digests[space, default: .zero].remove(
                        WriteID(group: group.referenced[place], index: name.target.index))
                }
            }
        }
        for (space, digest) in digests {
            try db.cachedStatement(sql: "UPDATE spaces SET lane_0 = ?, lane_1 = ? WHERE id = ?")
                .execute(arguments: [
                    Int64(bitPattern: digest.lanes.0), Int64(bitPattern: digest.lanes.1),
                    Blob(space.bytes),
                ])
        }
    }
}
