import Testing

@testable import Tables

@Suite struct TextDecoderTests {
    /// 房号,姓名 CR LF 一,㐀 in GB18030, the last one of four bytes.
    private let chinese: [UInt8] =
        [0xB7, 0xBF, 0xBA, 0xC5, 0x2C, 0xD0, 0xD5, 0xC3, 0xFB, 0x0D, 0x0A]
        + [0xD2, 0xBB, 0x2C, 0x81, 0x39, 0xEE, 0x39, 0x0D, 0x0A]

    @Test func `text that is not UTF-8 is read as GB18030 with all its characters`() throws {
        let table = try Table.read(chinese)
        #expect(table == Table(header: ["房号", "姓名"], rows: [["一", "㐀"]]))
    }

    @Test(arguments: [[0xFF], [0x81], [0x81, 0x39, 0xEE], [0xD2, 0x20]] as [[UInt8]])
    func `an invalid sequence names its line`(sequence: [UInt8]) {
        let error = #expect(throws: TableError.self) { try Table.read(chinese + sequence) }
        #expect(error?.code == .unreadableText)
        #expect(
            error?.message.hasPrefix("Line 3 of the file is not valid UTF-8 or GB18030") == true)
    }

    @Test func `a file marked as UTF-8 is not taken for anything else`() {
        let error = #expect(throws: TableError.self) {
            try Table.read(TextEncoding.utf8Mark + Array("a\rb\n".utf8) + chinese)
        }
        #expect(error?.message.hasPrefix("Line 3 of the file is not valid UTF-8 text.") == true)
    }

    @Test(arguments: [true, false])
    func `Unicode text as spreadsheet programs save it is read`(isLittleEndian: Bool) throws {
        let bytes = "\u{FEFF}房号\t𠮷\r\n1\t2\r\n".utf16.flatMap { unit in
            let pair = [UInt8(unit >> 8), UInt8(unit & 0xFF)]
            return isLittleEndian ? pair.reversed() : pair
        }
        #expect(try Table.read(bytes) == Table(header: ["房号", "𠮷"], rows: [["1", "2"]]))
        #expect(
            errorCode { () throws(TableError) in try Table.read(bytes + [0xD8]) }
                == "unreadable-text")
    }

    @Test func `a zero byte names its line`() {
        let error = #expect(throws: TableError.self) { try Table.read(Array("a\nb\0".utf8)) }
        #expect(error?.message.hasPrefix("Line 2 of the file has a zero byte") == true)
    }

    @Test func `text longer than one conversion step is whole`() throws {
        let row: [UInt8] = [0xB7, 0xBF, 0x0A]
        let bytes = Array(repeatElement(row, count: 70_000).joined())
        let text = try TextDecoder.utf8(from: bytes, encoding: .unmarked)
        #expect(text.count == 70_000 * 4)
        #expect(text.suffix(4) == Array("房\n".utf8)[...])
    }
}
