import GRDB
import SyncCore

/// A group's bytes as the columns `bytes` and `plain_length` of the log hold them: packed, or as the
/// author encoded them where packing saves too little.
///
/// Whatever reads or writes these columns does it by this type. Everywhere else, in hashes, pages
/// and counts of bytes, a group's bytes are the plain ones. See the note
/// `Sources/Store/6-packed-groups.md`.
package struct PackedGroup: Equatable, Sendable {
    /// The column `bytes`.
    let bytes: [UInt8]
    /// How many bytes there are when they are unpacked; nil when `bytes` are plain.
    let plainLength: Int64?

    /// Level 3 is 2 % smaller and takes 30 % longer.
    static let level: Int32 = 1
    /// Shorter groups are not tried: one of a single record, some 730 bytes, would save 80 of them
    /// in 7 µs.
    static let leastBytes = 1_024

    /// Packs a group, if it becomes at least a tenth shorter by it.
    init(packing plain: [UInt8]) {
        if (Self.leastBytes...Limits.maximumGroupBytes).contains(plain.count),
            let packed = Zstandard.pack(
                plain, level: Self.level, most: plain.count - plain.count / 10)
        {
            bytes = packed
            plainLength = Int64(plain.count)
        } else {
            bytes = plain
            plainLength = nil
        }
    }

    /// Both columns, in a query that calls the log `l`. A log of an earlier version that is only
    /// looked at, before its upgrade or to bring it over, has plain bytes alone.
    static func columns(_ db: Database) throws -> String {
        let isUpgraded = try db.columns(in: "log").contains { $0.name == "plain_length" }
        return isUpgraded ? "l.bytes, l.plain_length" : "l.bytes, NULL"
    }

    /// Reads the two columns, of which the first stands at `column`.
    ///
    /// - Throws: `StoreError.damaged` when they hold values of another kind.
    package init(_ row: Row, at column: Int) throws {
        bytes = try row.bytes(column)
        plainLength = try row.readIfAny(column + 1)
    }

    /// The bytes as the author encoded them.
    ///
    /// No more memory is taken than the longest group may need.
    ///
    /// - Throws: `GroupProblem` when they cannot be unpacked, or to another length, which is what
    ///   bytes that are no group throw as well.
    package func plain() throws(GroupProblem) -> [UInt8] {
        guard let plainLength else { return bytes }
        guard (1...Int64(Limits.maximumGroupBytes)).contains(plainLength),
            let plain = Zstandard.unpack(bytes, count: Int(plainLength))
        else {
            throw GroupProblem("Its bytes cannot be unpacked.")
        }
        return plain
    }

    /// Puts these bytes in the place of those of a logged group.
    func replace(_ number: Int64, _ db: Database) throws {
        try db.cachedStatement(sql: "UPDATE log SET bytes = ?, plain_length = ? WHERE number = ?")
            .execute(arguments: [Blob(bytes), plainLength, number])
    }
}
