import Records
import SyncCore
import Testing

struct LocalTimeTests {
    @Test(arguments: [
        "2025-05-08 11:31", "2025-05-08T11:31", "2025-05-08 11:31:00", "2025-05-08T11:31:00+08:00",
        "2025-05-08T03:31:00Z", "2025-05-08t03:31:00.999z", "2025-05-07T22:31:00-05:00",
        "2025/5/8 11:31",
        "2025年5月8日 11:31", "２０２５－５－８　１１：３１", "2025-5-8  11:31 ", "2025-05-08 11:31 +08:00",
        "2025-05-09T01:16:00+21:45",
    ])
    func `every spelling of a moment is one moment in office time`(_ text: String) {
        #expect(LocalTime(text)?.description == "2025-05-08T11:31:00+08:00")
        #expect(LocalTime(text)?.text == "2025-05-08 11:31")
    }

    @Test(arguments: [
        "", "2025-05-08", "11:31", "2025-05-08 24:00", "2025-05-08 23:60", "2025-05-08 23:59:60",
        "2025-05-08 11", "2025-05-08 11:", "2025-05-08 111:31", "2023-02-30 11:31",
        "2025-05-08T11:31+8",
        "2025-05-08T11:31+24:00", "2025-05-08T11:31+08:60", "2025-05-08 11:31.5",
        "2025-05-08 11:31:00.",
        "2025-05-08 -1:31", "2025-05-08 11:31 下午", "45785.479861",
    ])
    func `what is no complete date and time is refused`(_ text: String) {
        #expect(LocalTime(text) == nil)
    }

    @Test(arguments: [
        (0, "1970-01-01T08:00:00+08:00"), (-1, "1970-01-01T07:59:59+08:00"),
        (1_746_675_060_999, "2025-05-08T11:31:00+08:00"),
        (1_746_719_999_999, "2025-05-08T23:59:59+08:00"),
        (1_746_720_000_000, "2025-05-09T00:00:00+08:00"),
        (-28_800_000, "1970-01-01T00:00:00+08:00"),
        (-28_800_001, "1969-12-31T23:59:59+08:00"),
    ])
    func `milliseconds become office time, rounded down to the second`(
        _ milliseconds: Int64, _ text: String
    ) {
        #expect(LocalTime(milliseconds: milliseconds).description == text)
    }

    @Test func `the last hybrid time and hostile numbers do not leave the calendar`() {
        #expect(LocalTime(HybridTime.latest).date == .latest)
        #expect(LocalTime(milliseconds: .max).date == .latest)
        #expect(LocalTime(milliseconds: .min).date == .earliest)
        #expect(LocalTime("9999-12-31T23:59:59-12:00")?.date == .latest)
    }

    @Test func `seconds are shown only where there are any`() {
        #expect(LocalTime("2025-05-08 11:31:07")?.text == "2025-05-08 11:31:07")
    }

    @Test(arguments: 0..<500)
    func `milliseconds and text carry a moment there and back`(seed: Int) {
        var random = SeededGenerator(seed: seed)
        let time = LocalTime(
            milliseconds: .random(in: -9_000_000_000_000...90_000_000_000_000, using: &random))
        let other = LocalTime(
            milliseconds: .random(in: -9_000_000_000_000...90_000_000_000_000, using: &random))
        #expect(LocalTime(milliseconds: time.milliseconds) == time)
        #expect(LocalTime(time.description) == time)
        #expect(LocalTime(time.text) == time)
        #expect((time < other) == (time.description < other.description))
        #expect((time < other) == (time.milliseconds < other.milliseconds))
    }
}
