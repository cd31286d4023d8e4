import SyncCore
import Testing
import Wire

@Suite struct GzipTests {
    private let text = Array(String(repeating: "3栋2单元1501水管漏水 ", count: 400).utf8)

    private func expect(_ code: Problem.Code, _ bytes: [UInt8], limit: Int = 1_000_000) {
        do {
            _ = try Gzip.decompress(bytes, limit: limit)
            Issue.record("\(code) was not thrown")
        } catch {
            #expect(error.code == code.rawValue)
        }
    }

    @Test(arguments: [0, 1, 1_023, 1_024, 262_143, 262_144, 262_145, 1_000_000])
    func `what was packed comes back`(count: Int) throws {
        var random = SeededRandom(seed: count)
        for bytes in [random.bytes(count), [UInt8](repeating: 7, count: count)] {
            let packed = Gzip.compress(bytes)
            #expect(packed.starts(with: [0x1F, 0x8B]))
            #expect(try Gzip.decompress(packed) == bytes)
            #expect(
                try Gzip.decompress(packed, limit: count) == bytes, "a body at the limit is good")
        }
    }

    @Test func `levels change the size and not the bytes`() throws {
        var sizes: [Int] = []
        for level in [Int32(1), 3, 12] {
            let packed = Gzip.compress(text, level: level)
            #expect(try Gzip.decompress(packed) == text)
            sizes.append(packed.count)
        }
        #expect(sizes[2] <= sizes[0] && sizes[0] < text.count / 4)
    }

    @Test func `one byte over the limit is too large`() {
        expect(.tooLarge, Gzip.compress(text), limit: text.count - 1)
        expect(.tooLarge, Gzip.compress([1]), limit: 0)
    }

    @Test func `a small body that unpacks to very much is stopped early`() {
        let zeros = [UInt8](repeating: 0, count: Limits.maximumDecompressedBytes + 1)
        let packed = Gzip.compress(zeros, level: 9)
        #expect(packed.count < 50_000)
        expect(.tooLarge, packed, limit: Limits.maximumDecompressedBytes)
    }

    @Test func `beyond a page a body unpacks to a hundred times its size at most`() throws {
        let page = [UInt8](repeating: 0, count: Limits.maximumPageTargetBytes)
        #expect(try Gzip.decompress(Gzip.compress(page, level: 9)).count == page.count)
        expect(.tooLarge, Gzip.compress(page + [0], level: 9), limit: 8_000_000)
        var random = SeededRandom(seed: 1)
        let mixed = random.bytes(160_000) + page + page
        #expect(try Gzip.decompress(Gzip.compress(mixed, level: 9)).count == mixed.count)
    }

    @Test func `a body that holds more or less than it says is malformed`() {
        var packed = Gzip.compress(text)
        let size = packed.count - 4
        packed[size] &-= 1
        expect(.malformedMessage, packed)
        packed[size] &+= 2
        expect(.malformedMessage, packed)
        let zeros = [UInt8](repeating: 0, count: 2_000_000)
        var bomb = Gzip.compress(zeros, level: 9)
        bomb.replaceSubrange((bomb.count - 4)..., with: [1, 0, 0, 0])
        expect(.malformedMessage, bomb)
        // More than so many bytes can hold.
        bomb.replaceSubrange((bomb.count - 4)..., with: [255, 255, 255, 255])
        expect(.malformedMessage, bomb)
    }

    @Test func `anything but one complete stream is malformed`() {
        let packed = Gzip.compress(text)
        expect(.malformedMessage, [])
        expect(.malformedMessage, [0x1F])
        expect(.malformedMessage, text)
        expect(.malformedMessage, packed + [0])
        expect(.malformedMessage, packed + packed)
        for count in [1, 10, packed.count / 2, packed.count - 8, packed.count - 1] {
            expect(.malformedMessage, Array(packed.prefix(count)))
        }
        var sum = packed
        sum[sum.count - 5] ^= 1
        expect(.malformedMessage, sum)
    }

    @Test(arguments: 0..<500)
    func `mutated bodies never trap and never give other bytes`(seed: Int) {
        var random = SeededRandom(seed: seed)
        var packed = Gzip.compress(text)
        for _ in 0..<(1 + random.below(3)) {
            packed[random.below(packed.count)] = UInt8(random.below(256))
        }
        // The checksum covers the content, so only harmless parts of gzip's header may differ.
        if let bytes = try? Gzip.decompress(packed, limit: 100_000) {
            #expect(bytes == text, "seed \(seed)")
        }
    }
}
