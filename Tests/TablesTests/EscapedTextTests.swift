import Testing

@testable import Tables

@Suite struct EscapedTextTests {
    @Test(arguments: [
        ("_x000D_", "\r"), ("_x4E2D_文", "中文"), ("_x005F_x000D_", "_x000D_"), ("_x0000_", "_x0000_"),
        ("_xD83D_", "_xD83D_"), ("_x12_", "_x12_"), ("_", "_"), ("a_x000", "a_x000"),
    ])
    func `escapes become characters`(escaped: String, text: String) {
        #expect(EscapedText.decoded(escaped) == text)
    }

    @Test(arguments: ["_x005F\u{7}", "_x0041\u{1}_x0041", "_x_x0041_", "_x005F_x005F_"])
    func `an escape that only the next one would end is kept apart`(text: String) {
        #expect(EscapedText.decoded(EscapedText.encoded(text)) == text)
    }

    @Test(arguments: 0..<300)
    func `decoding undoes encoding`(seed: Int) {
        var generator = SeededGenerator(seed: seed)
        let letters = Array("_x0045FfD\u{1}\r\n\u{FFFE}中".unicodeScalars)
        var scalars = String.UnicodeScalarView()
        for _ in 0..<20 {
            scalars.append(letters[Int.random(in: letters.indices, using: &generator)])
        }
        let text = String(scalars)
        #expect(Array(EscapedText.decoded(EscapedText.encoded(text)).utf8) == Array(text.utf8))
    }
}
