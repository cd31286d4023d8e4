/// Turns a text file of any encoding an office uses into UTF-8 without a mark.
enum TextDecoder {
    /// The UTF-8 bytes of the file.
    ///
    /// Strict: a byte sequence that the encoding does not have is an error naming its line, because
    /// a guessed character in a name or an address is noticed only when a letter comes back.
    static func utf8(from bytes: [UInt8], encoding: TextEncoding) throws(TableError) -> [UInt8] {
        let text: [UInt8]
        switch encoding {
        case .utf8:
            text = Array(bytes.dropFirst(TextEncoding.utf8Mark.count))
            guard text.isValidUTF8 else {
                throw .unreadableText(line: text.lineOfInvalidUTF8, expected: "UTF-8")
            }
        case .unmarked:
            text = bytes.isValidUTF8 ? bytes : try CharacterConverter.utf8(from: bytes, "GB18030")
        case .utf16LittleEndian:
            text = try CharacterConverter.utf8(from: Array(bytes.dropFirst(2)), "UTF-16LE")
        case .utf16BigEndian:
            text = try CharacterConverter.utf8(from: Array(bytes.dropFirst(2)), "UTF-16BE")
        }
        if let zero = text.firstIndex(of: 0) {
            throw .zeroByte(line: text[..<zero].lineCount)
        }
        return text
    }
}

extension [UInt8] {
    var isValidUTF8: Bool {
        String(validating: self, as: UTF8.self) != nil
    }

    /// The line on which the first invalid UTF-8 sequence stands.
    fileprivate var lineOfInvalidUTF8: Int {
        var decoder = UTF8()
        var iterator = makeIterator()
        var validCount = 0
        while case .scalarValue(let scalar) = decoder.decode(&iterator) {
            validCount += UTF8.width(scalar)
        }
        return self[..<validCount].lineCount
    }
}

extension Collection<UInt8> {
    /// The number of the line that the end of these bytes is on, with any of the three line ends.
    var lineCount: Int {
        var count = 1
        var previous: UInt8 = 0
        for byte in self {
            if byte == 0x0D || (byte == 0x0A && previous != 0x0D) { count += 1 }
            previous = byte
        }
        return count
    }
}
