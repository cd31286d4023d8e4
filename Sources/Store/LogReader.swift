import GRDB
import SyncCore

/// Reads single groups back from the log.
struct LogReader {
    let db: Database
    let codec: any GroupCoding

    /// - Throws: `StoreError.damaged` when the group is missing or its bytes are not a group any
    ///   more.
    func group(_ number: Int64) throws -> Group {
        let row = try Row.fetchOne(
            db.cachedStatement(sql: "SELECT bytes, plain_length FROM log WHERE number = ?"),
            arguments: [number]
        ).held("group \(number)")
        let packed = try PackedGroup(row, at: 0)
        do {
            return try codec.decode(packed.plain())
        } catch {
            throw StoreError(
                .damaged, "Group \(number) of the log is damaged. Run gatehouse verify.",
                cause: error.reason)
        }
    }

    /// The group, if its bytes are those that were logged; nil when they are damaged.
    func whole(_ number: Int64) throws -> Group? {
        do {
            let group = try group(number)
            return try hash(number) == group.hash ? group : nil
        } catch let error as StoreError where error.code == .damaged {
            return nil
        }
    }

    /// Log numbers of groups that must be held, in the same order.
    func numbers(of hashes: [GroupHash]) throws -> [Int64] {
        try hashes.map { hash in
            try Int64.fetchOne(
                db.cachedStatement(sql: "SELECT number FROM log WHERE hash = ?"),
                arguments: [Blob(hash.bytes)]
            ).held("a referenced group")
        }
    }

    func hash(_ number: Int64) throws -> GroupHash {
        let bytes = try Blob.fetchOne(
            db.cachedStatement(sql: "SELECT hash FROM log WHERE number = ?"), arguments: [number]
        ).held("group \(number)")
        return try GroupHash(bytes.bytes).held("a group's hash")
    }

    func writeID(_ write: LocalWrite) throws -> WriteID {
        WriteID(group: try hash(write.group), index: write.index)
    }

    /// The writes that a write of a group names; none while the bytes of the group are damaged, so
    /// that one bad group stops nothing. What was judged by them is judged again when they are mended.
    func names(of write: LocalWrite, in group: Group?) throws -> Set<LocalWrite> {
        guard let group, let change = group.change(holding: write.index) else { return [] }
        let position = write.index - change.firstIndex
        var names: Set<LocalWrite> = []
        for name in change.named where name.position == position {
            let target = try numbers(of: [group.referenced[Int(name.target.group)]])[0]
            names.insert(LocalWrite(group: target, index: name.target.index))
        }
        return names
    }

    /// The role of the stream a group belongs to; nil while its key is in no directory.
    func role(ofGroup number: Int64) throws -> Role? {
        try String.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT a.role FROM log l
                    JOIN branches b ON b.number = l.branch
                    JOIN streams s ON s.number = b.stream
                    JOIN authors a ON a.key = s.key
                    WHERE l.number = ?
                    """),
            arguments: [number]
        ).flatMap(Role.init)
    }
}

extension Group {
    func change(holding index: UInt32) -> Change? {
        changes.first { index >= $0.firstIndex && index - $0.firstIndex < $0.fields.count }
    }
}
