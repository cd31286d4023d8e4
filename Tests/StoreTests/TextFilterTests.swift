import Testing

@testable import Store

struct TextFilterTests {
    private static let words = Array("水管漏雨门窗灯电梯噪音装修押金张伟王芳李娜陈杰厨房卫生间ABC0123")

    private static func text(_ length: Int, _ random: inout Drawing) -> String {
        String((0..<length).map { _ in words[Int(random.next() % UInt64(words.count))] })
    }

    @Test(arguments: 0..<100)
    func `a text that has a part is never ruled out`(_ seed: UInt64) {
        var random = Drawing(seed)
        var filter = TextFilter()
        let texts = (0..<50).map { _ in Self.text(Int(random.next() % 40), &random) }
        for text in texts { filter.add(text) }
        for text in texts where !text.isEmpty {
            let start = Int(random.next() % UInt64(text.count))
            let part = String(text.dropFirst(start).prefix(1 + Int(random.next() % 8)))
            #expect(
                TextFilter.probes(of: part).allSatisfy { $0.isIn(filter.bytes(ofPart: $0.part)) })
        }
    }

    @Test func `a part nobody wrote is ruled out, also when it has two characters`() {
        var random = Drawing(7)
        var filter = TextFilter()
        for _ in 0..<256 { filter.add(Self.text(60, &random)) }
        let absent = (0..<1_000).map { place in
            String(
                String.UnicodeScalarView(
                    (0..<2).compactMap { Unicode.Scalar(0x5000 + place * 2 + $0) }))
        }
        let wrong = absent.filter { part in
            TextFilter.probes(of: part).allSatisfy { $0.isIn(filter.bytes(ofPart: $0.part)) }
        }
        #expect(wrong.count < 250, "\(wrong.count) of \(absent.count)")
    }

    @Test func `a part has its pairs and triples, one character alone itself, and nothing none`() {
        #expect(TextFilter.probes(of: "").isEmpty)
        #expect(TextFilter.probes(of: "漏").count == 1)
        #expect(TextFilter.probes(of: "漏水").count == 1)
        #expect(TextFilter.probes(of: "漏水了").count == 3)
        #expect(TextFilter.probes(of: "厨房漏水").count == 5)
    }
}

/// Numbers from a seed (Steele, Lea, Flood, SplitMix64, 2014).
private struct Drawing {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
