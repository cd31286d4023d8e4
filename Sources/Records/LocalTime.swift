import SyncCore

/// A moment in office time, UTC+8 without daylight saving (domain.md C1), to the second.
public struct LocalTime: Hashable, Comparable, Sendable {
    public let date: CalendarDate
    /// 0 to 86,399.
    public let secondOfDay: Int

    private static let offsetSeconds = 8 * 3600
    private static let daySeconds = 86_400

    /// Nil when the clock has no such hour, minute or second; 24:00 and leap seconds it does not
    /// have.
    public init?(date: CalendarDate, hour: Int, minute: Int, second: Int = 0) {
        guard (0...23).contains(hour), (0...59).contains(minute), (0...59).contains(second) else {
            return nil
        }
        self.date = date
        secondOfDay = hour * 3600 + minute * 60 + second
    }

    /// - Parameter milliseconds: since 1970 UTC. What lies beyond the calendar becomes its first or
    ///   last day.
    public init(milliseconds: Int64) {
        let seconds = Int(Self.floor(milliseconds, by: 1000)) + Self.offsetSeconds
        let days = Int(Self.floor(Int64(seconds), by: Int64(Self.daySeconds)))
        date = CalendarDate(daysSince1970: days)
        secondOfDay = seconds - days * Self.daySeconds
    }

    public init(_ time: HybridTime) {
        self.init(milliseconds: Int64(time.milliseconds))
    }

    /// Since 1970 UTC.
    public var milliseconds: Int64 {
        Int64(date.daysSince1970 * Self.daySeconds + secondOfDay - Self.offsetSeconds) * 1000
    }

    public static func < (a: Self, b: Self) -> Bool {
        (a.date, a.secondOfDay) < (b.date, b.secondOfDay)
    }

    private static func floor(_ number: Int64, by divisor: Int64) -> Int64 {
        let quotient = number / divisor
        return number % divisor < 0 ? quotient - 1 : quotient
    }
}

extension LocalTime: LosslessStringConvertible {
    /// `2025-05-08T11:31:00+08:00` (RFC 3339). Texts of this form sort as the moments do.
    public var description: String { "\(date)T\(clock(withSeconds: true))+08:00" }

    /// `2025-05-08 11:31`, with seconds only where there are any.
    public var text: String { "\(date) \(clock(withSeconds: secondOfDay % 60 != 0))" }

    private func clock(withSeconds: Bool) -> String {
        let (hour, minute, second) = (secondOfDay / 3600, secondOfDay / 60 % 60, secondOfDay % 60)
        let parts = withSeconds ? [hour, minute, second] : [hour, minute]
        return parts.map { CalendarDate.padded($0, to: 2) }.joined(separator: ":")
    }

    /// Reads a date as `CalendarDate` does, a blank or T, and hours and minutes with or without
    /// seconds: 2025-05-08 11:31. An offset (Z, +08:00) is counted; without one the time is office
    /// time. Fractions of a second are dropped. A date alone is not a time: nobody said it was
    /// midnight.
    public init?(_ text: String) {
        guard text.utf8.count <= 100 else { return nil }
        let text = PlainText.trimmed(PlainText.folded(text))
        guard let gap = text.firstIndex(where: { $0 == " " || $0 == "T" || $0 == "t" }),
            let date = CalendarDate(String(text[..<gap]))
        else { return nil }
        var rest = text[text.index(after: gap)...].drop { $0 == " " }
        var offset = Self.offsetSeconds
        if let sign = rest.firstIndex(where: { $0 == "+" || $0 == "-" }) {
            guard let numbers = Self.numbers(String(rest[sign...].dropFirst()), count: 2...2),
                numbers[0] < 24,
                numbers[1] < 60
            else { return nil }
            offset = (numbers[0] * 3600 + numbers[1] * 60) * (rest[sign] == "-" ? -1 : 1)
            rest = rest[..<sign]
        } else if rest.last == "Z" || rest.last == "z" {
            offset = 0
            rest = rest.dropLast()
        }
        if let point = rest.firstIndex(of: ".") {
            let fraction = rest[point...].dropFirst()
            guard !fraction.isEmpty, fraction.utf8.allSatisfy(PlainText.digits.contains) else {
                return nil
            }
            rest = rest[..<point]
            guard rest.utf8.filter({ $0 == UInt8(ascii: ":") }).count == 2 else { return nil }
        }
        guard let clock = Self.numbers(PlainText.trimmed(rest), count: 2...3),
            let read = LocalTime(
                date: date, hour: clock[0], minute: clock[1],
                second: clock.count == 3 ? clock[2] : 0)
        else { return nil }
        let shift = Int64(Self.offsetSeconds - offset) * 1000
        self.init(milliseconds: read.milliseconds + shift)
    }

    /// Numbers of one or two digits with colons between them.
    private static func numbers(_ text: String, count: ClosedRange<Int>) -> [Int]? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard count.contains(parts.count) else { return nil }
        var numbers: [Int] = []
        for part in parts {
            guard (1...2).contains(part.utf8.count),
                part.utf8.allSatisfy(PlainText.digits.contains),
                let number = Int(part)
            else { return nil }
            numbers.append(number)
        }
        return numbers
    }
}
