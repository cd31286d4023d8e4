/// How the characters of a text file are written as bytes.
enum TextEncoding: Equatable {
    /// UTF-8 that says so with a mark; anything else in it is an error.
    case utf8
    /// UTF-8 if the whole file is valid UTF-8, else GB18030.
    case unmarked
    case utf16LittleEndian
    case utf16BigEndian

    /// The byte order mark by which spreadsheet programs recognise UTF-8.
    static let utf8Mark: [UInt8] = [0xEF, 0xBB, 0xBF]
}
