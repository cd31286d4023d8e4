import SyncCore

extension Catalogue {
    /// The content of Protocol/records.json: all that a peer in another language must know about
    /// record types to decide which writes count and how they merge (Protocol/merge.md §5), and
    /// what they mean.
    ///
    /// What goes without saying is left out: a field is by default not required, of privacy 1,
    /// without provisional side, range or format.
    public static func document() -> JSONValue {
        .object([
            JSONValue.Member("schema", .integer(schema)),
            JSONValue.Member(
                "types",
                .array(types.sorted { $0.number < $1.number }.map(\.document))),
        ])
    }
}

extension RecordType {
    fileprivate var document: JSONValue {
        var members = [
            JSONValue.Member("number", .integer(number)),
            JSONValue.Member("name", .string(name)),
            JSONValue.Member("title", title.document),
            JSONValue.Member("home", .string(home.word)),
            JSONValue.Member("creator", .string(creator.rawValue)),
        ]
        if let series { members.append(JSONValue.Member("series", series.document)) }
        if !naturalKey.isEmpty {
            members.append(JSONValue.Member("naturalKey", .names(naturalKey)))
        }
        if !rules.isEmpty {
            members.append(JSONValue.Member("rules", .array(rules.map(\.document))))
        }
        members.append(JSONValue.Member("fields", .array(fields.map(\.document))))
        return .object(members)
    }
}

extension Field {
    fileprivate var document: JSONValue {
        var members = [
            JSONValue.Member("number", .integer(number)),
            JSONValue.Member("name", .string(name)),
            JSONValue.Member("title", title.document),
        ]
        members += kind.document
        if isRequired { members.append(JSONValue.Member("required", .bool(true))) }
        if privacy != .business {
            members.append(JSONValue.Member("privacy", .string(privacy.rawValue)))
        }
        members.append(JSONValue.Member("writer", .string(writer.rawValue)))
        members.append(JSONValue.Member("merge", .string(merge.word)))
        if case .conflict(let preference) = merge, preference != .none {
            members.append(JSONValue.Member("provisional", .string(preference.word)))
        }
        if range != Self.anyAmount {
            members.append(
                JSONValue.Member(
                    "range", .array([.integer(range.lowerBound), .integer(range.upperBound)])))
        }
        switch format {
        case .free: break
        case .hexadecimal(let digits):
            members.append(JSONValue.Member("format", .string("hexadecimal:\(digits)")))
        case .officeSpace:
            members.append(JSONValue.Member("format", .string("office-space")))
        }
        return .object(members)
    }
}

extension Field.Kind {
    fileprivate var document: [JSONValue.Member] {
        var members = [JSONValue.Member("kind", .string(word))]
        switch self {
        case .decimal(let places, let unit):
            members.append(JSONValue.Member("places", .integer(places)))
            if !unit.isEmpty { members.append(JSONValue.Member("unit", .string(unit))) }
        case .choice(let choices):
            let list = choices.map { choice in
                JSONValue.object([
                    JSONValue.Member("code", .string(choice.code)),
                    JSONValue.Member("title", choice.title.document),
                ])
            }
            members.append(JSONValue.Member("choices", .array(list)))
        case .reference(let type):
            members.append(JSONValue.Member("type", .string(type)))
        case .structure(let parts):
            let list = parts.map { part in
                JSONValue.object(
                    [
                        JSONValue.Member("name", .string(part.name)),
                        JSONValue.Member("title", part.title.document),
                    ] + part.kind.document)
            }
            members.append(JSONValue.Member("parts", .array(list)))
        case .text, .longText, .integer, .money, .flag, .date, .time, .phone, .roomPart:
            break
        }
        return members
    }

    private var word: String {
        switch self {
        case .text: "text"
        case .longText: "long-text"
        case .integer: "integer"
        case .decimal: "decimal"
        case .money: "money"
        case .flag: "flag"
        case .date: "date"
        case .time: "time"
        case .choice: "choice"
        case .reference: "reference"
        case .phone: "phone"
        case .roomPart: "room-part"
        case .structure: "structure"
        }
    }
}

extension MergeClass {
    /// As in Protocol/merge.md §5.
    fileprivate var word: String {
        switch self {
        case .appendOnly: "M1"
        case .singleWriter: "M2"
        case .latestWins: "M3"
        case .conflict: "M4"
        case .set: "M6"
        }
    }
}

extension MergeClass.Preference {
    fileprivate var word: String {
        switch self {
        case .none: "none"
        case .office: "office"
        case .headquarters: "hq"
        }
    }
}

extension SpaceID.Kind {
    fileprivate var word: String {
        switch self {
        case .company: "company"
        case .office: "office"
        case .officePrivate: "office-private"
        }
    }
}

extension NumberSeries {
    fileprivate var document: JSONValue {
        var members = [JSONValue.Member("field", .string(field))]
        if let choiceField { members.append(JSONValue.Member("by", .string(choiceField))) }
        let list = prefixes.sorted { $0.key < $1.key }.map { choice, prefix in
            JSONValue.Member(choice, .string(prefix))
        }
        members.append(JSONValue.Member("prefixes", .object(list)))
        return .object(members)
    }
}

extension RecordType.Rule {
    fileprivate var document: JSONValue {
        switch self {
        case .inOrder(let first, let later):
            .object([JSONValue.Member("inOrder", .names([first, later]))])
        case .oneOf(let names):
            .object([JSONValue.Member("oneOf", .names(names))])
        }
    }
}

extension Title {
    fileprivate var document: JSONValue {
        .object([JSONValue.Member("zh", .string(zh)), JSONValue.Member("en", .string(en))])
    }
}

extension JSONValue {
    fileprivate static func names(_ names: [String]) -> JSONValue {
        .array(names.map(JSONValue.string))
    }
}
