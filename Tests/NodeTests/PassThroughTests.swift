import Foundation
import GRDB
import Records
import SyncCore
import Testing
import Wire

@testable import Node
@testable import Store

/// What this version does not know goes through it untouched (design.md §3.9).
@Suite struct PassThroughTests {
    private let company: TestCompany
    private let office: TestNode
    private let second: TestNode

    init() async throws {
        company = try await TestCompany()
        office = try await TestNode(.office, code: "MH01")
        second = try await TestNode(.office, code: "MH01")
        try await company.join(office)
        // The first exchange enters it, so that the second one joins a known office.
        try await company.exchange(office)
        try await company.join(second)
        try await company.settle([office, second])
    }

    private func bytes(_ node: LocalNode, _ hash: GroupHash) async throws -> [UInt8]? {
        try await node.store.queue.read { db in
            try Row.fetchOne(
                db, sql: "SELECT bytes, plain_length FROM log WHERE hash = ?",
                arguments: [Blob(hash.bytes)]
            ).map { try PackedGroup($0, at: 0).plain() }
        }
    }

    /// Passes a group from the office through headquarters to its second node.
    private func passThrough(
        _ group: Group, reason: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await company.settle([office, second])
        for node in [office.node, company.headquarters.node, second.node] {
            #expect(
                try await bytes(node, group.hash) == group.bytes, sourceLocation: sourceLocation)
            let listed = try await node.store.unprojected().filter { $0.group == group.hash }
            #expect(listed.map(\.reason) == [reason], sourceLocation: sourceLocation)
            try await node.isSound(sourceLocation: sourceLocation)
        }
        // What follows it in the stream is not held up.
        let id = try await office.node.household("8", "1", "101")
        try await company.settle([office, second])
        _ = try await second.node.shown(.household, id, sourceLocation: sourceLocation)
    }

    @Test func `a group of a later type comes out byte for byte at a second node`() async throws {
        let group = try await office.write([
            ChangeDraft(
                record: office.node.newID(for: .household), type: 9_999,
                writes: [
                    WriteDraft(field: ReservedField.created, value: .empty),
                    WriteDraft(field: 77, value: .text("来自未来")),
                ], salt: office.node.surroundings.random(16))
        ])
        try await passThrough(group, reason: "unknown-type")
    }

    @Test func `a field of a later version is kept, and the fields known here are shown`()
        async throws
    {
        let id = try await office.node.household("3", "2", "501")
        let group = try await office.write([
            ChangeDraft(
                record: id, type: RecordType.household.number,
                writes: [
                    WriteDraft(field: 200, value: .text("来自未来")),
                    WriteDraft(field: 21, value: .text("商铺")),
                ], salt: office.node.surroundings.random(16))
        ])
        try await passThrough(group, reason: "unknown-field")
        #expect(try await second.node.shown(.household, id).value("property_type") == .text("商铺"))
    }

    @Test func `a group in a later format is kept, forwarded and inert`() async throws {
        let id = try await office.node.household("3", "2", "501")
        let group = try await office.write(
            [
                ChangeDraft(
                    record: id, type: RecordType.household.number,
                    writes: [WriteDraft(field: 21, value: .text("商铺"))],
                    salt: office.node.surroundings.random(16))
            ], requires: 2)
        try await passThrough(group, reason: "newer-format")
        #expect(try await second.node.shown(.household, id).value("property_type") == .empty)
    }

    @Test func `a value of a kind that the column cannot hold blocks nothing`() async throws {
        let id = try await office.node.household("3", "2", "501")
        let group = try await office.write([
            ChangeDraft(
                record: id, type: RecordType.household.number,
                writes: [
                    WriteDraft(field: 20, value: .text("九十平方")),
                    WriteDraft(field: 16, value: .text("no record")),
                    WriteDraft(field: 21, value: .integer(5)),
                ], salt: office.node.surroundings.random(16))
        ])
        try await passThrough(group, reason: "unfitting-value")
    }

    @Test func `a text with the character that ends texts is kept and shown as nothing`()
        async throws
    {
        let id = try await office.node.household("3", "2", "501")
        let group = try await office.write([
            ChangeDraft(
                record: id, type: RecordType.household.number,
                writes: [WriteDraft(field: 21, value: .text("商\0铺"))],
                salt: office.node.surroundings.random(16))
        ])
        try await passThrough(group, reason: "unfitting-value")
        let shown = try await second.node.shown(.household, id).value("property_type")
        #expect(shown == .empty)
    }

    @Test func `a write by a role that may not write the field is inert and listed`() async throws {
        let id = try await office.node.household("3", "2", "501")
        try await office.node.set(.household, id, "special_needs", .text("轮椅"))
        // Office-only, and yet in the shared space: it must not show anywhere.
        let group = try await office.write([
            ChangeDraft(
                record: id, type: RecordType.household.number,
                writes: [WriteDraft(field: 25, value: .text("x"))],
                salt: office.node.surroundings.random(16))
        ])
        try await passThrough(group, reason: "inert-write")
        #expect(try await office.node.shown(.household, id).value("special_needs") == .text("轮椅"))
    }

    @Test func `a time beyond what a signed column holds is stored and compared like any other`()
        async throws
    {
        let id = try await office.node.household("3", "2", "501")
        let late = try #require(HybridTime(rawValue: HybridTime.latest.rawValue - 5))
        let group = try await office.write(
            [
                ChangeDraft(
                    record: id, type: RecordType.household.number,
                    writes: [WriteDraft(field: 21, value: .text("商铺"))],
                    salt: office.node.surroundings.random(16))
            ], time: late)
        let waiting = try await office.node.store.waiting(
            in: office.node.identity.space, forPeer: .empty)
        #expect(try #require(waiting.oldest) < 2_000_000_000_000)
        try await company.settle([office, second])
        for node in [office.node, company.headquarters.node, second.node] {
            #expect(try await bytes(node, group.hash) == group.bytes)
            #expect(try await node.shown(.household, id).value("property_type") == .text("商铺"))
            try await node.isSound()
        }
        for number in 0..<10 {
            try await second.node.set(.household, id, "property_type", .text("\(number)"))
        }
        try await company.settle([office, second])
        try await office.node.isSound()
    }

    @Test func `a type that this version does not know is shown after the upgrade`() async throws {
        let path = company.headquarters.folder.appending(path: "gatehouse.db").path
        let key = company.headquarters.node.key
        let ticket = try await office.ticketID()
        try await company.settle([office, second])
        try company.headquarters.close()
        func open(_ types: [RecordType]) throws -> Store {
            try Store(
                path: path, types: types, role: .headquarters, codec: GroupCodec(), sealing: key)
        }
        let older = try open(Catalogue.types.filter { $0.number != RecordType.ticket.number })
        #expect(try await older.unprojected().map(\.reason) == ["unknown-type"])
        let report = try await older.verify()
        #expect(report.faults == [])
        try older.close()
        let upgraded = try open(Catalogue.types)
        #expect(try await upgraded.unprojected().isEmpty)
        #expect(try await upgraded.record(.ticket, ticket)?.value("content") == .text("水管漏水"))
        try upgraded.close()
        try await company.headquarters.open()
    }
}

extension TestNode {
    /// Logs a group as a later version of this node's program would write it.
    @discardableResult
    func write(
        _ changes: [ChangeDraft], requires: UInt32 = 0, time: HybridTime? = nil
    ) async throws -> Group {
        let store = node.store
        let space = node.identity.space
        let surroundings = clock.surroundings
        return try await store.queue.write { db in
            var log = try GroupLog(db, space)
            let line = try OwnLine(
                log: log, codec: store.codec, key: store.sealing.key,
                nonce: { surroundings.random(16) })
            let now = try Meta.time(db).next(wallClock: surroundings.now())
            let draft = GroupDraft(
                place: line.place, predecessor: line.predecessor, seen: line.seen,
                time: time ?? now, wallClock: Int64(surroundings.now()), actor: nil, schema: 99,
                start: line.start, changes: changes)
            var group = try store.codec.encode(draft)
            if requires > 0 {
                group = try store.codec.decode(Self.group(group.bytes, requiring: requires))
            }
            group.seal = store.sealing.seal(group.place, group.hash)
            try store.append(group, to: &log, LogReader(db: db, codec: store.codec))
            try log.flush()
            try Meta.advance(time: group.time, db)
            try db.execute(
                sql: "INSERT OR REPLACE INTO own_streams (space, stream) VALUES (?, ?)",
                arguments: [log.spaceNumber, log.streamNumber(group.place.stream)])
            return group
        }
    }

    /// The group's message with `requires` put behind its header's fields: protobuf fields may
    /// stand in any order.
    private static func group(_ bytes: [UInt8], requiring requires: UInt32) throws -> [UInt8] {
        // Field 1 of a group is its header: tag, length, bytes.
        let tag: UInt8 = 1 << 3 | 2
        #expect(bytes.first == tag)
        var at = 1
        var length = 0
        var shift = 0
        repeat {
            length |= Int(bytes[at] & 0x7F) << shift
            shift += 7
            at += 1
        } while bytes[at - 1] >= 0x80
        var header = Array(bytes[at..<at + length])
        // `requires` is field 1 of the header.
        header += [1 << 3, UInt8(requires)]
        var size: [UInt8] = []
        var rest = header.count
        while rest >= 0x80 {
            size.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        size.append(UInt8(rest))
        return [tag] + size + header + bytes[(at + length)...]
    }
}
