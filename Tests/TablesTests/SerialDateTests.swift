import Testing

@testable import Tables

@Suite struct SerialDateTests {
    @Test(arguments: [
        (1, "1900-01-01"), (59, "1900-02-28"), (60, "1900-02-29"), (61, "1900-03-01"),
        (25_569, "1970-01-01"), (36_584, "2000-02-28"), (36_585, "2000-02-29"),
        (36_586, "2000-03-01"), (45_420, "2024-05-08"), (2_958_465, "9999-12-31"),
    ])
    func `days are counted from 1900`(day: Int, text: String) {
        #expect(SerialDate(Double(day), .from1900)?.text(as: .date) == text)
    }

    @Test(arguments: [(0, "1904-01-01"), (43_958, "2024-05-08"), (2_957_003, "9999-12-31")])
    func `days are counted from 1904`(day: Int, text: String) {
        #expect(SerialDate(Double(day), .from1904)?.text(as: .date) == text)
    }

    @Test func `times are to the minute and survive binary fractions`() {
        let date = SerialDate(45_420.354166666664, .from1900)
        #expect(date?.text(as: .dateAndTime) == "2024-05-08 08:30")
        #expect(date?.text(as: .date) == "2024-05-08")
        #expect(date?.text(as: .time) == "2024-05-08 08:30")
        #expect(SerialDate(0.999999999, .from1900)?.text(as: .dateAndTime) == "1900-01-01 00:00")
        #expect(SerialDate(2_958_465.999_999_999, .from1900) != nil)
        #expect(SerialDate(0.5, .from1900)?.text(as: .time) == "12:00")
        #expect(SerialDate(0.5, .from1900)?.text(as: .date) == nil)
    }

    @Test(arguments: [-1, 2_958_466, .infinity, .nan, 1e300])
    func `there are no dates outside the calendar`(days: Double) {
        #expect(SerialDate(days, .from1900) == nil)
    }
}
