import Testing

@testable import Tables

@Suite struct NumberFormatTests {
    @Test(
        arguments: [
            ("yyyy-mm-dd", .date), ("yyyy\"年\"m\"月\"d\"日\"", .date), ("yyyy年m月", .date),
            ("[$-804]yyyy\\-mm\\-dd;@", .date), ("mmm", .date), ("yyyy/m/d h:mm", .dateAndTime),
            ("h:mm AM/PM", .time), ("mm:ss", .time), ("[h]:mm", .number), ("[ss]", .number),
            ("General", .number),
            ("0.00", .number), ("#,##0.00_);[Red](#,##0.00)", .number), ("0\"day\"", .number),
            ("0\\d", .number), ("0.0E+00", .number), ("@", .number), ("0;yyyy", .number),
            ("\"", .number),
            ("[", .number), ("\\", .number), ("[Red]d", .date), ("", .number),
        ] as [(String, NumberFormat)])
    func `a format code says whether it shows a date`(code: String, format: NumberFormat) {
        #expect(NumberFormat(code: code) == format)
    }

    @Test(
        arguments: [
            (0, .number), (4, .number), (13, .number), (14, .date), (17, .date), (18, .time),
            (21, .time), (22, .dateAndTime), (23, .number), (31, .date), (46, .number),
            (49, .number),
            (57, .date), (59, .number), (-1, .number),
        ] as [(Int, NumberFormat)])
    func `a built-in format says whether it shows a date`(identifier: Int, format: NumberFormat) {
        #expect(NumberFormat(builtIn: identifier) == format)
    }
}
