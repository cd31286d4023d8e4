/// Which short runs of characters occur in the texts of a block of records: a Bloom filter over all
/// runs of one, two and three characters (Bloom, "Space/Time Trade-offs in Hash Coding", 1970).
///
/// A text can only be part of another one when all its runs are. So a filter that lacks one run of
/// what is looked for rules its whole block out; one that has all may still be wrong, and the rows
/// decide. Two-character words, which are most of Chinese, are found like any other.
///
/// Bits are never taken back, so a filter may know runs that nobody's text has any more; that costs
/// a look at the block, and never a wrong answer.
struct TextFilter {
    /// A filter lies in as many parts, so that a search reads only those its runs fall into.
    static let parts = 2
    /// With this many bytes a part fills one page of the database and no second one.
    static let partBytes = 4_032

    /// One run's place: a part, and two bits in it.
    struct Probe: Hashable {
        let part: Int
        let first: Int
        let second: Int

        fileprivate init(_ run: UInt64) {
            // The finalizer of SplitMix64 (Steele, Lea, Flood, 2014): these places are stored, so it
            // must not change without a new version of the projection.
            var mixed = run &+ 0x9E37_79B9_7F4A_7C15
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            mixed ^= mixed >> 31
            let bits = UInt64(TextFilter.partBytes * 8)
            part = Int(mixed & 1)
            first = Int((((mixed >> 1) & 0x3FFF_FFFF) &* bits) >> 30)
            second = Int((((mixed >> 31) & 0x3FFF_FFFF) &* bits) >> 30)
        }

        func isIn(_ bytes: [UInt8]) -> Bool {
            bytes.count == TextFilter.partBytes
                && bytes[first >> 3] & (1 << (first & 7)) != 0
                && bytes[second >> 3] & (1 << (second & 7)) != 0
        }

        /// - Precondition: `bytes` are a whole part.
        func set(in bytes: inout [UInt8]) {
            bytes[first >> 3] |= 1 << (first & 7)
            bytes[second >> 3] |= 1 << (second & 7)
        }
    }

    /// All parts, one behind the other.
    private var bytes = [UInt8](repeating: 0, count: parts * partBytes)

    func bytes(ofPart part: Int) -> [UInt8] {
        Array(bytes[(part * Self.partBytes)..<((part + 1) * Self.partBytes)])
    }

    /// Adds all runs of a text.
    mutating func add(_ text: String) {
        var bytes = bytes.mutableSpan
        Self.forEachRun(of: text) { probe in
            let start = probe.part * Self.partBytes
            bytes[start + (probe.first >> 3)] |= 1 << (probe.first & 7)
            bytes[start + (probe.second >> 3)] |= 1 << (probe.second & 7)
        }
    }

    /// All runs of a text, up to three characters.
    static func runs(of text: String) -> Set<Probe> {
        var runs: Set<Probe> = []
        forEachRun(of: text) { runs.insert($0) }
        return runs
    }

    @inline(__always)
    private static func forEachRun(of text: String, _ found: (Probe) -> Void) {
        var (before, last): (UInt64, UInt64) = (0, 0)
        for scalar in text.unicodeScalars {
            // One more, so that no character is nothing.
            let this = UInt64(scalar.value) + 1
            found(Probe(this))
            if last != 0 { found(Probe(last << 21 | this)) }
            if before != 0 { found(Probe(before << 42 | last << 21 | this)) }
            (before, last) = (last, this)
        }
    }

    /// The runs that every text with this part has: its longest ones, up to three characters.
    static func probes(of text: String) -> Set<Probe> {
        let scalars = text.unicodeScalars.map { UInt64($0.value) + 1 }
        var probes: Set<Probe> = []
        for length in min(2, scalars.count)...3 where length <= scalars.count && length > 0 {
            for start in 0...(scalars.count - length) {
                probes.insert(
                    Probe(scalars[start..<(start + length)].reduce(0) { $0 << 21 | $1 }))
            }
        }
        return probes
    }
}
