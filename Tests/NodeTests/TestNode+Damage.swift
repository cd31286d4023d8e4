import Foundation
import GRDB
import SyncCore
import Testing

@testable import Node
@testable import Store

/// The log as it stands, and bytes spoiled or lost behind the program's back.
extension TestNode {
    /// Log numbers of the groups of a space.
    func numbers(in space: SpaceID) async throws -> [Int64] {
        try await node.store.queue.read { db in
            try Int64.fetchAll(
                db,
                sql: """
                    SELECT l.number FROM log l JOIN branches b ON b.number = l.branch
                    JOIN spaces s ON s.number = b.space WHERE s.id = ? ORDER BY l.number
                    """, arguments: [Blob(space.bytes)])
        }
    }

    /// The number of the last group.
    func last() async throws -> Int64 {
        try #require(try await numbers(in: node.identity.space).last)
    }

    /// A group as it stands in the log.
    func stored(_ number: Int64) async throws -> PackedGroup {
        try await node.store.queue.read { db in
            try PackedGroup(
                #require(
                    try Row.fetchOne(
                        db, sql: "SELECT bytes, plain_length FROM log WHERE number = ?",
                        arguments: [number])), at: 0)
        }
    }

    /// Flips a bit of a group behind the program's back.
    func spoil(_ number: Int64, _ place: Int = 100) async throws {
        try await node.store.queue.write { db in
            var bytes = try #require(
                try Data.fetchOne(
                    db, sql: "SELECT bytes FROM log WHERE number = ?", arguments: [number]))
            bytes[place % bytes.count] ^= 1
            try db.execute(
                sql: "UPDATE log SET bytes = ? WHERE number = ?", arguments: [bytes, number])
        }
    }

    func spoilSeal(_ number: Int64) async throws {
        try await node.store.queue.write { db in
            try db.execute(
                sql: "UPDATE log SET seal = randomblob(64) WHERE number = ?", arguments: [number])
        }
    }

    /// Strips every body of the office space, as if only commitments had come, and projects that.
    func loseEverything() async throws {
        let numbers = try await numbers(in: node.identity.space)
        let store = node.store
        try await store.queue.write { db in
            for number in numbers {
                let group = try LogReader(db: db, codec: store.codec).group(number)
                let bytes = try store.codec.strip(
                    group.bytes, changes: Set(group.changes.indices))
                try PackedGroup(packing: bytes).replace(number, db)
            }
        }
        try await store.reproject()
    }

    func strippedBodies() async throws -> Int {
        let numbers = try await numbers(in: node.identity.space)
        let store = node.store
        return try await store.queue.read { db in
            try numbers.reduce(0) { count, number in
                try count
                    + LogReader(db: db, codec: store.codec).group(number).changes
                    .filter(\.isStripped).count
            }
        }
    }
}
