import Records
import Testing

struct CalendarDateTests {
    @Test(arguments: [
        "2024-03-12", "2024-3-12", "2024/3/12", "2024/03/12", "2024.3.12", "2024年3月12日",
        "2024年03月12号",
        "２０２４－３－１２", "２０２４年３月１２日", " 2024-03-12\u{3000}",
    ])
    func `every spelling of a day is one day`(_ text: String) {
        #expect(CalendarDate(text)?.description == "2024-03-12")
    }

    @Test(arguments: [
        "", "2024-13-05", "2024-00-05", "2024-01-00", "2024-01-32", "2024-04-31", "二月三十",
        "2023-02-30",
        "2023-02-29", "2024-02-30", "1900-02-29", "2100-02-29", "24-3-12", "2024-3", "2024/3-12",
        "20240312",
        "2024-003-12", "0000-01-01", "12024-01-01", "2024年3月12", "2024-3-12日", "2024-3-12-",
        "-2024-3-12",
        "2024--12", "2024-03-12 11:31", "45363", "3月12日", "٢٠٢٤-٠٣-١٢",
    ])
    func `what is no day of the calendar is refused`(_ text: String) {
        #expect(CalendarDate(text) == nil)
    }

    @Test(arguments: [
        "2024-02-29", "2000-02-29", "2400-02-29", "0001-01-01", "9999-12-31", "2025-12-31",
    ])
    func `leap days and the ends of the calendar are days`(_ text: String) {
        #expect(CalendarDate(text)?.description == text)
    }

    @Test(arguments: [
        ("1970-01-01", 0), ("1969-12-31", -1), ("2000-03-01", 11_017), ("2025-05-08", 20_216),
        ("0001-01-01", -719_162), ("9999-12-31", 2_932_896),
    ])
    func `days are counted from 1970`(_ text: String, _ days: Int) throws {
        let date = try #require(CalendarDate(text))
        #expect(date.daysSince1970 == days)
        #expect(CalendarDate(daysSince1970: days) == date)
    }

    @Test func `every day from 1800 to 2200 follows the one before`() throws {
        var date = try #require(CalendarDate("1800-01-01"))
        let end = try #require(CalendarDate("2200-12-31"))
        var weekday = date.weekday
        while date < end {
            let next = date.adding(days: 1)
            let isSameMonth = next.month == date.month && next.day == date.day + 1
            #expect(
                isSameMonth
                    || next.day == 1
                        && date.day == CalendarDate.daysInMonth(date.month, of: date.year)
            )
            #expect(date.days(until: next) == 1)
            #expect(next.weekday == weekday % 7 + 1)
            #expect(CalendarDate(next.description) == next)
            (date, weekday) = (next, next.weekday)
        }
    }

    @Test func `adding days crosses months and years and stops at the ends`() throws {
        let date = try #require(CalendarDate("2025-01-31"))
        #expect(date.adding(days: 30).description == "2025-03-02")
        #expect(date.adding(days: -31).description == "2024-12-31")
        #expect(date.adding(days: .max) == .latest)
        #expect(date.adding(days: .min) == .earliest)
        #expect(CalendarDate.latest.adding(days: 1) == .latest)
        #expect(CalendarDate.earliest.adding(days: -1) == .earliest)
    }

    @Test(arguments: [
        ("2025-04-27", 7), ("2025-04-29", 2), ("2026-01-04", 7), ("1970-01-01", 4),
        ("0001-01-01", 1),
    ])
    func `weekdays run from Monday as 1 to Sunday as 7`(_ text: String, _ weekday: Int) throws {
        #expect(try #require(CalendarDate(text)).weekday == weekday)
    }

    @Test func `numbers take year and month`() throws {
        #expect(try #require(CalendarDate("2025-11-02")).yearMonth == "202511")
    }
}
