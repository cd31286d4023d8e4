import Records
import Testing

struct PhoneNumberTests {
    @Test(arguments: [
        "13812345678", "138 1234 5678", "138-1234-5678", "１３８１２３４５６７８", "+8613812345678",
        "+86 138-1234-5678", "008613812345678", "8613812345678", "(138)12345678",
        "\u{FEFF}13812345678 ",
        "（＋86）138－1234－5678", "138\u{2014}1234\u{2014}5678",
    ])
    func `every spelling of a number is one number`(_ text: String) {
        #expect(PhoneNumber(text)?.digits == "13812345678")
    }

    @Test(arguments: [
        // Mobiles: 13 to 19, eleven digits.
        ("13000000000", "13000000000"), ("19999999999", "19999999999"),
        // Landlines with area code: ten to twelve digits.
        ("0571-8765432", "05718765432"), ("010-65432100", "01065432100"),
        ("0571-87654321", "057187654321"), ("021 654 3210", "0216543210"),
        ("+86 21 6543 2100", "02165432100"), ("0086-21-65432100", "02165432100"),
        ("+86 021-65432100", "02165432100"),
        // Landlines without: seven or eight.
        ("2345678", "2345678"), ("87654321", "87654321"), ("86123456", "86123456"),
        // Service numbers.
        ("400-123-4567", "4001234567"), ("8008101234", "8008101234"), ("95588", "95588"),
        ("12345", "12345"), ("96110", "96110"), ("10086", "10086"), ("+86 95588", "95588"),
    ])
    func `mobiles, landlines and service numbers are understood`(_ text: String, _ digits: String) {
        #expect(PhoneNumber(text)?.digits == digits)
    }

    @Test(arguments: [
        "", " ", "1.38E+10", "1.38e10", "138123456", "1381234567", "138123456789", "12812345678",
        "10812345678", "234567", "123456789", "1234567", "98765432", "021654321", "0571876543210",
        "0000000000", "00571876543", "2165432100", "862165432100", "13812345678/13987654321",
        "13812345678 13987654321",
        "021-65432100-801", "021-65432100转801", "+1 212 555 0100", "+44 20 7946 0000", "电话",
        "138x2345678",
        "13812345678+", "++8613812345678", "１３８１２３４５６７", "٠١٢٣٤٥٦٧٨٩٠",
    ])
    func `what is no complete number is refused`(_ text: String) {
        #expect(PhoneNumber(text) == nil)
    }

    @Test(arguments: 0..<500)
    func `a number's digits are read back as the same number`(seed: Int) {
        var random = SeededGenerator(seed: seed)
        let digits = (0..<Int.random(in: 3...15, using: &random)).map { _ in
            String(Int.random(in: 0...9, using: &random))
        }.joined()
        guard let number = PhoneNumber(digits) else { return }
        #expect(PhoneNumber(number.digits) == number)
        #expect((5...12).contains(number.digits.utf8.count))
    }
}
