import SyncCore
import Testing

@testable import Wire

/// Values leave an encoded group and come back without its header being touched (merge.md §3).
@Suite struct StrippingTests {
    private let codec = GroupCodec()

    @Test func `the quick hash is the hash of every group, stripped or not`() throws {
        let log = try Samples.log()
        for group in log.all {
            #expect(try codec.hash(of: group.bytes) == group.hash)
            #expect(try codec.hash(of: Samples.sealed(group)) == group.hash)
        }
        for (_, bytes, whole) in try Vectors.stripped(log) {
            #expect(try codec.hash(of: bytes) == whole.hash)
        }
    }

    @Test func `stripping gives the bytes of the vectors, and filling gives the group back`()
        throws
    {
        let log = try Samples.log()
        for (name, bytes, whole) in try Vectors.stripped(log) {
            let last = whole.changes.count - 1
            let stripped = try codec.strip(whole.bytes, changes: [last])
            #expect(stripped == bytes, "\(name)")
            #expect(try codec.strip(stripped, changes: [last]) == bytes)
            #expect(try codec.fill(stripped, from: whole.bytes, changes: [last]) == whole.bytes)
            // Also from an encoding that carries its seal.
            #expect(
                try codec.fill(stripped, from: Samples.sealed(whole), changes: [last])
                    == whole.bytes)
        }
    }

    @Test func `every choice of bodies keeps hash, header and skeleton`() throws {
        let log = try Samples.log()
        for group in log.all {
            for choice in 0..<(1 << group.changes.count) {
                let changes = Set(group.changes.indices.filter { choice >> $0 & 1 == 1 })
                let bytes = try codec.strip(Samples.sealed(group), changes: changes)
                let reading = try codec.decode(bytes)
                #expect(reading.hash == group.hash)
                #expect(reading.bytes == bytes && reading.seal == nil)
                #expect(reading.changes.map(\.named) == group.changes.map(\.named))
                #expect(
                    reading.changes.indices.filter { reading.changes[$0].isStripped }
                        == changes.sorted())
                #expect(
                    try codec.fill(bytes, from: group.bytes, changes: changes) == group.bytes)
                #expect(try codec.fill(bytes, from: group.bytes, changes: []) == bytes)
            }
        }
    }

    @Test func `two half groups make a whole one, whichever is filled from which`() throws {
        let group = try Samples.log().personal
        let first = try codec.strip(group.bytes, changes: [0])
        let second = try codec.strip(group.bytes, changes: [1])
        #expect(try codec.fill(first, from: second, changes: [0, 1]) == group.bytes)
        #expect(try codec.fill(second, from: first, changes: [0, 1]) == group.bytes)
        #expect(try codec.fill(first, from: first, changes: [0, 1]) == first)
    }

    @Test func `unknown fields of the message stay where they stand`() throws {
        let group = try Samples.log().personal
        var fields = Protobuf.fields(group.bytes)
        let extra = Protobuf.message { $0.element(9, [1, 2, 3]) }
        let header = Protobuf.message { $0.element(fields[0].field, fields[0].bytes) }
        fields.removeFirst()
        let bodies = fields.map { field in
            Protobuf.message { $0.element(field.field, field.bytes) }
        }
        let bytes = extra + bodies[0] + header + extra + bodies[1] + extra
        #expect(try codec.hash(of: bytes) == group.hash)
        let stripped = try codec.strip(bytes, changes: [0, 1])
        #expect(try codec.hash(of: stripped) == group.hash)
        #expect(try codec.fill(stripped, from: group.bytes, changes: [0, 1]) == bytes)
    }

    @Test func `another group's bodies are refused, and so is what is no group`() throws {
        let log = try Samples.log()
        let stripped = try codec.strip(log.personal.bytes, changes: [0, 1])
        #expect(throws: GroupProblem.self) {
            try codec.fill(stripped, from: log.first.bytes, changes: [0])
        }
        for bytes: [UInt8] in [[], [1], [0x0A, 0xFF], [UInt8](repeating: 0xFF, count: 40)] {
            #expect(throws: GroupProblem.self) { try codec.hash(of: bytes) }
            #expect(throws: GroupProblem.self) { try codec.strip(bytes, changes: [0]) }
            #expect(throws: GroupProblem.self) {
                try codec.fill(bytes, from: stripped, changes: [0])
            }
        }
    }

    @Test func `every spoiled byte changes the quick hash, is refused, or means nothing`() throws {
        let group = try Samples.log().personal
        for place in group.bytes.indices {
            for bit in 0..<8 {
                var bytes = group.bytes
                bytes[place] ^= 1 << UInt8(bit)
                guard (try? codec.hash(of: bytes)) == group.hash else { continue }
                // The hash covers header, salt and values, so only what no reader looks at may
                // differ.
                let reading = try? codec.decode(bytes)
                #expect(reading?.changes.map(\.values) == group.changes.map(\.values))
            }
        }
    }
}
