import Records
import SyncCore

/// A generator whose numbers depend on its seed alone (splitmix64), so that a failing seed fails
/// again.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: Int) {
        state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 &+ 1
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// Texts that parsers meet: pieces of what they understand, put together in no order, and raw
/// bytes.
enum Samples {
    private static let pieces = [
        "3", "栋", "2单元", "501", "室", "-", "－", " ", "\u{3000}", "#", "号楼", "十", "二", "〇", "A", "座",
        "+86", "0086", "138", "1234", "5678", "021", "400", "(", "）", "1.38E+10", "2024", "年", "/",
        "02",
        "30", "日", "T", ":", "11", "59", "Z", "+08:00", ".", "88.10", "㎡", "元", ",", "{", "}", "[",
        "]",
        "\"", "\\", "\\u", "d83d", "de00", "\"no\":", "null", "true", "1e9", "-0", "\u{0}", "\r\n",
        "\t",
        "\u{FEFF}", "\u{301}", "é", "欧阳", "🏠", "9223372036854775807", "18446744073709551616", "是",
    ]

    static func text(_ random: inout SeededGenerator) -> String {
        (0..<Int.random(in: 0...12, using: &random)).map { _ in
            pieces[Int.random(in: 0..<pieces.count, using: &random)]
        }.joined()
    }

    static func bytes(_ random: inout SeededGenerator) -> [UInt8] {
        (0..<Int.random(in: 0...64, using: &random)).map { _ in
            UInt8.random(in: 0...255, using: &random)
        }
    }

    static let office: UInt64 = 0x0123_4567_89AB_CDEF

    static func id(in home: SpaceID, _ number: UInt64 = 1) -> RecordID {
        RecordID(home: home, high: 7, low: number)
    }

    /// A record id of the type's home.
    static func id(of type: String) -> RecordID? {
        switch Catalogue.type(named: type)?.home {
        case .company: id(in: .company)
        case .office: id(in: .office(office))
        case .officePrivate: id(in: .officePrivate(office))
        case nil: nil
        }
    }

    /// A valid value of a field, by its kind.
    static func value(of field: Field) -> Value {
        switch field.kind {
        case .text:
            switch field.format {
            case .free: .text("甲")
            case .hexadecimal(let digits): .text(String(repeating: "a", count: digits))
            case .officeSpace: .text(SpaceID.office(office).description)
            }
        case .longText: .text("第一行\n第二行")
        case .integer, .decimal, .money: .integer(field.range.lowerBound + 1)
        case .flag: .integer(1)
        case .date: .text("2025-06-01")
        case .time: .text("2025-06-01T09:30:00+08:00")
        case .choice(let choices): .text(choices[choices.count - 1].code)
        case .reference(let type): id(of: type).map(Value.record) ?? .empty
        case .phone: .text("13812345678")
        case .roomPart: .text("12A")
        case .structure(let parts):
            structure(of: field, parts)
        }
    }

    private static func structure(of field: Field, _ parts: [Field.Part]) -> Value {
        let values = parts.map { ($0.name, value(of: field.field(for: $0))) }
        // Nothing is lost with the problem: the tests require a value.
        return (try? field.value(ofParts: Dictionary(uniqueKeysWithValues: values))) ?? .empty
    }
}
