import Testing

@testable import Tables

@Suite struct NumberTextTests {
    @Test(arguments: [
        ("13812345678", "13812345678"), ("1.3812345678E10", "13812345678"),
        ("1.3812345678e+10", "13812345678"), ("13812345678.0", "13812345678"), ("98.5", "98.5"),
        ("98.50", "98.5"), ("153.94000000000001", "153.94"), ("0.30000000000000004", "0.3"),
        ("9.9999999999999999E2", "1000"), ("510104198003117579", "510104198003117579"),
        ("0", "0"), ("-0", "0"), ("-0.0", "0"), ("007", "7"), ("-88.1", "-88.1"),
        ("-1.5E-3", "-0.0015"), (".5", "0.5"), ("5.", "5"), ("0E5", "0"),
        ("1E21", "1" + String(repeating: "0", count: 21)),
    ])
    func `numbers are written out in full`(text: String, plain: String) {
        #expect(NumberText.plain(text) == plain)
    }

    @Test(arguments: [
        "", "-", ".", "1e", "1e5x", "abc", "1 2", "1e401", "1e99999999999999999999",
        "1E-9223372036854775808",
        "--1", "1.2.3",
    ])
    func `what is not a number stays as it is`(text: String) {
        #expect(NumberText.plain(text) == text)
    }

    @Test(arguments: 0..<200)
    func `money and areas keep their value`(seed: Int) {
        var generator = SeededGenerator(seed: seed)
        let hundredths = Int.random(in: -10_000_000...10_000_000, using: &generator)
        let number = Double(hundredths) / 100
        let plain = NumberText.plain("\(number)")
        #expect(Double(plain) == number)
        #expect(!plain.hasSuffix("0") || !plain.contains("."))
    }
}
