/// Hybrid logical time: milliseconds since 1970 UTC in the upper 48 bits, a counter in the lower
/// 16.
///
/// It follows the wall clock while that behaves and never runs backwards, so it orders parallel
/// writes of class M3 and the display, and nothing else. Source: Kulkarni, Demirbas et al.,
/// "Logical Physical Clocks", 2014.
public struct HybridTime: RawRepresentable, Hashable, Comparable, Sendable {
    public let rawValue: UInt64

    /// The last time a group may carry: the end of the year 9999.
    public static let latest = HybridTime(unchecked: (253_402_300_799_999 << 16) | 0xFFFF)
    public static let zero = HybridTime(unchecked: 0)

    /// Nil beyond the year 9999, so that no hostile time can leave room for nothing after it.
    public init?(rawValue: UInt64) {
        guard rawValue <= Self.latest.rawValue else { return nil }
        self.rawValue = rawValue
    }

    private init(unchecked rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// Milliseconds since 1970 UTC.
    public var milliseconds: UInt64 { rawValue >> 16 }

    /// The time of a new event, greater than `self` whatever the wall clock says.
    ///
    /// At the end of the year 9999 time stands still; only the tie break by write id is left then.
    /// - Parameter wallClock: milliseconds since 1970 UTC as this machine believes them.
    public func next(wallClock: UInt64) -> HybridTime {
        let wall = min(wallClock, Self.latest.milliseconds) << 16
        if PlantedBug.trustTheWallClock.isPlanted { return HybridTime(unchecked: wall) }
        return HybridTime(unchecked: min(max(wall, rawValue + 1), Self.latest.rawValue))
    }

    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}
