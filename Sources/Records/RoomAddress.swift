/// Which room, in one spelling: 3栋2单元501, 3-2-501, ３－２－５０１, 三栋二单元五零一 and 3#2-501室 are one room.
///
/// Parts are digits and upper-case Latin letters without leading zeros. A text that names a floor,
/// a phase or an estate is not understood, because guessing would put two rooms into one file.
public struct RoomAddress: Hashable, Sendable {
    /// Empty only where the text began with a unit (2单元501), as in estates of one building.
    public let building: String
    /// Empty where a building has no units: 3-501.
    public let unit: String
    public let room: String

    public init(building: String, unit: String, room: String) {
        self.building = building
        self.unit = unit
        self.room = room
    }

    /// `3-2-501`; without a unit `3-501`. Two rooms are the same when their keys are.
    public var key: String {
        unit.isEmpty ? "\(building)-\(room)" : "\(building)-\(unit)-\(room)"
    }

    /// As an office writes it: 3栋2单元501.
    public var text: String {
        (building.isEmpty ? "" : building + "栋") + (unit.isEmpty ? "" : unit + "单元") + room
    }

    /// Nil when the text is no room's address.
    public init?(_ text: String) {
        guard let pieces = Self.pieces(text), let last = pieces.last, last.marks(.room) else {
            return nil
        }
        switch pieces.count {
        case 3 where pieces[0].marks(.building) && pieces[1].marks(.unit):
            self.init(
                building: pieces[0].value, unit: pieces[1].value, room: last.value)
        case 2 where pieces[0].marks(.building):
            self.init(building: pieces[0].value, unit: "", room: last.value)
        case 2 where pieces[0].marks(.unit):
            self.init(building: "", unit: pieces[0].value, room: last.value)
        default:
            return nil
        }
    }

    /// One part on its own: 三栋 is 3, ２单元 is 2, 0501室 is 501. Nil when it is more or less than one
    /// part.
    public static func part(_ text: String) -> String? {
        guard let pieces = pieces(text), pieces.count == 1, !pieces[0].endsInDash else {
            return nil
        }
        return pieces[0].value
    }

    /// The room that a place ends with: 翠湖花园9栋4单元3103 is 9栋4单元3103. Nil when it names none.
    ///
    /// Two estates may have a room of one address, so this is for finding, never for joining records.
    public init?(endOf place: String) {
        guard place.utf8.count <= 300 else { return nil }
        if let plain = Self.plain(endOf: place) {
            self = plain
            return
        }
        var isInValue = false
        let scalars = place.unicodeScalars
        for index in scalars.indices {
            let wasInValue = isInValue
            isInValue = Self.beginsValue(scalars[index])
            guard isInValue, !wasInValue else { continue }
            guard let room = RoomAddress(String(scalars[index...])), room.isBeyondDoubt else {
                continue
            }
            // A building that is not understood stands before this unit: it is no room of its own.
            let isCut =
                room.building.isEmpty && index > scalars.startIndex
                && Self.wordScalars.contains(scalars[scalars.index(before: index)])
            guard !isCut else { continue }
            self = room
            return
        }
        return nil
    }

    /// The way most are written, 3栋2单元501 in plain digits, read without all that the others need:
    /// every ticket of a first sync passes here.
    private static func plain(endOf place: String) -> RoomAddress? {
        var rest = place.utf8[...]
        func takeNumber(upTo digits: Int) -> String? {
            let end = rest.endIndex
            var count = 0
            while let last = rest.last, PlainText.digits.contains(last) {
                count += 1
                rest.removeLast()
            }
            guard 1...digits ~= count, place.utf8[rest.endIndex] != UInt8(ascii: "0") else {
                return nil
            }
            return String(place[rest.endIndex..<end])
        }
        func take(_ word: String.UTF8View) -> Bool {
            guard rest.suffix(word.count).elementsEqual(word) else { return false }
            rest.removeLast(word.count)
            return true
        }
        guard let room = takeNumber(upTo: 5), take("单元".utf8),
            let unit = takeNumber(upTo: 3), take("栋".utf8), let building = takeNumber(upTo: 3),
            Substring(rest).unicodeScalars.last.map({ !beginsValue($0) }) ?? true
        else { return nil }
        return RoomAddress(building: building, unit: unit, room: room)
    }

    /// Whether this can hardly be anything but a room: `e-mail`, `LED-12W` and `2025-11-13` read as
    /// addresses too.
    public var isBeyondDoubt: Bool {
        func isShort(_ part: String) -> Bool {
            part.utf8.count <= 3 && part.utf8.count { !PlainText.digits.contains($0) } <= 1
        }
        return isShort(building) && isShort(unit) && room.utf8.count <= 5
            && room.utf8.contains(where: PlainText.digits.contains)
    }

    /// The key of a building or a unit, with which the keys of its rooms begin: 3栋 and `3-` are 3,
    /// 3栋2单元 and `3-2-` are 3-2. Nil for a whole room, and for anything else.
    public static func beginning(_ text: String) -> String? {
        guard let pieces = pieces(text), let first = pieces.first, first.marks(.building) else {
            return nil
        }
        switch pieces.count {
        case 1: return first.value
        case 2 where pieces[1].marks(.unit): return "\(first.value)-\(pieces[1].value)"
        default: return nil
        }
    }

    // MARK: Reading

    private static func beginsValue(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "0"..."9", "A"..."Z", "a"..."z", "０"..."９", "Ａ"..."Ｚ", "ａ"..."ｚ": true
        default: ChineseNumeral.scalars.contains(scalar)
        }
    }

    private enum Level { case building, unit, room }

    /// A value with what was written behind it.
    private struct Piece {
        var value: String
        /// The words behind the value, such as 号楼; a value followed by a dash or nothing may be of
        /// any level.
        var words: String
        var endsInDash: Bool

        func marks(_ level: Level) -> Bool {
            guard !words.isEmpty else { return endsInDash != (level == .room) }
            if level == .room && endsInDash { return false }
            return Self.words[level, default: []].contains(words)
        }

        static let words: [Level: Set<String>] = [
            .building: ["栋", "幢", "座", "号", "号楼", "#", "#楼"],
            .unit: ["单元", "门", "梯"],
            .room: ["室", "房", "号", "号房", "户"],
        ]

        static let all = words.values.reduce(into: Set()) { $0.formUnion($1) }
    }

    private static let wordScalars = Set(Piece.all.joined().unicodeScalars)
    private static let dashes = Set(
        "-\u{2010}\u{2011}\u{2012}\u{2013}\u{2014}\u{2015}\u{2212}".unicodeScalars)

    /// The values of a text in order; nil when something in it is neither value, word nor dash.
    private static func pieces(_ text: String) -> [Piece]? {
        guard text.utf8.count <= 100 else { return nil }
        var pieces: [Piece] = []
        var value = ""
        var words = ""
        var endsInDash = false
        func finish() -> Bool {
            guard let value = normalised(value), words.isEmpty || Piece.all.contains(words) else {
                return false
            }
            pieces.append(Piece(value: value, words: words, endsInDash: endsInDash))
            return pieces.count <= 3
        }
        var sawBlank = false
        for scalar in PlainText.folded(text).unicodeScalars {
            if PlainText.isBlank(scalar) {
                sawBlank = !value.isEmpty && words.isEmpty && !endsInDash
            } else if dashes.contains(scalar) {
                guard !value.isEmpty, !endsInDash else { return nil }
                endsInDash = true
            } else if wordScalars.contains(scalar) {
                guard !value.isEmpty, !endsInDash else { return nil }
                words.unicodeScalars.append(scalar)
            } else {
                if endsInDash || !words.isEmpty {
                    guard finish() else { return nil }
                    (value, words, endsInDash) = ("", "", false)
                } else if sawBlank {
                    // Two values with nothing but a blank between them: 2 501 is not 2501.
                    return nil
                }
                sawBlank = false
                value.unicodeScalars.append(scalar)
            }
        }
        guard !value.isEmpty, finish() else { return nil }
        return pieces
    }

    /// `0501` is 501, `12a` is 12A, 五零一 is 501, 十二 is 12. Nil for a mixture, for anything else and
    /// beyond ten characters.
    private static func normalised(_ value: String) -> String? {
        guard !value.isEmpty, value.unicodeScalars.count <= 10 else { return nil }
        let isLatin = value.utf8.allSatisfy { byte in
            PlainText.digits.contains(byte)
                || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        }
        guard let spelled = isLatin ? value.uppercased() : ChineseNumeral.digits(value) else {
            return nil
        }
        let rest = spelled.drop { $0 == "0" }
        if rest.isEmpty { return "0" }
        // A zero before a letter is part of the name.
        return rest.first?.isNumber == true ? String(rest) : spelled
    }
}
