/// From which day a workbook counts its dates.
enum DateSystem: Equatable {
    /// Day 1 is 1900-01-01. Day 60 is 1900-02-29, which never was; kept for Lotus 1-2-3's sake.
    case from1900
    /// Day 0 is 1904-01-01, as old Macintosh programs count.
    case from1904
}

/// A date as workbooks store it: days since the first day, the time as a fraction of a day.
struct SerialDate {
    private let day: Int
    private let minuteOfDay: Int
    private let system: DateSystem

    /// - Returns: null before the first day and after the year 9999, where programs show no date.
    init?(_ days: Double, _ system: DateSystem) {
        let lastDay = system == .from1900 ? 2_958_465 : 2_957_003
        guard days >= 0, days < Double(lastDay + 1) else { return nil }
        // To the second first: 8:30 is stored as 0.354166666666667, a little off, and must not be
        // 8:29.
        let seconds = Int((days * 86_400).rounded())
        day = min(seconds / 86_400, lastDay)
        minuteOfDay = seconds % 86_400 / 60
        self.system = system
    }

    /// `yyyy-MM-dd`, `yyyy-MM-dd HH:mm`, or `HH:mm` for a time that has no day; null if the format
    /// asks for a day and there is none.
    func text(as format: NumberFormat) -> String? {
        let time = "\(Self.twoDigits(minuteOfDay / 60)):\(Self.twoDigits(minuteOfDay % 60))"
        if system == .from1900, day == 0 { return format == .date ? nil : time }
        if format == .time, day == 0 { return time }
        return format == .date ? date : "\(date) \(time)"
    }

    private var date: String {
        switch system {
        case .from1900 where day == 60: "1900-02-29"
        // 1970-01-01 is day 25569; before the day that never was, all days are one later.
        case .from1900: Self.text(daysSince1970: day - 25_569 + (day < 60 ? 1 : 0))
        case .from1904: Self.text(daysSince1970: day - 24_107)
        }
    }

    /// The civil date of a day (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms"):
    /// years begin in March and group into eras of 400, so leap days come last.
    private static func text(daysSince1970: Int) -> String {
        let days = daysSince1970 + 719_468
        let era = days / 146_097
        let dayOfEra = days % 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
        return "\(year)-\(twoDigits(month))-\(twoDigits(day))"
    }

    private static func twoDigits(_ number: Int) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }
}
