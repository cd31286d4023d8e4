import Records
import SyncCore
import Testing

struct CatalogueTests {
    @Test func `the types have the numbers and names of the protocol`() {
        let expected: [(UInt32, String)] = [
            (10, "offices"), (11, "estates"), (12, "staff"), (13, "policies"), (14, "day-marks"),
            (15, "nodes"),
            (16, "rain-marks"), (20, "households"), (21, "persons"), (22, "occupancies"),
            (30, "contacts"),
            (31, "tickets"), (32, "work-orders"), (33, "events"), (34, "follow-ups"),
            (40, "visits"),
        ]
        #expect(Catalogue.types.count == expected.count)
        for (number, name) in expected {
            #expect(Catalogue.type(number: number)?.name == name)
            #expect(Catalogue.type(named: name)?.number == number)
        }
        #expect(Catalogue.type(number: 0) == nil)
        #expect(Catalogue.type(named: "") == nil)
    }

    @Test(arguments: Catalogue.types.map(\.name))
    func `a type is declared soundly`(_ name: String) throws {
        let type = try #require(Catalogue.type(named: name))
        #expect(Set(type.fields.map(\.number)).count == type.fields.count)
        #expect(Set(type.fields.map(\.name)).count == type.fields.count)
        #expect(name.allSatisfy { $0.isASCII && ($0.isLowercase || $0 == "-") })
        #expect(!type.title.zh.isEmpty && !type.title.en.isEmpty)
        #expect(!type.label.isEmpty && !type.columns.isEmpty)
        #expect(Set(type.columns).count == type.columns.count)
        for used in type.label + type.columns + type.naturalKey {
            #expect(type.field(named: used) != nil)
        }
        for (place, field) in type.fields.enumerated() {
            #expect(type.position(ofField: field.number) == place)
            #expect(
                field.number >= ReservedField.firstOwn && field.number <= Limits.maximumFieldNumber)
            #expect(
                field.name.allSatisfy { $0.isASCII && ($0.isLowercase || $0 == "_") },
                "\(field.name)")
            #expect(!field.title.zh.isEmpty && !field.title.en.isEmpty, "\(field.name)")
            try checkKind(field)
        }
        #expect(
            Set(type.fields.map(\.title.zh)).count == type.fields.count,
            "two fields have one Chinese title")
        #expect(
            Set(type.fields.map(\.title.en)).count == type.fields.count,
            "two fields have one English title")
    }

    private func checkKind(_ field: Field) throws {
        switch field.kind {
        case .reference(let type):
            #expect(Catalogue.type(named: type) != nil, "\(field.name) refers to \(type)")
        case .choice(let choices):
            let spellings = choices.flatMap { choice in
                Set(
                    [choice.code, choice.title.zh, choice.title.en.lowercased()] + choice.spellings)
            }
            #expect(
                Set(spellings).count == spellings.count,
                "two choices of \(field.name) are spelled alike")
            for choice in choices {
                #expect(
                    !choice.code.isEmpty && !choice.title.zh.isEmpty && !choice.title.en.isEmpty)
                #expect(
                    choice.code.allSatisfy { $0.isASCII && ($0.isLetter || $0 == "_") },
                    "\(choice.code)")
                for text in [choice.code, choice.title.zh, choice.title.en] + choice.spellings {
                    #expect(
                        try field.value(fromText: text) == .text(choice.code),
                        "\(field.name) \(text)")
                }
            }
        case .structure(let parts):
            #expect(!parts.isEmpty)
            #expect(Set(parts.map(\.name)).count == parts.count)
            for part in parts {
                #expect(!part.title.zh.isEmpty && !part.title.en.isEmpty)
                try checkKind(field.field(for: part))
            }
        case .decimal(let places, _):
            #expect((1...4).contains(places))
        default:
            break
        }
        if field.format != .free { #expect(field.kind == .text) }
    }

    @Test
    func `what only the office may know lives in office types and is written by the office alone`()
    {
        for type in Catalogue.types {
            for field in type.fields where field.privacy == .officeOnly {
                #expect(type.home == .office, "\(type.name).\(field.name)")
                #expect(field.writer == .office, "\(type.name).\(field.name)")
                #expect(!field.isRequired, "\(type.name).\(field.name)")
            }
        }
    }

    /// domain.md §3 marks these; a change here is a change of the protocol.
    @Test func `the privacy of personal fields is that of the domain`() {
        let marked: [(RecordType, Field.Privacy, [String])] = [
            (.household, .personal, ["service_needs"]),
            (.household, .officeOnly, ["special_needs"]),
            (.person, .personal, ["name", "phones", "preferred_phone"]),
            (
                .person, .officeOnly,
                ["id_type", "id_no", "birthday", "family_size", "vehicles", "note"]
            ),
            (
                .contact, .personal,
                ["caller_name", "caller_phone", "place", "household", "person", "body"]
            ),
            (
                .ticket, .personal,
                ["household", "person", "place", "caller_name", "caller_phone", "title"]
            ),
            (.ticket, .shielded, ["content", "demand", "against_staff"]),
            (.ticket, .public, ["public_summary", "public_explanation"]),
            (
                .workOrder, .personal,
                ["place", "contact_name", "contact_phone", "decided_by", "confirmed_by"]
            ),
            (.event, .shielded, ["payload"]), (.followUp, .personal, ["opinions"]),
            (.visit, .personal, ["place", "person_name", "appointed_with"]),
            (.visit, .officeOnly, ["private_remark"]),
        ]
        for type in Catalogue.types {
            for privacy in [Field.Privacy.public, .personal, .officeOnly, .shielded] {
                let expected = marked.filter { $0.0.number == type.number && $0.1 == privacy }
                    .flatMap(\.2)
                #expect(
                    Set(type.fields.filter { $0.privacy == privacy }.map(\.name)) == Set(expected),
                    "\(type.name)")
            }
        }
    }

    @Test func `every status is decided by a person when both sides changed it`() {
        for type in Catalogue.types {
            guard let status = type.field(named: "status") else { continue }
            #expect(status.merge == .conflict(preferring: .none), "\(type.name)")
        }
    }

    @Test(arguments: [
        (RecordType.ticket, "complaint", "TS-MH01-202511-"), (.ticket, "repair", "FW-MH01-202511-"),
        (.ticket, "enquiry", "FW-MH01-202511-"), (.contact, "", "JD-MH01-202511-"),
        (.workOrder, "", "WX-MH01-202511-"),
    ])
    func `numbers begin with the letters of their series`(
        _ type: RecordType, _ choice: String, _ stem: String
    ) throws {
        let series = try #require(type.series)
        #expect(
            series.stem(choice: choice, officeCode: "MH01", suffix: "", month: "202511") == stem)
        let field = try #require(type.field(named: series.field))
        #expect(field.merge == .appendOnly && field.search == .number && !field.isRequired)
    }

    @Test func `ticket states are those of the state machines, each once`() throws {
        guard
            case .choice(let choices) = try #require(RecordType.ticket.field(named: "status")).kind
        else {
            Issue.record("status is no choice")
            return
        }
        let general = [
            "open", "answered", "closed", "handed_over", "under_review", "adopted", "not_adopted",
            "replied",
            "assigned", "in_progress", "resolved", "clarified", "notified", "agreed", "cancelled",
            "merged",
        ]
        let complaint = [
            "registered", "judged", "explained", "investigated", "assigned", "plan_proposed",
            "plan_accepted",
            "in_progress", "resolved", "followed_up", "closed", "withdrawn", "merged",
        ]
        #expect(Set(choices.map(\.code)) == Set(general + complaint))
    }

    @Test func `the document for other peers lists every type and field`() throws {
        let document = Catalogue.document()
        #expect(try JSONValue(parsing: document.text(wrappedAt: 100)) == document)
        #expect(document["schema"] == .integer(Catalogue.schema))
        guard case .array(let types) = document["types"] else {
            Issue.record("there are no types")
            return
        }
        #expect(
            types.map { $0["name"] }
                == Catalogue.types.sorted { $0.number < $1.number }.map { .string($0.name) })
        for entry in types {
            guard case .string(let name) = entry["name"], let type = Catalogue.type(named: name),
                case .array(let fields) = entry["fields"]
            else {
                Issue.record("a type has no name or no fields")
                continue
            }
            #expect(fields.map { $0["name"] } == type.fields.map { .string($0.name) })
            #expect(fields.map { $0["number"] } == type.fields.map { .integer($0.number) })
            for field in fields {
                for key in ["title", "kind", "writer", "merge"] { #expect(field[key] != nil) }
            }
        }
    }

    @Test func `the document says of a field what a peer must know`() throws {
        let document = Catalogue.document()
        guard case .array(let types) = document["types"],
            let household = types.first(where: { $0["name"] == .string("households") }),
            case .array(let fields) = household["fields"]
        else {
            Issue.record("there are no households")
            return
        }
        #expect(
            fields.first { $0["name"] == .string("area") }?.text
                == #"{"number":20,"name":"area","title":{"zh":"建筑面积","en":"Floor area"},"#
                + #""kind":"decimal","places":2,"unit":"㎡","writer":"both","merge":"M4","#
                + #""provisional":"hq"}"#)
        #expect(
            fields.first { $0["name"] == .string("special_needs") }?.text
                == #"{"number":25,"name":"special_needs","#
                + #""title":{"zh":"特殊困难与需求","en":"Special needs"},"#
                + #""kind":"long-text","privacy":"3","writer":"office","merge":"M3"}"#)
        #expect(household["home"] == .string("office") && household["creator"] == .string("both"))
    }
}
