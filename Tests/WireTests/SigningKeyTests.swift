import SyncCore
import Testing
import Wire

@Suite struct SigningKeyTests {
    @Test func `a seal verifies for its place, hash and key only`() throws {
        let log = try Samples.log()
        for group in log.all {
            let seal = try #require(group.seal)
            let isOffice = group.place.stream == log.first.place.stream
            let author = isOffice ? Samples.office : Samples.headquarters
            let other = isOffice ? Samples.headquarters : Samples.office
            #expect(author.publicKey.sealed(group.place, group.hash, by: seal))
            #expect(!other.publicKey.sealed(group.place, group.hash, by: seal))
            var place = group.place
            place.seq += 1
            #expect(!author.publicKey.sealed(place, group.hash, by: seal))
            place = group.place
            place.space = .officePrivate(place.space.office)
            #expect(!author.publicKey.sealed(place, group.hash, by: seal))
        }
    }

    @Test(arguments: 0..<500)
    func `no mutant of a seal verifies`(seed: Int) throws {
        var random = SeededRandom(seed: seed)
        let group = try Samples.log().first
        let key = Samples.office.publicKey
        var seal = try #require(group.seal)
        switch random.below(4) {
        case 0: seal[random.below(64)] ^= 1 << UInt8(random.below(8))
        case 1: seal = random.bytes(64)
        case 2: seal.removeLast(1 + random.below(64))
        default: seal += random.bytes(1 + random.below(4))
        }
        #expect(!key.sealed(group.place, group.hash, by: seal), "seed \(seed)")
        // Random keys, most of which are no point of the curve.
        let stranger = try #require(NodeKey(random.bytes(32)))
        #expect(!stranger.sealed(group.place, group.hash, by: group.seal ?? []), "seed \(seed)")
    }

    @Test func `a signature for one purpose does not serve another`() {
        let key = Samples.office
        let signature = key.sign("gatehouse:join:1", [1, 2, 3])
        #expect(key.publicKey.verifies(signature, "gatehouse:join:1", [1, 2, 3]))
        #expect(!key.publicKey.verifies(signature, "gatehouse:joined:1", [1, 2, 3]))
        #expect(!key.publicKey.verifies(signature, "gatehouse:join:1", [1, 2]))
    }

    @Test func `a key comes back from its seed, and a seed has 32 bytes`() {
        #expect(SigningKey(seed: Samples.office.seed)?.publicKey == Samples.office.publicKey)
        #expect(SigningKey(seed: [UInt8](repeating: 1, count: 31)) == nil)
        #expect(SigningKey(seed: []) == nil)
        #expect(SigningKey().publicKey != SigningKey().publicKey)
    }
}
