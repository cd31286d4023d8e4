/// What happened in a schedule, line by line: as a sum that two runs of one seed must share, and as
/// text for whoever looks into a failure.
struct Trace {
    private(set) var sum: UInt64 = 0xCBF2_9CE4_8422_2325
    private(set) var lines: [String] = []
    /// Whether the lines are kept, not only their sum.
    let isKept: Bool

    init(isKept: Bool) {
        self.isKept = isKept
    }

    /// FNV-1a (Fowler, Noll, Vo).
    mutating func note(_ line: String) {
        for byte in line.utf8 { sum = (sum ^ UInt64(byte)) &* 0x100_0000_01B3 }
        if isKept { lines.append(line) }
    }
}
