import Testing

@testable import SyncCore

@Suite struct ByteTextTests {
    /// The vectors of RFC 4648 §10 whose length is a multiple of five, and the ends of the
    /// alphabet.
    @Test(arguments: [
        ("", ""), ("fooba", "cpnmuoj1"), ("foobafooba", "cpnmuoj1cpnmuoj1"),
    ])
    func `base32hex is that of RFC 4648`(text: String, expected: String) {
        #expect(Base32Hex.text(Array(text.utf8)) == expected)
        #expect(Base32Hex.bytes(expected) == Array(text.utf8))
        #expect(Base32Hex.bytes(expected.uppercased()) == Array(text.utf8))
    }

    @Test func `base32hex reaches both ends of its alphabet`() {
        #expect(Base32Hex.text([0, 0, 0, 0, 0]) == "00000000")
        #expect(Base32Hex.text([255, 255, 255, 255, 255]) == "vvvvvvvv")
    }

    @Test(arguments: 0..<200)
    func `base32hex keeps the order of the bytes`(seed: Int) {
        var random = SeededRandom(seed: seed)
        let a = random.bytes(10)
        var b = a
        b[random.below(10)] = UInt8(random.below(256))
        let order = Base32Hex.text(a) < Base32Hex.text(b)
        #expect(order == a.lexicographicallyPrecedes(b), "seed \(seed)")
        #expect(Base32Hex.bytes(Base32Hex.text(a)) == a)
    }

    @Test(arguments: [
        "0000000", "000000000", "0000000w", "0000000-", "0000000 ", "００００００００", "0000000é",
    ])
    func `malformed base32hex is nil`(text: String) {
        #expect(Base32Hex.bytes(text) == nil)
    }

    @Test(arguments: 0..<100)
    func `hexadecimal comes back in either case`(seed: Int) {
        var random = SeededRandom(seed: seed)
        let bytes = random.bytes(random.below(40))
        let text = Hexadecimal.text(bytes)
        #expect(text == text.lowercased() && text.utf8.count == 2 * bytes.count)
        #expect(Hexadecimal.bytes(text) == bytes)
        #expect(Hexadecimal.bytes(text.uppercased()) == bytes)
    }

    @Test(arguments: ["0", "0g", "0x", " 0", "0é", "－0"])
    func `malformed hexadecimal is nil`(text: String) {
        #expect(Hexadecimal.bytes(text) == nil)
    }

    @Test func `words are written most significant byte first`() {
        var bytes: [UInt8] = []
        bytes.append(word: 0x0102_0304_0506_0708)
        #expect(bytes == [1, 2, 3, 4, 5, 6, 7, 8])
    }
}
