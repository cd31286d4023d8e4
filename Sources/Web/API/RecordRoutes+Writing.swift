import Crypto
import HTTPTypes
import Hummingbird
import Node
import Records
import Store
import SyncCore

extension RecordRoutes {
    @Sendable func create(_ request: Request, _ context: WebContext) async throws -> Response {
        try request.checkNoParameters()
        let type = try type(context)
        let actor = try await services.actor(of: request)
        let body = try await request.json()
        let draft = try RecordBody(body, type, creating: true, request.language)
        let id = node.newID(for: type, in: try await home(of: draft, type))
        let edit = RecordEdit(
            type, .create(id), contents: draft.contents, note: draft.note)
        let reply = try await services.save(
            edit, actor: actor, once: try request.key(with: body.bytes), status: 201)
        return try Response(reply, type)
    }

    /// The office a new record is for: this node's own, or at headquarters the one that is named.
    private func home(of draft: RecordBody, _ type: RecordType) async throws -> SpaceID? {
        guard type.home != .company else { return nil }
        let own = node.identity
        guard let text = draft.office else {
            if own.role == .office { return own.space }
            throw APIProblem(
                .validationFailed, detail: "Say in _office which office the record is for.",
                members: [
                    .init(
                        "fields",
                        [
                            [
                                "field": "_office", "code": "required",
                                "message": "Say in _office which office the record is for.",
                            ]
                        ])
                ])
        }
        guard let space = try await OfficeCodes(store).space(text) else {
            throw APIProblem(.badRequest, detail: "_office names no office that is known here.")
        }
        guard own.role == .headquarters || space == own.space else {
            throw APIProblem(.notAllowed, detail: "An office makes records of its own only.")
        }
        return space
    }

    @Sendable func change(_ request: Request, _ context: WebContext) async throws -> Response {
        try request.checkNoParameters()
        let record = try await shown(context)
        let actor = try await services.actor(of: request)
        guard let version = try request.ifMatch() else {
            throw APIProblem(
                .preconditionRequired,
                detail:
                    "Send If-Match with the record's _version in quotes, so that nothing you have not seen is replaced."
            )
        }
        let body = try await request.json()
        let draft = try RecordBody(body, record.type, creating: false, request.language)
        let edit = RecordEdit(
            record.type, .change(record.id), contents: draft.contents, note: draft.note,
            shown: version)
        do {
            let reply = try await services.save(
                edit, actor: actor, once: nil, checksVersions: true, status: 200)
            return try Response(reply, record.type)
        } catch let changed as ChangedMeanwhile {
            throw try await tooLate(changed.fields, record, draft.sent)
        }
    }

    /// Both versions: what was to be saved, and the record as it is now.
    private func tooLate(
        _ changed: [String], _ record: StoredRecord, _ sent: [JSONValue.Member]
    ) async throws -> APIProblem {
        let current = try await store.record(record.type, record.id) ?? record
        let names = changed.isEmpty ? "Something" : changed.joined(separator: ", ")
        return APIProblem(
            .changedMeanwhile,
            detail:
                "\(names) changed after the version you were shown. Look at both and save again.",
            members: [
                .init("changed", .array(changed.map(JSONValue.string))),
                .init("yours", .object(sent)), .init("current", current.document),
            ], headers: [.eTag: current.entityTag])
    }

    @Sendable func delete(_ request: Request, _ context: WebContext) async throws -> Response {
        let record = try await shown(context)
        let actor = try await services.actor(of: request)
        let parameters = try request.query(only: "note")
        let body = try await request.json(orEmpty: true)
        try body.check(only: "note")
        let note = try parameters["note"] ?? body.text("note")
        let shown = try request.ifMatch() ?? .latest
        if case .version(let version) = shown, version != record.version {
            throw try await tooLate([], record, [])
        }
        try await node.save(
            [RecordEdit(record.type, .delete(record.id), note: note, shown: shown)], actor: actor)
        return Response(status: .noContent)
    }

    @Sendable func restore(_ request: Request, _ context: WebContext) async throws -> Response {
        try request.checkNoParameters()
        let record = try await held(context)
        let actor = try await services.actor(of: request)
        let body = try await request.json(orEmpty: true)
        try body.check(only: "note")
        let edit = RecordEdit(record.type, .restore(record.id), note: try body.text("note"))
        let reply = try await services.save(
            edit, actor: actor, once: try request.key(with: body.bytes), status: 200)
        return try Response(reply, record.type)
    }
}

extension Services {
    /// Saves one edit and answers with the record.
    func save(
        _ edit: RecordEdit, actor: RecordID?, once key: RequestKey?, checksVersions: Bool = false,
        status: Int
    ) async throws -> StoredReply {
        do {
            return try await node.save(
                edit, actor: actor, once: key, checksVersions: checksVersions
            ) { record in
                StoredReply(status: status, body: record.document.bytes())
            }
        } catch is RequestKeyReused {
            throw APIProblem(
                .keyReused,
                detail:
                    "This Idempotency-Key came with another request. Draw a new key for each thing to save."
            )
        }
    }

    /// The member of staff a program says it works for; nil when it says nobody.
    ///
    /// The type Staff is known here: the actor of a save is a member of staff (Protocol/merge.md
    /// §2).
    /// - Throws: `bad-request` when it is nobody who is known here.
    func actor(of request: Request) async throws -> RecordID? {
        guard let text = request.headers[.actor] else { return nil }
        guard let id = RecordID(text), let record = try await node.store.record(.staff, id),
            record.state != .hidden
        else {
            throw APIProblem(
                .badRequest,
                detail: "Gatehouse-Actor is not the id of a member of staff known here.")
        }
        return record.id
    }
}

extension Request {
    /// What the program had in front of it; nil without the header.
    ///
    /// - Throws: `bad-request` for anything but `*` or one strong entity tag of ours.
    func ifMatch() throws -> RecordEdit.Shown? {
        guard let text = headers[.ifMatch] else { return nil }
        if text == "*" { return .latest }
        guard text.count > 2, text.hasPrefix("\""), text.hasSuffix("\""),
            let version = RecordVersion(String(text.dropFirst().dropLast()))
        else {
            throw APIProblem(
                .badRequest, detail: "If-Match takes the record's _version in quotes, or *.")
        }
        return .version(version)
    }

    /// The idempotency key with what it stands for; nil without the header.
    ///
    /// - Throws: `bad-request` for a key that is empty or longer than 255 characters.
    func key(with body: [UInt8]) throws -> RequestKey? {
        guard let key = headers[.idempotencyKey] else { return nil }
        guard (1...255).contains(key.utf8.count) else {
            throw APIProblem(
                .badRequest, detail: "Idempotency-Key is a text of 1 to 255 characters.")
        }
        let actor = headers[.actor] ?? ""
        var hash = SHA256()
        hash.update(data: Array("\(method.rawValue) \(uri.path)\n\(actor)\n".utf8))
        hash.update(data: body)
        return RequestKey(key: key, fingerprint: Hexadecimal.text(Array(hash.finalize())))
    }
}

extension Response {
    /// An answer with a record, also one that was kept.
    init(_ reply: StoredReply, _ type: RecordType) throws {
        let document = try JSONValue(parsing: reply.body)
        var headers: HTTPFields = [:]
        if case .string(let version)? = document["_version"] { headers[.eTag] = "\"\(version)\"" }
        if reply.status == 201, case .string(let id)? = document["id"] {
            headers[.location] = Site.API.address(of: type, id: id)
        }
        self.init(json: reply.body, status: .init(code: reply.status), headers: headers)
    }
}
