import Records
import Testing

struct JSONValueTests {
    @Test(arguments: [
        "null", "true", "false", "0", "-0", "88.10", "1e9", "-1.5E-3",
        "123456789012345678901234567890.5",
        "\"\"", "\"3栋2单元\"", "\"a\\\"b\\\\c\\n\\r\\t\\u0001\"", "[]", "{}", "[1,[2,{\"a\":null}]]",
        "{\"b\":1,\"a\":[true,\"x\"]}",
    ])
    func `what is written is read back, digit by digit and in order`(_ text: String) throws {
        #expect(try JSONValue(parsing: text).text == text)
        #expect(try JSONValue(parsing: Array(text.utf8)).text == text)
    }

    @Test(arguments: [
        (" { \"a\" :\t[ 1 , 2 ]\r\n} ", "{\"a\":[1,2]}"), ("\"\\u4e09\\/\\u00e9\"", "\"三/é\""),
        ("\"\\ud83c\\udfe0\"", "\"🏠\""), ("\"\\b\\f\"", "\"\\u0008\\u000c\""),
        ("\"\u{7F}\"", "\"\u{7F}\""),
    ])
    func `blanks and escapes are taken`(_ text: String, _ compact: String) throws {
        #expect(try JSONValue(parsing: text).text == compact)
    }

    @Test(arguments: [
        "", " ", "nul", "True", "01", "+1", ".5", "5.", "1e", "1e+", "--1", "0x1", "NaN",
        "Infinity", "'a'",
        "\"", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\ud83c\"", "\"\\ud83c\\n\"",
        "\"\\ud83c\\u0041\"",
        "\"\\udfe0\"", "\"\n\"", "\"\u{1}\"", "[", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "{",
        "{\"a\"",
        "{\"a\":", "{\"a\":1", "{\"a\":1,}", "{a:1}", "{1:1}", "{\"a\" 1}", "1 1", "{}x", "// a",
        "[1]/**/",
        "\u{FEFF}1", "nullnull",
    ])
    func `what the grammar does not have is refused`(_ text: String) {
        #expect { try JSONValue(parsing: text) } throws: {
            ($0 as? JSONProblem)?.reason == .malformed
        }
    }

    @Test func `a repeated name is refused, however it is written`() {
        for text in ["{\"a\":1,\"a\":1}", "{\"a\":1,\"\\u0061\":2}", "[{\"é\":1,\"e\u{301}\":2}]"] {
            #expect { try JSONValue(parsing: text) } throws: {
                ($0 as? JSONProblem)?.reason == .repeatedName
            }
        }
        #expect(throws: Never.self) { try JSONValue(parsing: "[{\"a\":1},{\"a\":1}]") }
    }

    @Test func `nesting is taken up to its limit and no further`() {
        let nested = { (depth: Int) in
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(throws: Never.self) { try JSONValue(parsing: nested(32)) }
        #expect { try JSONValue(parsing: nested(33)) } throws: {
            ($0 as? JSONProblem)?.reason == .nestedTooDeeply
        }
        #expect { try JSONValue(parsing: String(repeating: "[", count: 1_000_000)) } throws: {
            ($0 as? JSONProblem)?.reason == .nestedTooDeeply
        }
        #expect(throws: Never.self) { try JSONValue(parsing: "1", maximumDepth: 0) }
        #expect(throws: JSONProblem.self) { try JSONValue(parsing: "[]", maximumDepth: 0) }
    }

    @Test func `a text is taken up to its length limit and no further`() {
        #expect(throws: Never.self) { try JSONValue(parsing: "123", maximumBytes: 3) }
        #expect { try JSONValue(parsing: "1234", maximumBytes: 3) } throws: {
            ($0 as? JSONProblem)?.reason == .tooLong
        }
        #expect { try JSONValue(parsing: Array("1234".utf8), maximumBytes: 3) } throws: {
            ($0 as? JSONProblem)?.reason == .tooLong
        }
    }

    @Test(arguments: [
        [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0xEF],
    ])
    func `bytes that are no UTF-8 are refused`(_ bytes: [UInt8]) {
        #expect { try JSONValue(parsing: bytes) } throws: {
            ($0 as? JSONProblem)?.reason == .notUTF8
        }
    }

    @Test func `a problem says where and what next in both languages`() {
        for reason in JSONProblem.Reason.allCases {
            let problem = JSONProblem(reason: reason, offset: 17)
            #expect(problem.sentence.zh.contains("；"))
            #expect(problem.sentence.en.contains("; "))
        }
        #expect(
            JSONProblem(reason: .malformed, offset: 17).sentence.en
                == "The JSON is malformed at byte 17; check quotes, commas and brackets.")
    }

    @Test func `a long value is wrapped for reading and reads back the same`() throws {
        let value = try JSONValue(
            parsing: "{\"a\":[1,2,3],\"b\":{\"c\":[],\"d\":\"long enough\"},\"e\":{}}")
        let wrapped = value.text(wrappedAt: 20)
        #expect(
            wrapped == """
                {
                  "a": [1,2,3],
                  "b": {
                    "c": [],
                    "d": "long enough"
                  },
                  "e": {}
                }

                """)
        #expect(try JSONValue(parsing: wrapped) == value)
        #expect(value.text(wrappedAt: 1000) == value.text + "\n")
    }

    @Test(arguments: 0..<500)
    func `any value is read back from its text`(seed: Int) throws {
        var random = SeededGenerator(seed: seed)
        let value = Self.value(&random, depth: 4)
        #expect(try JSONValue(parsing: value.text) == value)
        #expect(try JSONValue(parsing: value.text(wrappedAt: 40)) == value)
    }

    private static func value(_ random: inout SeededGenerator, depth: Int) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 6 : 4), using: &random) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &random))
        case 2: return .integer(Int64.random(in: .min ... .max, using: &random))
        case 3: return .string(Samples.text(&random))
        case 4:
            let count = Int.random(in: 0...4, using: &random)
            return .array((0..<count).map { _ in value(&random, depth: depth - 1) })
        default:
            var members: [JSONValue.Member] = []
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                let name = Samples.text(&random)
                if members.contains(where: { $0.name == name }) { continue }
                members.append(JSONValue.Member(name, value(&random, depth: depth - 1)))
            }
            return .object(members)
        }
    }
}
