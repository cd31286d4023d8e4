import Records
import SyncCore
import Testing

struct FieldProblemTests {
    private func problem(_ reading: () throws -> Void) throws -> FieldProblem {
        do {
            try reading()
        } catch {
            return try #require(error as? FieldProblem)
        }
        throw Missing()
    }

    private struct Missing: Error {}

    @Test func `sentences name the field and the next step, word for word`() throws {
        let phone = try problem { _ = try TestFields.phone.value(fromText: "1.38E+10") }
        #expect(phone.field == "phone")
        #expect(phone.sentence.zh == "“电话”不是完整的电话号码；请核对后重填，手机 11 位，座机加区号，不带分机。")
        #expect(
            phone.sentence.en
                == "“Phone” is not a complete phone number; enter all 11 digits of a mobile, "
                + "or a landline with its area code and no extension.")
        let area = try problem { _ = try TestFields.area.value(fromText: "约九十") }
        #expect(area.sentence.zh == "“建筑面积”应是不小于 0.00 的数，最多 2 位小数；请改正。")
        #expect(
            area.sentence.en
                == "“Floor area” is a number of up to 2 decimals from 0.00 up; correct it.")
        let rating = try problem { _ = try TestFields.integer.value(fromText: "6") }
        #expect(rating.sentence.zh == "“整数”应是 1 到 5 之间的整数；请改正。")
        #expect(rating.sentence.en == "“Integer” is a whole number from 1 to 5; correct it.")
        let required = try problem { _ = try TestFields.required.value(fromText: "") }
        #expect(required.sentence == Title("请填写“内容”。", "Fill in “Content”."))
        let long = try problem {
            try TestFields.text.check(.text(String(repeating: "a", count: 501)))
        }
        #expect(long.sentence.zh == "“文字”太长，最多 500 个字；请缩短。")
        let part = try problem { _ = try TestFields.phones.value(fromText: "1") }
        #expect(part.field == "phones.no")
        #expect(part.sentence.zh.hasPrefix("“电话·号码”"))
        let set = try problem { _ = try TestFields.names.elements(fromJSON: .bool(true)) }
        #expect(
            set.sentence.en
                == "“Names” takes a JSON array of strings; send it as the list of fields says.")
    }

    @Test func `codes are words and none is used twice`() {
        let codes = FieldProblem.Code.allCases.map(\.rawValue)
        #expect(Set(codes).count == codes.count)
        #expect(codes.allSatisfy { $0.allSatisfy { $0.isLowercase || $0 == "_" } })
    }

    @Test func `no sentence contains the value`() {
        // Marks that no sentence has of itself.
        let secrets = [
            "张〇丰", "13800000009999", "2077-13-44", "9乙7", "{\"no\":\"秘\"}", "秘\u{0}密", "秘\n密",
        ]
        for type in Catalogue.types {
            for field in type.fields {
                for secret in secrets {
                    for reading in [
                        { _ = try field.value(fromText: secret) },
                        { try field.check(.text(secret)) },
                        { _ = try field.value(fromJSON: .string(secret)) },
                        { _ = try field.elements(fromText: secret) },
                    ] as [() throws -> Void] {
                        do {
                            try reading()
                        } catch {
                            guard let problem = error as? FieldProblem else {
                                Issue.record("\(error) is no field problem")
                                continue
                            }
                            for sentence in [problem.sentence.zh, problem.sentence.en] {
                                #expect(
                                    !sentence.contains(secret) && !sentence.contains("秘")
                                        && !sentence.isEmpty)
                            }
                        }
                    }
                }
            }
        }
    }
}
