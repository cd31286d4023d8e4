import SyncCore

/// How much of a gap one message carries: more while the line is quick. Each page costs its receiver
/// a flush, and once more every index page that its records fall into.
struct PageSize: Hashable, Sendable {
    /// What the pages of one message together aim at.
    private(set) var bytes: Int
    private let least: Int

    private static let growth = Limits.maximumPageTargetBytes / Limits.pageTargetBytes
    private static let quickMilliseconds: UInt64 = 1_000
    private static let slowMilliseconds: UInt64 = 4_000

    /// - Parameter least: where it begins; it grows to `growth` times as much (exchange.md §4).
    init(least: Int) {
        bytes = least
        self.least = least
    }

    /// After a message that was full has been answered.
    ///
    /// - Parameters:
    ///   - sent: when it went, milliseconds of a clock that may be set meanwhile.
    ///   - answered: when its answer was here.
    mutating func noteFullMessage(sent: UInt64, answered: UInt64) {
        guard answered >= sent else { return }
        switch answered - sent {
        case ..<Self.quickMilliseconds: bytes = min(bytes * 2, least * Self.growth)
        case Self.slowMilliseconds...: bytes = max(bytes / 2, least)
        default: break
        }
    }
}
