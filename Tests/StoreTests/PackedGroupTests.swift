import GRDB
import Records
import SyncCore
import Testing
import Wire

@testable import Store

/// The bytes of a group as the log keeps them.
@Suite struct PackedGroupTests {
    private let file = TestFile()

    /// As alike as the changes of one group: half of it is never the same.
    private static func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { $0 % 32 < 16 ? UInt8.random(in: .min ... .max) : UInt8($0 % 32) }
    }

    /// The columns as a row of the log would give them.
    private func row(_ bytes: [UInt8], _ length: Int64?) throws -> PackedGroup {
        let row = try DatabaseQueue().read { db in
            try Row.fetchOne(db, sql: "SELECT ?, ?", arguments: [Blob(bytes), length])
        }
        return try PackedGroup(#require(row), at: 0)
    }

    @Test(arguments: [
        0, 1, 600, PackedGroup.leastBytes - 1, PackedGroup.leastBytes, 20_000,
        Limits.maximumGroupBytes,
    ])
    func `a group comes back byte for byte`(count: Int) throws {
        let plain = Self.bytes(count)
        let packed = PackedGroup(packing: plain)
        #expect(try packed.plain() == plain)
        #expect((packed.plainLength != nil) == (count >= PackedGroup.leastBytes))
        #expect(try row(packed.bytes, packed.plainLength).plain() == plain)
        if packed.plainLength != nil { #expect(packed.bytes.count <= count - count / 10) }
    }

    @Test func `a group that would not become a tenth shorter stands as it is`() throws {
        let plain = (0..<20_000).map { _ in UInt8.random(in: .min ... .max) }
        let packed = PackedGroup(packing: plain)
        #expect(packed.plainLength == nil && packed.bytes == plain)
    }

    @Test func `a frame that lies about its length is no group`() throws {
        let packed = PackedGroup(packing: Self.bytes(5_000))
        for length in [
            Int64.min, -1, 0, 1, 4_999, 5_001, Int64(Limits.maximumGroupBytes),
            Int64(Limits.maximumGroupBytes) + 1, .max,
        ] {
            let row = try row(packed.bytes, length)
            #expect(throws: GroupProblem.self, "\(length)") { try row.plain() }
        }
    }

    @Test func `a longer group than the limit is not unpacked`() throws {
        let plain = Self.bytes(Limits.maximumGroupBytes + 1)
        let frame = try #require(Zstandard.pack(plain, level: 1, most: plain.count))
        let row = try row(frame, Int64(plain.count))
        #expect(throws: GroupProblem.self) { try row.plain() }
        // Nor is it packed, so that nothing is written that cannot be read.
        #expect(PackedGroup(packing: plain).plainLength == nil)
    }

    @Test func `a frame that was cut, lengthened or changed gives the same bytes or none`() throws {
        let plain = Self.bytes(2_000)
        let packed = PackedGroup(packing: plain)
        for end in 0..<packed.bytes.count {
            let row = try row(Array(packed.bytes[..<end]), packed.plainLength)
            #expect(throws: GroupProblem.self, "\(end)") { try row.plain() }
        }
        for more in [packed.bytes, [0], [0x28]] {
            let row = try row(packed.bytes + more, packed.plainLength)
            #expect(throws: GroupProblem.self) { try row.plain() }
        }
        // Most changes of a packed byte give other bytes, which have another hash.
        for place in packed.bytes.indices {
            var bytes = packed.bytes
            bytes[place] ^= UInt8.random(in: 1 ... .max)
            let found = try? row(bytes, packed.plainLength).plain()
            #expect(found == nil || found?.count == plain.count)
        }
    }

    @Test func `columns of another kind are damage`() throws {
        for values in ["NULL, 5", "7, 5", "x'00', 'text'", "x'00', x'00'"] {
            let row = try DatabaseQueue().read { db in
                try Row.fetchOne(db, sql: "SELECT \(values)")
            }
            #expect(throws: StoreError.self, "\(values)") {
                try PackedGroup(#require(row), at: 0)
            }
        }
    }

    @Test func `pages are the same whether the log is packed or not`() async throws {
        let store = try await file.founded()
        for count in [1, 30, 1, 200, 3, 60] { _ = try await file.households(count, store) }
        #expect(try await store.packedRows() >= 3)
        var packed: [[[[UInt8]]]] = []
        for target in [1, 2_000, 30_000, Limits.pageTargetBytes] {
            packed.append(try await store.pages(of: .office(7), target))
        }
        #expect(Set(packed.map(\.count)).count > 1, "\(packed.map(\.count))")
        try await store.unpackLog()
        #expect(try await store.packedRows() == 0)
        var plain: [[[[UInt8]]]] = []
        for target in [1, 2_000, 30_000, Limits.pageTargetBytes] {
            plain.append(try await store.pages(of: .office(7), target))
        }
        #expect(packed == plain)
        #expect(try await store.verify().faults == [])
        try store.close()
    }
}

extension Store {
    /// How many groups stand packed in the log.
    func packedRows() async throws -> Int {
        try await queue.read { db in
            try Int.fetchOne(db, sql: "SELECT count(plain_length) FROM log") ?? 0
        }
    }

    /// Every page of a space for a peer that has nothing.
    func pages(
        of space: SpaceID, _ targetBytes: Int = Limits.pageTargetBytes
    ) async throws -> [[[UInt8]]] {
        var pages: [[[UInt8]]] = []
        var clock = VectorClock.empty
        while true {
            let page = try await self.page(
                of: space, toPeer: clock, past: [], targetBytes: targetBytes)
            pages.append(page.groups)
            guard page.more, let last = page.groups.last else { return pages }
            let group = try codec.decode(last)
            clock = VectorClock([
                Tip(stream: group.place.stream, seq: group.place.seq, hash: group.hash)
            ])
        }
    }

    /// The log as it was before groups were packed.
    func unpackLog() async throws {
        try await queue.write { db in
            for row in try Row.fetchAll(db, sql: "SELECT number, bytes, plain_length FROM log") {
                try db.execute(
                    sql: "UPDATE log SET bytes = ?, plain_length = NULL WHERE number = ?",
                    arguments: [Blob(PackedGroup(row, at: 1).plain()), row.read(0) as Int64])
            }
        }
    }
}
