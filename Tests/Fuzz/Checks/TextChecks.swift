import Store
import SyncCore
import Wire

@testable import Records
@testable import Tables

extension FuzzTarget {
    static let texts = [
        FuzzTarget(
            name: "phone", share: 60, maximumBytes: 128,
            seeds: {
                Seeds.texts(
                    "138 1234 5678", "+86 (755) 8888-1234", "0086075588881234", "95588",
                    "４００８１２３１２３",
                    "1.38E+10")
            }, check: { try TextChecks.phone(String(decoding: $0, as: UTF8.self)) }),
        FuzzTarget(
            name: "room", share: 40, maximumBytes: 128,
            seeds: {
                Seeds.texts(
                    "3栋2单元1501", "３－２－５０１", "三栋二单元五零一", "3#2-501室", "A座12楼", "2单元501", "0", "十二")
            }, check: { try TextChecks.room(String(decoding: $0, as: UTF8.self)) }),
        FuzzTarget(
            name: "date", share: 12, maximumBytes: 128,
            seeds: {
                Seeds.texts(
                    "2024-02-29", "２０２４年３月１２日", "2024.3.12", "0001-01-01", "9999/12/31",
                    "2024年3月12号")
            }, check: TextChecks.date),
        FuzzTarget(
            name: "time", share: 8, maximumBytes: 128,
            seeds: {
                Seeds.texts(
                    "2025-05-08 11:31", "2025-05-08T11:31:07.5Z", "0001-01-01T00:00+23:59",
                    "9999-12-31 23:59:59-23:59", "2025/5/8 1:1")
            }, check: TextChecks.time),
        FuzzTarget(
            name: "number", share: 12, maximumBytes: 128,
            seeds: {
                Seeds.texts(
                    "288.10", "0-1,234,567.50", "4922337203685477.5807", "09223372036854775808",
                    "1-0", "61e5")
            }, check: TextChecks.number),
        FuzzTarget(
            name: "identifier", share: 20, maximumBytes: 128,
            seeds: {
                try Seeds.vectors("record-id", "record") + Seeds.vectors("join-code", "code")
                    + Seeds.texts(
                        "office/0123456789abcdef/private", "company", "1a2b3c.17",
                        "00000-AAAAA-00000-00000-00000-00000-00000-00000")
            }, check: TextChecks.identifier),
    ]
}

/// Numbers, names and times as people and programs write them.
enum TextChecks {
    static func phone(_ text: String) throws {
        guard let number = PhoneNumber(text) else { return }
        try law((5...12).contains(number.digits.utf8.count), "5 to 12 digits")
        try law(number.digits.utf8.allSatisfy(PlainText.digits.contains), "digits only")
        try law(PhoneNumber(number.digits) == number, "a number is read from its digits")
    }

    static func room(_ text: String) throws {
        if let part = RoomAddress.part(text) {
            try law(RoomAddress.part(part) == part, "a part is read from itself")
            try law((1...12).contains(part.utf8.count), "a part is short")
        }
        guard let room = RoomAddress(text) else { return }
        try law(RoomAddress(room.text) == room, "a room is read from its text")
        try law(
            room.building.isEmpty || RoomAddress(room.key) == room, "a room is read from its key")
    }

    static func date(_ bytes: [UInt8]) throws {
        let text = String(decoding: bytes, as: UTF8.self)
        if let date = CalendarDate(text) { try holds(date) }
        var draws = Draws(bytes)
        let days = draws.number()
        try holds(CalendarDate(daysSince1970: Int(days)))
        let later = CalendarDate.latest.adding(days: Int(draws.number()))
        try holds(later)
        try holds(later.adding(days: Int(days)))
    }

    private static func holds(_ date: CalendarDate) throws {
        try law(CalendarDate(date.description) == date, "a date is read from its text")
        try law(CalendarDate(daysSince1970: date.daysSince1970) == date, "a date by its number")
        try law((1...7).contains(date.weekday), "weekday")
        try law(date >= .earliest && date <= .latest, "within the calendar")
        let made = CalendarDate(year: date.year, month: date.month, day: date.day)
        try law(made == date, "a day of the calendar")
        try law(date.yearMonth.utf8.count == 6, "yearMonth")
    }

    static func time(_ bytes: [UInt8]) throws {
        let text = String(decoding: bytes, as: UTF8.self)
        if let time = LocalTime(text) { try holds(time) }
        var draws = Draws(bytes)
        try holds(LocalTime(milliseconds: draws.number()))
        if let time = HybridTime(rawValue: draws.word()) {
            try holds(LocalTime(time))
            let wall = draws.word()
            let next = time.next(wallClock: wall)
            try law(next > time || next == .latest, "time goes forward")
            try law(HybridTime(rawValue: next.rawValue) == next, "a next time is a time")
        }
    }

    private static func holds(_ time: LocalTime) throws {
        try law(LocalTime(time.description) == time, "a time is read from its description")
        try law(LocalTime(time.text) == time, "a time is read from its text")
        try law(LocalTime(milliseconds: time.milliseconds) == time, "a time by its milliseconds")
        try law((0..<86_400).contains(time.secondOfDay), "second of the day")
    }

    static func number(_ bytes: [UInt8]) throws {
        var draws = Draws(bytes)
        let places = draws.below(7)
        let text = String(decoding: draws.remainder(), as: UTF8.self)
        if let units = ExactNumber.units(of: text, places: places) {
            try exact(units, places)
        }
        let ungrouped = ExactNumber.ungrouped(text)
        try law(ExactNumber.ungrouped(ungrouped) == ungrouped, "commas are taken out once")
        var numbers = Draws(bytes)
        try exact(numbers.number(), places)
        if let digits = ChineseNumeral.digits(text) {
            try law(digits.utf8.allSatisfy(PlainText.digits.contains), "digits of a numeral")
        }
        let plain = NumberText.plain(text)
        try law(NumberText.plain(plain) == plain, "a plain number stays as it is")
        let trimmed = PlainText.trimmed(text)
        try law(PlainText.trimmed(trimmed) == trimmed, "trimming once is enough")
        let composed = PlainText.composed(text)
        try law(PlainText.composed(composed) == composed, "composing once is enough")
        let folded = PlainText.folded(text)
        try law(PlainText.folded(folded) == folded, "folding once is enough")
    }

    private static func exact(_ units: Int64, _ places: Int) throws {
        let text = ExactNumber.text(units, places: places)
        // The least integer has no positive counterpart and no field allows it.
        let again = ExactNumber.units(of: text, places: places)
        try law(again == units || units == .min, "digits are read as they are written")
    }

    static func identifier(_ bytes: [UInt8]) throws {
        let text = String(decoding: bytes, as: UTF8.self)
        if let record = RecordID(text) {
            try law(record.description == text.lowercased(), "a record's id")
            try law(RecordID(record.bytes) == record, "a record's bytes")
        }
        if let space = SpaceID(text) {
            try law(SpaceID(space.description) == space, "a space's name")
            try law(SpaceID(space.bytes) == space, "a space's bytes")
        }
        if let code = JoinCode(text) {
            try law(JoinCode(code.description) == code, "a join code")
        }
        if let version = RecordVersion(text) {
            try law(RecordVersion(version.description) == version, "a version")
        }
        if let hexadecimal = Hexadecimal.bytes(text) {
            try law(Hexadecimal.text(hexadecimal) == text.lowercased(), "hexadecimal digits")
        }
        if let base = Base32Hex.bytes(text) {
            try law(Base32Hex.text(base) == text.lowercased(), "base32hex digits")
        }
        if let record = RecordID(bytes) {
            try law(RecordID(record.description) == record, "an id of bytes")
        }
        _ = (GroupHash(bytes), StreamID(bytes), SpaceID(bytes), Digest(bytes), JoinCode(bytes))
        _ = (NodeKey(bytes), SigningKey(seed: bytes))
    }
}
