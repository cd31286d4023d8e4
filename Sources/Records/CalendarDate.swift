/// A day of the Gregorian calendar, from 0001-01-01 to 9999-12-31, in no time zone.
public struct CalendarDate: Hashable, Comparable, Sendable {
    public let year: Int
    /// 1 to 12.
    public let month: Int
    /// 1 to 31.
    public let day: Int

    public static let earliest = CalendarDate(unchecked: 1, 1, 1)
    public static let latest = CalendarDate(unchecked: 9999, 12, 31)

    private init(unchecked year: Int, _ month: Int, _ day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    /// Nil for a day the calendar does not have.
    public init?(year: Int, month: Int, day: Int) {
        guard (1...9999).contains(year), (1...12).contains(month),
            (1...Self.daysInMonth(month, of: year)).contains(day)
        else { return nil }
        self.init(unchecked: year, month, day)
    }

    public static func daysInMonth(_ month: Int, of year: Int) -> Int {
        switch month {
        case 2:
            year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
                ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    public static func < (a: Self, b: Self) -> Bool {
        (a.year, a.month, a.day) < (b.year, b.month, b.day)
    }
}

extension CalendarDate {
    // The conversions are those of Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms",
    // 2013: years begin in March, so that the leap day is the last of its year; an era is 400
    // years.

    /// Days since 1970-01-01; negative before it.
    public var daysSince1970: Int {
        let shifted = month > 2 ? year : year - 1
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// The day so many days after 1970-01-01, or the nearest one there is: dates come from peers,
    /// so arithmetic must not trap.
    public init(daysSince1970 days: Int) {
        let days = min(max(days, Self.earliest.daysSince1970), Self.latest.daysSince1970) + 719_468
        let era = days / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        self.init(
            unchecked: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month,
            dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    /// So many days later, or the last day there is.
    public func adding(days: Int) -> CalendarDate {
        let (sum, overflow) = daysSince1970.addingReportingOverflow(days)
        guard !overflow else { return days < 0 ? .earliest : .latest }
        return CalendarDate(daysSince1970: sum)
    }

    /// How many days later `other` is.
    public func days(until other: CalendarDate) -> Int { other.daysSince1970 - daysSince1970 }

    /// 1 for Monday to 7 for Sunday (ISO 8601).
    public var weekday: Int {
        // 1970-01-01 was a Thursday.
        let past = (daysSince1970 + 3) % 7
        return (past < 0 ? past + 7 : past) + 1
    }

    /// `202511`, as in document numbers.
    public var yearMonth: String { Self.padded(year, to: 4) + Self.padded(month, to: 2) }
}

extension CalendarDate: LosslessStringConvertible {
    /// `2025-06-01` (ISO 8601).
    public var description: String {
        "\(Self.padded(year, to: 4))-\(Self.padded(month, to: 2))-\(Self.padded(day, to: 2))"
    }

    /// Reads 2024-03-12, 2024-3-12, 2024/3/12, 2024.3.12 and 2024年3月12日, full-width or not; nil for
    /// anything else and for a day the calendar does not have.
    public init?(_ text: String) {
        guard text.utf8.count <= 100 else { return nil }
        let scalars = PlainText.trimmed(PlainText.folded(text)).unicodeScalars
        let numbers = scalars.split(omittingEmptySubsequences: false) { !("0"..."9").contains($0) }
        var separators = String.UnicodeScalarView()
        separators.append(contentsOf: scalars.filter { !("0"..."9").contains($0) })
        guard ["--", "//", "..", "年月日", "年月号"].contains(String(separators)),
            numbers[0].count == 4, (1...2).contains(numbers[1].count),
            (1...2).contains(numbers[2].count), numbers.dropFirst(3).allSatisfy(\.isEmpty),
            let year = Int(Substring(numbers[0])), let month = Int(Substring(numbers[1])),
            let day = Int(Substring(numbers[2]))
        else { return nil }
        self.init(year: year, month: month, day: day)
    }

    static func padded(_ number: Int, to width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
