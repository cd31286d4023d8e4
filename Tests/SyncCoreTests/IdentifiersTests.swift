import Testing

@testable import SyncCore

@Suite struct IdentifiersTests {
    private func space(_ random: inout SeededRandom) -> SpaceID {
        let office = random.next() | 1
        return [.company, .office(office), .officePrivate(office)][random.below(3)]
    }

    private func record(_ random: inout SeededRandom) -> RecordID {
        RecordID(home: space(&random), milliseconds: random.next() >> 16, using: &random)
    }

    @Test(arguments: 0..<200)
    func `every id comes back from its bytes and its text`(seed: Int) throws {
        var random = SeededRandom(seed: seed)
        let space = space(&random)
        #expect(SpaceID(space.bytes) == space)
        #expect(SpaceID(space.description) == space)
        let record = record(&random)
        #expect(record.bytes.count == 25)
        #expect(RecordID(record.bytes) == record)
        #expect(record.description.utf8.count == 40)
        #expect(RecordID(record.description) == record)
        #expect(record.description == record.description.lowercased())
        let hash = GroupHash(random.next(), random.next(), random.next(), random.next())
        #expect(GroupHash(hash.bytes) == hash)
        #expect(Hexadecimal.bytes(hash.description) == hash.bytes)
        let stream = StreamID(high: random.next(), low: random.next())
        #expect(StreamID(stream.bytes) == stream)
        #expect(stream.description.utf8.count == 32)
        let key = try #require(NodeKey(random.bytes(32)))
        #expect(NodeKey(key.bytes) == key)
    }

    @Test(arguments: 0..<200)
    func `ids sort as their bytes and their texts do`(seed: Int) {
        var random = SeededRandom(seed: seed)
        func less(_ a: [UInt8], _ b: [UInt8]) -> Bool { a.lexicographicallyPrecedes(b) }
        let a = record(&random)
        // Near neighbours, to reach every part of the comparison.
        let b =
            random.chance(50)
            ? record(&random) : RecordID(home: a.home, high: a.high, low: random.next())
        #expect((a < b) == less(a.bytes, b.bytes), "seed \(seed)")
        #expect(
            (a < b) == less(Array(a.description.utf8), Array(b.description.utf8)), "seed \(seed)")
        #expect((a.home < b.home) == less(a.home.bytes, b.home.bytes))
        let shared = random.next()
        let c = GroupHash(shared, random.next(), random.next(), random.next())
        let d = GroupHash(shared, random.chance(50) ? c.words.1 : random.next(), 0, random.next())
        #expect((c < d) == less(c.bytes, d.bytes), "seed \(seed)")
        let e = StreamID(high: shared, low: random.next())
        let f = StreamID(high: shared, low: random.next())
        #expect((e < f) == less(e.bytes, f.bytes), "seed \(seed)")
        #expect(WriteID(group: c, index: 1) < WriteID(group: c, index: 2))
    }

    @Test(arguments: 0..<300)
    func `random bytes and texts never trap`(seed: Int) {
        var random = SeededRandom(seed: seed)
        for _ in 0..<50 {
            let bytes = random.bytes(random.below(45))
            if let space = SpaceID(bytes) { #expect(space.bytes == bytes) }
            if let record = RecordID(bytes) { #expect(record.bytes == bytes) }
            if let hash = GroupHash(bytes) { #expect(hash.bytes == bytes) }
            if let stream = StreamID(bytes) { #expect(stream.bytes == bytes) }
            if let key = NodeKey(bytes) { #expect(key.bytes == bytes) }
            if let digest = Digest(bytes) { #expect(digest.bytes == bytes) }
            let text = String(decoding: bytes, as: UTF8.self)
            _ = SpaceID(text)
            _ = RecordID(text)
            _ = Hexadecimal.bytes(text)
            _ = Base32Hex.bytes(text)
        }
    }

    @Test func `a space is named as people write it`() throws {
        #expect(SpaceID.company.description == "company")
        #expect(SpaceID.office(0x1F).description == "office/000000000000001f")
        #expect(SpaceID.officePrivate(0x1F).description == "office/000000000000001f/private")
        #expect(SpaceID.office(5).privateCompanion == .officePrivate(5))
        #expect(SpaceID.company.privateCompanion == nil)
        #expect(SpaceID.officePrivate(5).privateCompanion == nil)
    }

    @Test(arguments: [
        "", "company/", "Company", "office", "office/", "office/1f", "office/000000000000001f/",
        "office/000000000000001f/Private", "office/000000000000001f/private/x",
        "office/0000000000000000", "office/00000000000000zz", "office/０００００００００００００01f",
        "/office/000000000000001f", "company ",
    ])
    func `a malformed space is nil`(text: String) {
        #expect(SpaceID(text) == nil)
    }

    @Test func `a space's kind and office number belong together`() {
        #expect(SpaceID([1] + [UInt8](repeating: 0, count: 8)) == .company)
        #expect(SpaceID([1] + [UInt8](repeating: 1, count: 8)) == nil)
        #expect(SpaceID([2] + [UInt8](repeating: 0, count: 8)) == nil)
        #expect(SpaceID([3] + [UInt8](repeating: 0, count: 8)) == nil)
        #expect(SpaceID([0] + [UInt8](repeating: 1, count: 8)) == nil)
        #expect(SpaceID([4] + [UInt8](repeating: 1, count: 8)) == nil)
    }

    @Test func `a record id carries its home and its time`() {
        var random = SeededRandom(seed: 0)
        let id = RecordID(home: .office(9), milliseconds: 1_767_225_600_000, using: &random)
        #expect(id.home == .office(9))
        #expect(id.high >> 16 == 1_767_225_600_000)
        #expect(RecordID(id.description.uppercased()) == id)
        #expect(RecordID(String(id.description.dropLast())) == nil)
        #expect(RecordID(id.description + "00000000") == nil)
        #expect(RecordID(String(id.description.dropLast()) + "w") == nil)
    }
}
