import Records
import SyncCore
import Testing

struct FieldJSONTests {
    private static let household = Samples.id(in: .office(Samples.office))

    @Test(arguments: [
        (TestFields.text, Value.text("张三"), "\"张三\""),
        (TestFields.longText, .text("一\n二"), "\"一\\n二\""),
        (TestFields.integer, .integer(5), "5"), (TestFields.area, .integer(8810), "88.10"),
        (TestFields.area, .integer(5), "0.05"), (TestFields.money, .integer(3550), "3550"),
        (TestFields.money, .integer(9_007_199_254_740_991), "9007199254740991"),
        (TestFields.flag, .integer(1), "true"), (TestFields.flag, .integer(0), "false"),
        (TestFields.date, .text("2025-06-01"), "\"2025-06-01\""),
        (TestFields.time, .text("2025-06-01T09:30:00+08:00"), "\"2025-06-01T09:30:00+08:00\""),
        (TestFields.choice, .text("repair"), "\"repair\""),
        (TestFields.reference, .record(household), "\"\(household)\""),
        (TestFields.phone, .text("13812345678"), "\"13812345678\""),
        (TestFields.roomPart, .text("12A"), "\"12A\""),
        (
            TestFields.phones, .text("{\"no\":\"13812345678\",\"label\":\"母亲\"}"),
            "{\"no\":\"13812345678\",\"label\":\"母亲\"}"
        ),
        (
            TestFields.lines,
            .text("{\"item\":\"拆装\",\"amount\":3500,\"area\":1.50,\"done\":false}"),
            "{\"item\":\"拆装\",\"amount\":3500,\"area\":1.50,\"done\":false}"
        ),
        (TestFields.text, .empty, "null"),
    ])
    func `a value of every kind goes to JSON and comes back`(
        _ field: Field, _ value: Value, _ json: String
    ) throws {
        #expect(field.json(of: value).text == json)
        #expect(try field.value(fromJSON: JSONValue(parsing: json)) == value)
    }

    @Test(arguments: [
        (TestFields.area, "88.1", Value.integer(8810)), (TestFields.area, "88", .integer(8800)),
        (TestFields.area, "88.1000", .integer(8810)), (TestFields.area, "0.000", .integer(0)),
        (TestFields.phone, "\"+86 138-1234-5678\"", .text("13812345678")),
        (TestFields.date, "\"2025年6月1日\"", .text("2025-06-01")),
        (TestFields.time, "\"2025-06-01T01:30:00Z\"", .text("2025-06-01T09:30:00+08:00")),
        (TestFields.choice, "\"报修\"", .text("repair")), (TestFields.text, "\"\"", .empty),
        (
            TestFields.lines, "{\"done\":true,\"area\":1.5,\"item\":null}",
            .text("{\"area\":1.50,\"done\":true}")
        ),
        (TestFields.lines, "{}", .empty), (TestFields.lines, "{\"item\":\" \"}", .empty),
    ])
    func `JSON is brought into the one spelling that is stored`(
        _ field: Field, _ json: String, _ value: Value
    ) throws {
        #expect(try field.value(fromJSON: JSONValue(parsing: json)) == value)
    }

    @Test(arguments: [
        (TestFields.area, "88.123", FieldProblem.Code.badNumber),
        (TestFields.area, "8.8e1", .badNumber),
        (TestFields.area, "-1", .badNumber), (TestFields.area, "-0", .badNumber),
        (TestFields.area, "-0.00", .badNumber), (TestFields.area, "\"88.1\"", .wrongType),
        (TestFields.money, "35.50", .badNumber), (TestFields.money, "9007199254740992", .badNumber),
        (TestFields.integer, "6", .badNumber), (TestFields.integer, "true", .wrongType),
        (TestFields.flag, "1", .wrongType), (TestFields.flag, "\"是\"", .wrongType),
        (TestFields.text, "1", .wrongType), (TestFields.text, "[\"a\"]", .wrongType),
        (TestFields.phone, "13812345678", .wrongType), (TestFields.date, "20250601", .wrongType),
        (TestFields.reference, "{}", .wrongType), (TestFields.reference, "\"abc\"", .badReference),
        (TestFields.phones, "\"13812345678\"", .wrongType),
        (TestFields.phones, "{\"x\":1}", .unknownPart),
        (TestFields.phones, "{\"no\":13812345678}", .wrongType),
        (TestFields.lines, "{\"amount\":1.5}", .badNumber),
    ])
    func `JSON of the wrong type is refused by name`(
        _ field: Field, _ json: String, _ problem: FieldProblem.Code
    ) throws {
        let json = try JSONValue(parsing: json)
        #expect(code { _ = try field.value(fromJSON: json) } == problem)
    }

    @Test func `a set goes to a JSON array and comes back, each element once`() throws {
        let elements = [Value.text("张三"), .text("李四")]
        #expect(TestFields.names.json(ofElements: elements).text == "[\"张三\",\"李四\"]")
        let repeated = try JSONValue(parsing: "[\"张三\",\" 李四 \",\"张三\",null,\"\"]")
        #expect(try TestFields.names.elements(fromJSON: repeated) == elements)
        #expect(try TestFields.names.elements(fromJSON: .null) == [])
        #expect(code { _ = try TestFields.names.elements(fromJSON: .string("张三")) } == .wrongType)
        #expect(
            code { _ = try TestFields.names.elements(fromJSON: .array([.bool(true)])) }
                == .wrongType)
    }

    @Test func `a structure is taken apart and put together`() throws {
        let parts: [String: Value] = ["label": .text("母亲"), "no": .text("13812345678")]
        let value = try TestFields.phones.value(ofParts: parts)
        #expect(value == .text("{\"no\":\"13812345678\",\"label\":\"母亲\"}"))
        #expect(TestFields.phones.parts(of: value) == parts)
        #expect(TestFields.phones.parts(of: .text("x")) == [:])
        #expect(TestFields.text.parts(of: value) == [:])
        #expect(try TestFields.phones.value(ofParts: ["no": .empty]) == .empty)
        #expect(code { _ = try TestFields.phones.value(ofParts: ["x": .empty]) } == .unknownPart)
        #expect(code { _ = try TestFields.phones.value(ofParts: ["no": .text("1")]) } == .badPhone)
    }

    @Test(arguments: [
        (TestFields.area, Value.text("x"), "\"x\""), (TestFields.text, .integer(3), "3"),
        (TestFields.phones, .text("x"), "\"x\""),
        (TestFields.phone, .record(household), "\"\(household)\""),
        (TestFields.flag, .integer(7), "true"),
    ])
    func `a value of another kind is given as it is`(_ field: Field, _ value: Value, _ json: String)
    {
        #expect(field.json(of: value).text == json)
    }

    @Test(arguments: Catalogue.types.map(\.name))
    func `every field of the catalogue carries a value there and back`(_ name: String) throws {
        let type = try #require(Catalogue.type(named: name))
        for field in type.fields {
            let value = Samples.value(of: field)
            try #require(value != .empty, "\(field.name)")
            #expect(throws: Never.self, "\(field.name)") { try field.check(value) }
            let json = try JSONValue(parsing: field.json(of: value).text)
            #expect(try field.value(fromJSON: json) == value, "\(field.name)")
            #expect(!field.text(of: value, in: .zh).isEmpty, "\(field.name)")
            #expect(!field.text(of: value, in: .en).isEmpty, "\(field.name)")
        }
    }
}
