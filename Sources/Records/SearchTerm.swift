/// What a text in the search box may mean: a room, a telephone number, the number of a document, or
/// a part of a text. Pure: what is held under any of them is not known here.
///
/// The input decides (ux.md §5.1). What is a key finds by key, and only what no key finds is looked
/// for inside texts: a room or number is common in texts of other matters, and looking through all
/// texts is the slow way.
public struct SearchTerm: Hashable, Sendable {
    /// As typed, without blanks at both ends.
    public let text: String
    /// The key of a room, or what the keys of a building's or unit's rooms begin with.
    public let room: String?
    /// Four or more digits: a telephone number, or how one ends.
    public let phoneEnding: String?
    /// How far a room is looked for inside texts as well.
    public let texts: Texts

    public enum Texts: Hashable, Sendable {
        /// A whole room, beyond doubt: where rooms have keys, texts are not looked through.
        case never
        /// Only when no key finds anything.
        case otherwise
        /// A building or a unit: 3栋 is part of 3栋电梯 too, which is no room.
        case also
    }

    /// Nil when nothing was typed.
    public init?(_ typed: String) {
        // SQLite's texts end there.
        let typed = typed.unicodeScalars.prefix { $0 != "\0" }
        text = Self.trimmed(String(typed))
        guard !text.isEmpty else { return nil }
        phoneEnding = Self.digits(text)
        if let address = RoomAddress(text) {
            room = address.key
            texts = address.isBeyondDoubt ? .never : .otherwise
        } else if let beginning = RoomAddress.beginning(text) {
            room = beginning
            texts = .also
        } else {
            room = nil
            texts = .otherwise
        }
    }

    private static func trimmed(_ text: String) -> String {
        var view = Substring(text)
        while let first = view.first, first.isWhitespace { view.removeFirst() }
        while let last = view.last, last.isWhitespace { view.removeLast() }
        return String(view)
    }

    /// Four or more digits, with the separators people write between them; nil for anything else.
    private static func digits(_ text: String) -> String? {
        var digits = ""
        for character in text {
            if let digit = character.wholeNumberValue, (0...9).contains(digit) {
                digits.append(String(digit))
            } else if !(character == " " || character == "-" || character == "+") {
                return nil
            }
        }
        if digits.count > 11, digits.hasPrefix("86") { digits.removeFirst(2) }
        return digits.count >= 4 ? digits : nil
    }
}
