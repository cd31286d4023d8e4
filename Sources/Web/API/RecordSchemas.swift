import Records

/// The schemas of one record type: as it is read (`tickets`) and as it is written (`tickets.edit`).
enum RecordSchemas {
    static func schemas(_ type: RecordType) -> [JSONValue.Member] {
        let fields = type.fields.map { JSONValue.Member($0.name, schema($0, nullable: true)) }
        var own: [JSONValue.Member] = [.init("id", Schema.text)]
        if type.field(named: "office") == nil { own.append(.init("office", Schema.text)) }
        let derived: [JSONValue.Member] = [
            .init(
                "_office", ["type": "string", "description": "Home office; empty for the company."]),
            .init("_version", ["type": "string", "description": "The ETag without its quotes."]),
            .init("_conflicts", Schema.array(Schema.text)),
            .init("_state", ["type": "string", "enum": ["disputed"]]),
            .init("_missing", Schema.array(Schema.text)),
        ]
        let note = JSONValue.Member(
            "_note", ["type": "string", "description": "Why; kept in the history."])
        return [
            .init(
                type.name,
                [
                    "type": "object", "title": .string(type.title.en),
                    "required": ["id", "_office", "_version", "_conflicts"],
                    "properties": .object(own + fields + derived),
                ]),
            .init(
                "\(type.name).edit",
                [
                    "type": "object", "properties": .object(fields + [note]),
                    "additionalProperties": false,
                ]),
            .init(
                "\(type.name).new",
                [
                    "type": "object",
                    "required": .array(
                        type.fields.filter(\.isRequired).map { .string($0.name) }),
                    "properties": .object(own.dropFirst() + fields + [note, derived[0]]),
                    "additionalProperties": false,
                ]),
        ]
    }

    private static func schema(_ field: Field, nullable: Bool) -> JSONValue {
        var members: [JSONValue.Member] = [.init("title", .string(field.title.en))]
        if field.isSet {
            members += [
                .init("type", nullable ? ["array", "null"] : "array"),
                .init("items", .object(kind(field.kind, nullable: false))),
            ]
        } else {
            members += kind(field.kind, nullable: nullable)
        }
        if field.privacy == .officeOnly {
            members.append(.init("description", "Never leaves the office."))
        }
        return .object(members)
    }

    private static func kind(_ kind: Field.Kind, nullable: Bool) -> [JSONValue.Member] {
        func typed(_ name: String, _ more: JSONValue.Member...) -> [JSONValue.Member] {
            [.init("type", nullable ? [.string(name), "null"] : .string(name))] + more
        }
        switch kind {
        case .text, .longText, .roomPart: return typed("string")
        case .phone: return typed("string", .init("description", "Digits only when read."))
        case .integer: return typed("integer")
        case .money: return typed("integer", .init("description", "Fen."))
        case .decimal(let places, let unit):
            return typed(
                "number", .init("description", .string("\(unit), \(places) decimal places.")))
        case .flag: return typed("boolean")
        case .date: return typed("string", .init("format", "date"))
        case .time: return typed("string", .init("format", "date-time"))
        case .choice(let choices):
            return typed(
                "string",
                .init(
                    "enum",
                    .array(choices.map { .string($0.code) } + (nullable ? [.null] : []))))
        case .reference(let type):
            return typed("string", .init("description", .string("Id of a record of \(type).")))
        case .structure(let parts):
            let properties = parts.map {
                JSONValue.Member($0.name, .object(self.kind($0.kind, nullable: true)))
            }
            return typed(
                "object", .init("properties", .object(properties)),
                .init("additionalProperties", false))
        }
    }
}

/// The addresses of one record type.
enum RecordPaths {
    static func paths(_ type: RecordType) -> [JSONValue.Member] {
        let item = Schema.reference(type.name)
        let root = "\(Site.API.root)/\(type.name)"
        let id = Schema.parameter("id", in: "path", "40 characters.", required: true)
        func operation(
            _ summary: String, answers status: String = "200", _ schema: JSONValue?,
            parameters: [JSONValue] = [], body: JSONValue? = nil
        ) -> JSONValue {
            Schema.operation(
                summary, answers: status, schema, parameters: parameters, body: body,
                tag: type.name)
        }
        let note = Schema.parameter("note", in: "query", "Why; kept in the history.")
        return [
            .init(
                root,
                [
                    "get": operation("List", Schema.page(item), parameters: filters(type)),
                    "post": operation(
                        "Create", answers: "201", item, parameters: [key, actor],
                        body: Schema.body(Schema.reference("\(type.name).new"))),
                ]),
            .init(
                "\(root)/{id}",
                [
                    "get": operation("Read", item, parameters: [id]),
                    "patch": operation(
                        "Change the fields given", item, parameters: [id, version(true), actor],
                        body: Schema.body(Schema.reference("\(type.name).edit"))),
                    "delete": operation(
                        "Delete", answers: "204", nil,
                        parameters: [id, version(false), note, actor]),
                ]),
            .init(
                "\(root)/{id}/restoration",
                ["post": operation("Take a deletion back", item, parameters: [id, key, actor])]),
            .init(
                "\(root)/{id}/history",
                [
                    "get": operation(
                        "Every write, newest first", Schema.page(Schema.reference("Write")),
                        parameters: [id])
                ]),
        ]
    }

    private static let key = Schema.parameter(
        "Idempotency-Key", in: "header", "A repeat with the same key gets the first answer.")
    static let actor = Schema.parameter(
        "Gatehouse-Actor", in: "header", "Id of the member of staff who does this.")

    private static func version(_ required: Bool) -> JSONValue {
        Schema.parameter(
            "If-Match", in: "header", "The record's _version in quotes, or * for whatever it is.",
            required: required)
    }

    private static func filters(_ type: RecordType) -> [JSONValue] {
        let reserved = [
            Schema.parameter("limit", in: "query", "1 to 500; 50 otherwise.", Schema.count),
            Schema.parameter("after", in: "query", "The next of the page before."),
            Schema.parameter("q", in: "query", "What one would type into the search box."),
            Schema.parameter(
                "office", in: "query", "Home office: 16 hexadecimal digits or a code."),
        ]
        return reserved
            + type.fields.filter { $0.name != "office" }.flatMap { field in
                let own = Schema.parameter(field.name, in: "query", field.title.en)
                guard field.kind == .date || field.kind == .time else { return [own] }
                return [
                    own,
                    Schema.parameter("\(field.name).from", in: "query", "From this one on."),
                    Schema.parameter("\(field.name).before", in: "query", "Before this one."),
                ]
            }
    }
}
