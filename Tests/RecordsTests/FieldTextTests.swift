import Records
import SyncCore
import Testing

/// Fields made for the tests, one of each kind.
enum TestFields {
    static let text = Field(16, "text", Title("文字", "Text"), .text)
    static let longText = Field(16, "long", Title("长文", "Long text"), .longText)
    static let integer = Field(16, "integer", Title("整数", "Integer"), .integer, range: 1...5)
    static let area = Field(
        16, "area", Title("建筑面积", "Floor area"), .decimal(places: 2, unit: "㎡"))
    static let money = Field(16, "money", Title("金额", "Amount"), .money)
    static let flag = Field(16, "flag", Title("标记", "Flag"), .flag)
    static let date = Field(16, "date", Title("日期", "Date"), .date)
    static let time = Field(16, "time", Title("时间", "Time"), .time)
    static let choice = Field(
        16, "choice", Title("选项", "Choice"),
        .choice([
            Field.Choice("repair", "报修", "Repair", also: ["维修"]),
            Field.Choice("complaint", "投诉", "Complaint"),
        ]))
    static let reference = Field(16, "reference", Title("户", "Household"), .reference("households"))
    static let phone = Field(16, "phone", Title("电话", "Phone"), .phone)
    static let roomPart = Field(16, "room", Title("楼栋", "Building"), .roomPart)
    static let phones = Field(
        16, "phones", Title("电话", "Phones"),
        .structure([
            Field.Part("no", Title("号码", "Number"), .phone),
            Field.Part("label", Title("说明", "Label"), .text),
        ]), merge: .set)
    static let lines = Field(
        16, "lines", Title("明细", "Lines"),
        .structure([
            Field.Part("item", Title("项目", "Item"), .text),
            Field.Part("amount", Title("金额", "Amount"), .money),
            Field.Part("area", Title("面积", "Area"), .decimal(places: 2, unit: "㎡")),
            Field.Part("done", Title("完成", "Done"), .flag),
        ]), merge: .set)
    static let names = Field(16, "names", Title("姓名", "Names"), .text, merge: .set)
    static let required = Field(16, "required", Title("内容", "Content"), .text, required: true)
    static let requiredSet = Field(
        16, "required_set", Title("岗位", "Posts"), .text, required: true, merge: .set)
    static let key = Field(
        16, "key", Title("公钥", "Public key"), .text, format: .hexadecimal(digits: 64))
    static let space = Field(16, "space", Title("空间", "Space"), .text, format: .officeSpace)

    static let oneOfEachKind = [
        text, longText, integer, area, money, flag, date, time, choice, reference, phone, roomPart,
        phones,
    ]
}

/// The code of the problem that a reading ends with; nil when it succeeds.
func code(_ reading: () throws -> Void) -> FieldProblem.Code? {
    do {
        try reading()
        return nil
    } catch {
        return (error as? FieldProblem)?.code
    }
}

struct FieldTextTests {
    private static let household = Samples.id(in: .office(Samples.office))
    private static let policy = Samples.id(in: .company)

    @Test(arguments: [
        (TestFields.text, " \u{3000}张三\u{FEFF} ", Value.text("张三")),
        (TestFields.text, "e\u{301}", .text("\u{E9}")),
        (TestFields.text, "３－２", .text("３－２")),
        (TestFields.longText, "一\r\n二\r三\n四\t五", .text("一\n二\n三\n四\t五")),
        (TestFields.integer, "１", .integer(1)), (TestFields.integer, "5", .integer(5)),
        (TestFields.integer, "3.0", .integer(3)),
        (TestFields.area, "88.1", .integer(8810)), (TestFields.area, "88.10㎡", .integer(8810)),
        (TestFields.area, "１２９．７６平方米", .integer(12976)), (TestFields.area, "90 M2", .integer(9000)),
        (TestFields.area, "88.1000", .integer(8810)), (TestFields.area, "0", .integer(0)),
        (TestFields.area, "1,234.5", .integer(123_450)),
        (TestFields.money, "35", .integer(3500)), (TestFields.money, "¥35.50", .integer(3550)),
        (TestFields.money, "35.5 元", .integer(3550)),
        (TestFields.money, "￥1,000", .integer(100_000)),
        (TestFields.money, "35.50 CNY", .integer(3550)),
        (TestFields.money, "90071992547409.91", .integer(9_007_199_254_740_991)),
        (TestFields.flag, "是", .integer(1)), (TestFields.flag, "No", .integer(0)),
        (TestFields.flag, "on", .integer(1)), (TestFields.flag, "０", .integer(0)),
        (TestFields.date, "2024年3月12日", .text("2024-03-12")),
        (TestFields.time, "2025/5/8 11:31", .text("2025-05-08T11:31:00+08:00")),
        (TestFields.choice, "repair", .text("repair")), (TestFields.choice, "报修", .text("repair")),
        (TestFields.choice, "维修", .text("repair")),
        (TestFields.choice, "COMPLAINT", .text("complaint")),
        (TestFields.reference, household.description, .record(household)),
        (TestFields.phone, "+86 138-1234-5678", .text("13812345678")),
        (TestFields.roomPart, "三栋", .text("3")),
        (TestFields.phones, "138 1234 5678", .text("{\"no\":\"13812345678\"}")),
        (
            TestFields.phones, "{\"label\":\"母亲\",\"no\":\"138-1234-5678\"}",
            .text("{\"no\":\"13812345678\",\"label\":\"母亲\"}")
        ),
        (TestFields.lines, "更换水龙头", .text("{\"item\":\"更换水龙头\"}")),
        (
            TestFields.key, String(repeating: "0f", count: 32),
            .text(String(repeating: "0f", count: 32))
        ),
        (TestFields.space, "office/0123456789abcdef", .text("office/0123456789abcdef")),
    ])
    func `what people type becomes the one value it means`(
        _ field: Field, _ text: String, _ value: Value
    ) throws {
        #expect(try field.value(fromText: text) == value)
        #expect(throws: Never.self) { try field.check(value) }
    }

    @Test(
        arguments: [
            (TestFields.text, "一\n二", FieldProblem.Code.severalLines),
            (TestFields.text, "a\r\nb", .severalLines),
            (TestFields.text, "a\u{2028}b", .severalLines),
            (TestFields.text, "a\u{0}b", .controlCharacter),
            (TestFields.text, "a\tb", .controlCharacter),
            (TestFields.text, "a\u{7F}", .controlCharacter),
            (TestFields.text, "a\u{85}b", .controlCharacter),
            (TestFields.text, "a\u{9B}b", .controlCharacter),
            (TestFields.longText, "a\u{0}b", .controlCharacter),
            (TestFields.longText, "a\u{B}b", .controlCharacter),
            (TestFields.integer, "0", .badNumber), (TestFields.integer, "6", .badNumber),
            (TestFields.integer, "1.5", .badNumber), (TestFields.integer, "一", .badNumber),
            (TestFields.integer, "1e1", .badNumber), (TestFields.integer, "0x1", .badNumber),
            (TestFields.area, "约九十", .badNumber), (TestFields.area, "-88.1", .badNumber),
            (TestFields.area, "abc", .badNumber), (TestFields.area, "88.123", .badNumber),
            (TestFields.area, "88.", .badNumber), (TestFields.area, ".5", .badNumber),
            (TestFields.area, "12,5", .badNumber), (TestFields.area, "㎡", .badNumber),
            (TestFields.area, "88.1㎡㎡", .badNumber), (TestFields.area, "88.1元", .badNumber),
            (TestFields.area, "1,23,456", .badNumber), (TestFields.area, "1.2.3", .badNumber),
            (TestFields.money, "90071992547409.92", .badNumber),
            (TestFields.money, "99999999999999999999", .badNumber),
            (TestFields.money, "0.001", .badNumber), (TestFields.flag, "也许", .badFlag),
            (TestFields.flag, "2", .badFlag),
            (TestFields.date, "2023-02-30", .badDate), (TestFields.time, "2025-05-08", .badTime),
            (TestFields.choice, "其他", .unknownChoice), (TestFields.choice, "Repair ", nil),
            (TestFields.reference, "x", .badReference),
            (TestFields.reference, policy.description, .badReference),
            (TestFields.phone, "1.38E+10", .badPhone), (TestFields.roomPart, "3-2", .badRoom),
            (TestFields.phones, "1.38E+10", .badPhone),
            (TestFields.phones, "{\"no\":1}", .wrongType),
            (TestFields.phones, "{\"nr\":\"13812345678\"}", .unknownPart),
            (TestFields.phones, "{", .wrongType),
            (TestFields.phones, "{\"no\":\"1\",\"no\":\"2\"}", .wrongType),
            (TestFields.key, String(repeating: "0F", count: 32), .badFormat),
            (TestFields.key, String(repeating: "0f", count: 31), .badFormat),
            (TestFields.key, String(repeating: "0g", count: 32), .badFormat),
            (TestFields.space, "office/0123456789ABCDEF", .badFormat),
            (TestFields.space, "company", .badFormat),
            (TestFields.space, "office/0123456789abcdef/private", .badFormat),
        ] as [(Field, String, FieldProblem.Code?)])
    func `what cannot be the field's value is refused by name`(
        _ field: Field, _ text: String, _ problem: FieldProblem.Code?
    ) {
        #expect(code { _ = try field.value(fromText: text) } == problem)
    }

    @Test func `equal texts are stored as equal bytes`() throws {
        // Compared byte by byte: Swift calls the two spellings of é equal.
        guard case .text(let text) = try TestFields.text.value(fromText: "e\u{301}\u{F900}") else {
            Issue.record("a text is no text")
            return
        }
        #expect(Array(text.utf8) == Array("\u{E9}\u{8C48}".utf8))
    }

    @Test(arguments: TestFields.oneOfEachKind)
    func `an empty text clears the field`(_ field: Field) throws {
        for text in ["", " ", "\u{3000}\r\n\t"] {
            #expect(try field.value(fromText: text) == .empty)
        }
        #expect(throws: Never.self) { try field.check(.empty) }
        #expect(field.text(of: .empty, in: .zh) == "")
    }

    @Test func `a required field cannot be cleared`() {
        #expect(code { _ = try TestFields.required.value(fromText: " ") } == .required)
        #expect(code { try TestFields.required.check(.empty) } == .required)
        #expect(code { _ = try TestFields.required.value(fromJSON: .null) } == .required)
        #expect(code { _ = try TestFields.requiredSet.elements(fromText: "、") } == .required)
        #expect(code { _ = try TestFields.requiredSet.elements(fromJSON: .array([])) } == .required)
    }

    @Test(arguments: [(TestFields.text, 500), (TestFields.longText, 20_000)])
    func `a text is taken up to its limit and no further`(_ field: Field, _ limit: Int) throws {
        let most = String(repeating: "字", count: limit)
        #expect(try field.value(fromText: " \(most) ") == .text(most))
        #expect(code { _ = try field.value(fromText: most + "字") } == .tooLong)
        #expect(code { try field.check(.text(most + "字")) } == .tooLong)
    }

    @Test func `a text is never longer than a value may be`() throws {
        // Four bytes a scalar: 16,384 of them are the limit of a value, before the limit of a text.
        let most = String(repeating: "𠮷", count: Limits.maximumValueBytes / 4)
        #expect(try TestFields.longText.value(fromText: most) == .text(most))
        #expect(code { _ = try TestFields.longText.value(fromText: most + "𠮷") } == .tooLong)
        let long = String(repeating: "\\\"", count: 9_999)
        let parts = ["item": Value.text("a"), "amount": .integer(1)]
        #expect(throws: Never.self) { try TestFields.lines.value(ofParts: parts) }
        #expect(code { _ = try TestFields.lines.value(ofParts: ["item": .text(long)]) } == .tooLong)
    }

    @Test(arguments: [
        (TestFields.names, "张三、李四，王五,赵六；钱七;孙八\n周九", ["张三", "李四", "王五", "赵六", "钱七", "孙八", "周九"]),
        (TestFields.names, " 张三 、、 张三 ", ["张三"]), (TestFields.names, "", []),
        (TestFields.names, "[\"张三\",\"李,四\"]", ["张三", "李,四"]),
        (
            TestFields.phones, "138 1234 5678、021-65432100",
            ["{\"no\":\"13812345678\"}", "{\"no\":\"02165432100\"}"]
        ),
        (TestFields.lines, "拆，装\n清洗", ["{\"item\":\"拆，装\"}", "{\"item\":\"清洗\"}"]),
    ])
    func `a set is read from one text, each element once`(
        _ field: Field, _ text: String, _ elements: [String]
    ) throws {
        #expect(try field.elements(fromText: text) == elements.map(Value.text))
    }

    @Test func `a set takes its limit of elements in one save and no more`() throws {
        let names = (0..<Field.maximumElements).map { "甲\($0)" }
        #expect(
            try TestFields.names.elements(fromText: names.joined(separator: "、")).count
                == names.count)
        #expect(
            code {
                _ = try TestFields.names.elements(fromText: (names + ["乙"]).joined(separator: "、"))
            } == .tooMany)
        let json = JSONValue.array((names + ["乙"]).map(JSONValue.string))
        #expect(code { _ = try TestFields.names.elements(fromJSON: json) } == .tooMany)
        #expect(Field.maximumElements < Limits.maximumWritesPerChange)
    }

    @Test(arguments: [
        (TestFields.area, Value.integer(8810), "88.10 ㎡", "88.10 ㎡"),
        (TestFields.area, .integer(5), "0.05 ㎡", "0.05 ㎡"),
        (TestFields.money, .integer(3500), "35.00 元", "35.00 CNY"),
        (TestFields.flag, .integer(1), "是", "Yes"), (TestFields.flag, .integer(0), "否", "No"),
        (TestFields.choice, .text("repair"), "报修", "Repair"),
        (TestFields.choice, .text("later"), "later", "later"),
        (
            TestFields.time, .text("2025-05-08T11:31:00+08:00"), "2025-05-08 11:31",
            "2025-05-08 11:31"
        ),
        (
            TestFields.phones, .text("{\"no\":\"13812345678\",\"label\":\"母亲\"}"),
            "13812345678 · 母亲", "13812345678 · 母亲"
        ),
        (
            TestFields.lines,
            .text("{\"item\":\"拆装\",\"amount\":3500,\"area\":1.50,\"done\":true}"),
            "拆装 · 35.00 元 · 1.50 ㎡ · 是", "拆装 · 35.00 CNY · 1.50 ㎡ · Yes"
        ),
        // Values of another kind, as a newer or faulty peer may send them.
        (TestFields.area, .text("x"), "x", "x"), (TestFields.text, .integer(-3), "-3", "-3"),
        (TestFields.time, .text("x"), "x", "x"), (TestFields.phones, .text("x"), "x", "x"),
        (TestFields.money, .integer(.min), "-92233720368547758.08 元", "-92233720368547758.08 CNY"),
    ])
    func `a page shows a value in its language`(
        _ field: Field, _ value: Value, _ zh: String, _ en: String
    ) {
        #expect(field.text(of: value, in: .zh) == zh)
        #expect(field.text(of: value, in: .en) == en)
    }

    @Test func `a page shows the elements of a set in one line`() {
        let elements = [Value.text("张三"), .text("李四")]
        #expect(TestFields.names.text(ofElements: elements, in: .zh) == "张三、李四")
        #expect(TestFields.names.text(ofElements: elements, in: .en) == "张三, 李四")
    }

    @Test(arguments: TestFields.oneOfEachKind, Language.allCases)
    func `what a page shows is read back as the same value`(_ field: Field, _ language: Language)
        throws
    {
        var value = Samples.value(of: field)
        if case .structure = field.kind { value = try field.value(fromText: "13812345678") }
        #expect(try field.value(fromText: field.text(of: value, in: language)) == value)
    }
}
