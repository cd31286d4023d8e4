import Records

/// The addresses of the node itself, and the schemas they use.
enum NodePaths {
    static var paths: [JSONValue.Member] {
        let wait = Schema.parameter("wait", in: "query", "1 answers with the result, not the job.")
        let limit = Schema.parameter("limit", in: "query", "1 to 500.", Schema.count)
        func get(_ path: String, _ summary: String, _ schema: JSONValue, _ parameters: JSONValue...)
            -> JSONValue.Member
        {
            .init(
                path,
                ["get": Schema.operation(summary, schema, parameters: parameters, tag: "node")])
        }
        func post(
            _ path: String, _ summary: String, answers status: String = "200", _ schema: JSONValue,
            _ parameters: [JSONValue] = [], body: JSONValue? = nil
        ) -> JSONValue.Member {
            .init(
                path,
                [
                    "post": Schema.operation(
                        summary, answers: status, schema, parameters: parameters,
                        body: body.map { Schema.body(Schema.object($0)) }, tag: "node")
                ])
        }
        let any = Schema.object([:])
        let job = Schema.reference("Job")
        return [
            get(Site.API.types, "The declarations of all record types", any),
            get(Site.API.status, "Who this node is and how it stands", any),
            get(Site.API.spaces, "Spaces with their clocks", Schema.page(any)),
            .init(
                Site.API.sync,
                [
                    "get": Schema.operation("How the exchange stands", any, tag: "node"),
                    "post": Schema.operation(
                        "Exchange now", answers: "202", job, parameters: [wait], tag: "node"),
                ]),
            get(Site.API.syncHistory, "The last exchanges", Schema.page(any), limit),
            post(
                Site.API.syncPause, "Pause; a pause ends by itself", any,
                body: ["minutes": Schema.count, "by": Schema.text]),
            post(Site.API.syncResume, "End a pause", any),
            post(
                Site.API.syncJoin, "Join headquarters", any,
                body: ["url": Schema.text, "code": Schema.text, "office": Schema.text]),
            post(
                Site.API.invitations, "Make a one-time join code", answers: "201",
                Schema.object(["code": Schema.text, "expires": Schema.moment]),
                body: ["office": Schema.text]),
            get(
                Site.API.conflicts, "Records with fields to decide", Schema.page(any), limit,
                Schema.parameter("after", in: "query", "The next of the page before."),
                Schema.parameter("office", in: "query", "Home office.")),
            get(
                "\(Site.API.conflicts)/{type}/{id}",
                "The values with who, where and when; other records with the same number", any,
                Schema.parameter("type", in: "path", "Such as households.", required: true),
                Schema.parameter("id", in: "path", "40 characters.", required: true)),
            post(
                "\(Site.API.conflicts)/{id}/resolution", "Decide a field", any,
                [
                    Schema.parameter("id", in: "path", "40 characters.", required: true),
                    RecordPaths.actor,
                ],
                body: [
                    "type": Schema.text, "field": Schema.text, "value": [:], "reason": Schema.text,
                    "version": Schema.text,
                ]),
            get(
                Site.API.job, "How long work goes", job,
                Schema.parameter("id", in: "path", "From the answer that began it.", required: true)
            ),
            get(Site.API.imports, "The latest imports", Schema.page(any), limit),
            .init(
                "\(Site.API.imports)/{register}",
                [
                    "post": Schema.operation(
                        "Bring a register in", answers: "202", job,
                        parameters: [
                            Schema.parameter(
                                "register", in: "path", "households, persons, tickets or visits.",
                                required: true),
                            Schema.parameter("dry_run", in: "query", "true writes nothing."),
                            wait, RecordPaths.actor,
                        ],
                        body: [
                            "required": true,
                            "content": ["application/octet-stream": ["schema": [:]]],
                        ], tag: "node")
                ]),
            post(
                "\(Site.API.imports)/{batch}/undo", "Take an import back", any,
                [
                    Schema.parameter(
                        "batch", in: "path", "From the import's result.", required: true),
                    RecordPaths.actor,
                ]),
            .init(
                Site.API.backups,
                [
                    "get": Schema.operation("The kept backups", Schema.page(any), tag: "node"),
                    "post": Schema.operation(
                        "Make a backup and check it", answers: "202", job, parameters: [wait],
                        body: Schema.body(Schema.object(["to": Schema.text])), tag: "node"),
                ]),
            post(
                Site.API.verify, "Recompute everything and compare", answers: "202", job,
                [
                    wait,
                    Schema.parameter(
                        "repair", in: "query",
                        "true mends what can be mended here and asks for the rest again."),
                ]),
        ]
    }

    static var schemas: [JSONValue.Member] {
        [
            .init(
                "Problem",
                [
                    "type": "object", "required": ["title", "status", "detail", "code"],
                    "properties": [
                        "type": Schema.text, "title": Schema.text, "status": Schema.count,
                        "detail": Schema.text, "code": Schema.text,
                        "fields": Schema.array(
                            Schema.object([
                                "field": Schema.text, "code": Schema.text, "message": Schema.text,
                            ])),
                    ],
                ]),
            .init(
                "Job",
                Schema.object([
                    "id": Schema.text, "name": Schema.text, "done": Schema.count,
                    "total": Schema.count,
                    "state": ["type": "string", "enum": ["running", "finished", "failed"]],
                    "result": [:], "code": Schema.text, "message": Schema.text,
                ])),
            .init(
                "Write",
                Schema.object([
                    "write": Schema.text, "field": Schema.text, "value": [:],
                    "forgotten": Schema.flag, "missing": Schema.flag, "unknown": Schema.flag,
                    "at": Schema.moment, "author": Schema.object([:]), "live": Schema.flag,
                    "replaces": Schema.array(Schema.text),
                ])),
        ]
    }
}
