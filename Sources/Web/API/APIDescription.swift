import HTTPTypes
import Records

/// The API as OpenAPI 3.1, made from the declarations, so that it never says anything else than the
/// node does.
struct APIDescription {
    let version: String

    var document: JSONValue {
        let paths = Catalogue.types.flatMap(RecordPaths.paths) + NodePaths.paths
        let schemas = Catalogue.types.flatMap(RecordSchemas.schemas) + NodePaths.schemas
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "Gatehouse", "version": .string(version),
                "description":
                    "The node of one property management office, or of headquarters. Listens on this machine only.",
            ],
            "servers": [["url": "/"]], "paths": .object(paths),
            "components": [
                "schemas": .object(schemas),
                "responses": [
                    "Problem": [
                        "description": "Refused; code says why (RFC 9457).",
                        "content": [
                            "application/problem+json": ["schema": Schema.reference("Problem")]
                        ],
                    ]
                ],
            ],
        ]
    }
}

/// Parts that every description uses.
enum Schema {
    static let text: JSONValue = ["type": "string"]
    static let count: JSONValue = ["type": "integer", "minimum": 0]
    static let flag: JSONValue = ["type": "boolean"]
    static let moment: JSONValue = ["type": ["string", "null"], "format": "date-time"]
    static let optionalText: JSONValue = ["type": ["string", "null"]]

    static func reference(_ name: String) -> JSONValue {
        ["$ref": .string("#/components/schemas/\(name)")]
    }

    static func array(_ items: JSONValue) -> JSONValue { ["type": "array", "items": items] }

    static func object(_ properties: JSONValue) -> JSONValue {
        ["type": "object", "properties": properties]
    }

    static func page(_ items: JSONValue) -> JSONValue {
        [
            "type": "object", "required": ["items", "next"],
            "properties": ["items": array(items), "next": optionalText],
        ]
    }

    static func parameter(
        _ name: String, in place: String, _ description: String, _ schema: JSONValue = text,
        required: Bool = false
    ) -> JSONValue {
        [
            "name": .string(name), "in": .string(place), "required": .bool(required),
            "description": .string(description), "schema": schema,
        ]
    }

    static func body(_ schema: JSONValue) -> JSONValue {
        ["required": true, "content": ["application/json": ["schema": schema]]]
    }

    /// An operation with its answer, and a problem for everything else.
    static func operation(
        _ summary: String, answers status: String = "200", _ schema: JSONValue?,
        parameters: [JSONValue] = [], body: JSONValue? = nil, tag: String
    ) -> JSONValue {
        var answer: [JSONValue.Member] = [.init("description", .string(summary))]
        if let schema {
            answer.append(.init("content", ["application/json": ["schema": schema]]))
        }
        var members: [JSONValue.Member] = [
            .init("summary", .string(summary)), .init("tags", [.string(tag)]),
            .init("parameters", .array(parameters)),
            .init(
                "responses",
                .object([
                    .init(status, .object(answer)),
                    .init("default", ["$ref": "#/components/responses/Problem"]),
                ])),
        ]
        if let body { members.append(.init("requestBody", body)) }
        return .object(members)
    }
}
