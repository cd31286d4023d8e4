import Records
import SyncCore
import Testing

struct RecordProblemsTests {
    private static let ticket: [String: Value] = [
        "kind": .text("repair"), "content": .text("厨房水管漏水"), "status": .text("open"),
        "occurred_at": .text("2025-05-08T11:31:00+08:00"),
    ]

    private func codes(
        _ type: RecordType, _ values: [String: Value], _ elements: [String: [Value]] = [:],
        creating: Bool = true
    ) -> [String] {
        type.problems(in: values, elements: elements, creating: creating).map {
            "\($0.field) \($0.code.rawValue)"
        }
    }

    @Test func `a desk can save a ticket with kind, content, status and time`() {
        #expect(codes(.ticket, Self.ticket) == [])
        #expect(codes(.ticket, Self.ticket, ["contacts": []]) == [])
    }

    @Test func `everything that is missing or wrong is told at once, in the order of the fields`() {
        #expect(
            codes(
                .ticket,
                [
                    "status": .text("perhaps"), "rating": .integer(6), "colour": .text("red"),
                    "caller_phone": .text("1"),
                ])
                == [
                    "kind required", "caller_phone bad_phone", "occurred_at required",
                    "content required",
                    "status unknown_choice", "rating bad_number", "colour unknown_field",
                ])
    }

    @Test func `an edit needs only what it changes and cannot clear what is required`() {
        #expect(codes(.ticket, ["remark": .text("好")], creating: false) == [])
        #expect(codes(.ticket, ["content": .empty], creating: false) == ["content required"])
        #expect(codes(.ticket, ["remark": .empty], creating: false) == [])
    }

    @Test(
        arguments: [
            ("2024-03-12", "2024-03-11", ["to not_in_order"]), ("2024-03-12", "2024-03-12", []),
            ("2024-03-12", "2024-03-13", []), ("2023-12-31", "2024-01-01", []),
            ("2024-03-12", nil, []),
        ] as [(String, String?, [String])])
    func `an occupancy does not end before it begins`(
        _ from: String, _ to: String?, _ expected: [String]
    ) throws {
        let id = try #require(Samples.id(of: "persons"))
        var values: [String: Value] = [
            "household": .record(id), "person": .record(id), "role": .text("owner"),
            "from": .text(from),
        ]
        values["to"] = to.map(Value.text)
        #expect(codes(.occupancy, values) == expected)
        values = ["from": .text(from)]
        values["to"] = to.map(Value.text)
        #expect(codes(.occupancy, values, creating: false) == expected)
    }

    @Test func `a sentence about two dates names both`() {
        let problems = RecordType.occupancy.problems(
            in: ["from": .text("2024-03-12"), "to": .text("2024-03-11")], creating: false)
        #expect(
            problems.map(\.sentence) == [
                Title("“迁出日期”不能早于“入住日期”；请核对两项。", "“To” cannot be before “From”; check both.")
            ])
    }

    @Test func `a visit needs a household or a place`() {
        var values: [String: Value] = ["mode": .text("home"), "status": .text("completed")]
        let missing = RecordType.visit.problems(in: values, creating: true)
        #expect(missing.map(\.code) == [.required])
        #expect(
            missing.first?.sentence
                == Title("请至少填写一项：户、房号。", "Fill in at least one of: Household, Room."))
        #expect(codes(.visit, ["status": .text("reviewed")], creating: false) == [])
        values["place"] = .text("3栋2单元501")
        #expect(codes(.visit, values) == [])
    }

    @Test func `a reference points to a record of the right home`() {
        let wrong = Value.record(Samples.id(in: .company))
        #expect(
            codes(.ticket, ["household": wrong], ["contacts": [wrong]], creating: false)
                == ["contacts bad_reference", "household bad_reference"])
    }

    @Test func `a set that is required needs an element, and only a set has elements`() {
        let values: [String: Value] = [
            "staff_no": .text("T1"), "name": .text("王"), "active": .integer(1),
        ]
        #expect(codes(.staff, values) == ["roles required"])
        #expect(codes(.staff, values, ["roles": []]) == ["roles required"])
        #expect(codes(.staff, values, ["roles": [.text("OD")]]) == [])
        #expect(codes(.staff, ["roles": .text("OD")], creating: false) == [])
        #expect(codes(.staff, [:], ["roles": []], creating: false) == ["roles required"])
        #expect(
            codes(.staff, [:], ["roles": [.text("XX")]], creating: false) == [
                "roles unknown_choice"
            ])
        #expect(codes(.staff, [:], ["name": [.text("王")]], creating: false) == ["name wrong_type"])
        let many = (0...Field.maximumElements).map { Value.text("甲\($0)") }
        #expect(
            codes(.visit, [:], ["visitor_names": many], creating: false) == [
                "visitor_names too_many"
            ])
        #expect(codes(.visit, [:], ["visitor_names": many.dropLast()], creating: false) == [])
    }

    @Test(arguments: Catalogue.types.map(\.name))
    func `a record with a value in every field has no problem`(_ name: String) throws {
        let type = try #require(Catalogue.type(named: name))
        var values: [String: Value] = [:]
        var elements: [String: [Value]] = [:]
        for field in type.fields {
            if field.isSet {
                elements[field.name] = [Samples.value(of: field)]
            } else {
                values[field.name] = Samples.value(of: field)
            }
        }
        #expect(type.problems(in: values, elements: elements, creating: true) == [])
    }
}
