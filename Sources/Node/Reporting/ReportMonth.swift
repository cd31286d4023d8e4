import Records

/// A month of the calendar as reports name it.
struct ReportMonth: Hashable, Sendable {
    let first: CalendarDate

    /// - Parameter text: `2025-05` or `202505`.
    /// - Throws: `ReportError` `bad-month`.
    init(_ text: String) throws {
        let digits = text.filter { $0 != "-" }
        guard digits.utf8.count == 6, digits.utf8.allSatisfy(Self.isDigit),
            let first = CalendarDate(
                year: Int(digits.prefix(4)) ?? 0, month: Int(digits.suffix(2)) ?? 0, day: 1)
        else { throw ReportError.badMonth }
        self.first = first
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    /// The office month of a moment in milliseconds since 1970 UTC.
    init(containing milliseconds: UInt64) {
        let date = LocalTime(milliseconds: Int64(clamping: milliseconds)).date
        first = date.adding(days: 1 - date.day)
    }

    /// `2025-05`; every date and time of the month begins with it.
    var text: String { String(first.description.prefix(7)) }

    /// Sorts behind every time of the month and before those of the next.
    var end: String {
        String(first.adding(days: 31).description.prefix(7))
    }
}

/// Why a report or an export cannot be made.
public struct ReportError: CodedError, Hashable {
    public let code: String
    public let message: String

    static let badMonth = ReportError(
        code: "bad-month", message: "The month is not one of the calendar; write it like 2025-05.")
}
