import Records
import SyncCore
import Testing

struct FieldCheckTests {
    @Test(arguments: [
        (TestFields.phone, Value.text("138 1234 5678"), FieldProblem.Code.badPhone),
        (TestFields.date, .text("2024-3-12"), .badDate),
        (TestFields.time, .text("2025-05-08 11:31"), .badTime),
        (TestFields.roomPart, .text("03"), .badRoom),
        (TestFields.choice, .text("报修"), .unknownChoice),
        (TestFields.flag, .integer(2), .badFlag), (TestFields.integer, .integer(0), .badNumber),
        (TestFields.integer, .integer(6), .badNumber), (TestFields.area, .integer(-1), .badNumber),
        (TestFields.money, .integer(9_007_199_254_740_992), .badNumber),
        (TestFields.phones, .text("{\"label\":\"a\",\"no\":\"13812345678\"}"), .wrongType),
        (TestFields.phones, .text("{ \"no\":\"13812345678\"}"), .wrongType),
        (TestFields.phones, .text("13812345678"), .wrongType),
        (TestFields.phones, .text("{}"), .wrongType),
        (TestFields.lines, .text("{\"area\":1.5}"), .wrongType),
        (TestFields.text, .integer(1), .wrongType), (TestFields.integer, .text("1"), .wrongType),
        (TestFields.reference, .text("x"), .wrongType), (TestFields.date, .integer(1), .wrongType),
        (TestFields.reference, .record(Samples.id(in: .company)), .badReference),
        (TestFields.reference, .record(Samples.id(in: .officePrivate(1))), .badReference),
        (TestFields.text, .text("a\nb"), .severalLines),
        (TestFields.text, .text("a\u{1B}b"), .controlCharacter),
    ])
    func `only the stored spelling of a value may be saved`(
        _ field: Field, _ value: Value, _ problem: FieldProblem.Code
    ) {
        #expect(code { try field.check(value) } == problem)
    }

    @Test(arguments: 0..<500)
    func `whatever is read from a text may be saved and shown`(seed: Int) throws {
        var random = SeededGenerator(seed: seed)
        for field in TestFields.oneOfEachKind + [
            TestFields.lines, TestFields.key, TestFields.space,
        ] {
            let text = Samples.text(&random)
            guard let value = try? field.value(fromText: text) else { continue }
            #expect(throws: Never.self, "\(field.name)") { try field.check(value) }
            #expect(try field.value(fromJSON: field.json(of: value)) == value, "\(field.name)")
        }
    }
}
