import HTTPTypes
import Hummingbird
import Node
import Records
import Store
import SyncCore

/// Fields that several people wrote without seeing each other, and the decisions about them; and
/// numbers that several records bear, about which there is nothing to decide.
struct ConflictRoutes {
    let services: Services

    private var store: Store { services.node.store }

    func add(to routes: Routes) {
        routes.resource(Site.API.conflicts, [.get: list])
        routes.resource(Site.API.conflict, [.get: show])
        routes.resource(Site.API.resolution, [.post: resolve])
    }

    // MARK: Reading

    /// All types in the order of the catalogue; the cursor is `type:id`.
    @Sendable private func list(_ request: Request, _ context: WebContext) async throws -> Response
    {
        let parameters = try request.query(only: "limit", "after", "office")
        let limit = try parameters["limit"].map(RecordListing.limit) ?? 50
        let codes = try await OfficeCodes(store)
        var rest = Catalogue.types[...]
        var after: RecordID?
        if let cursor = parameters["after"] {
            let parts = cursor.split(separator: ":", maxSplits: 1).map(String.init)
            let place = rest.firstIndex { $0.name == parts.first } ?? rest.startIndex
            after = try RecordListing.cursor(parts.last ?? "")
            rest = rest[place...]
        }
        var found: [StoredRecord] = []
        for type in rest where found.count <= limit {
            var query = RecordQuery(type)
            query.onlyConflicts = true
            query.after = after
            query.limit = min(limit - found.count + 1, 500)
            if let office = parameters["office"] { query.office = try codes.known(office) }
            found += try await store.list(query).records
            after = nil
        }
        let page = found.prefix(limit)
        let next = found.count > limit ? page.last.map { "\($0.type.name):\($0.id)" } : nil
        return Response(.page(page.map { Self.item($0, codes) }, next: next))
    }

    private static func item(_ record: StoredRecord, _ codes: OfficeCodes) -> JSONValue {
        [
            "type": .string(record.type.name), "id": .string(record.id.description),
            "office": .string(record.id.home.officeText),
            "officeCode": .text(codes.code(of: record.id.home)),
            "fields": .array(record.conflicts.map(JSONValue.string)),
            "_version": .string(record.version.description),
        ]
    }

    @Sendable private func show(_ request: Request, _ context: WebContext) async throws -> Response
    {
        try request.checkNoParameters()
        guard let type = Catalogue.type(named: context.parameters.get("key") ?? ""),
            let id = context.parameters.get("id").flatMap({ RecordID($0) }),
            let record = try await store.record(type, id), record.state != .hidden
        else { throw Self.notFound }
        let authors = try await AuthorDocuments(store)
        var fields: [JSONValue] = []
        for conflict in try await store.conflicts(type, record.id) {
            var candidates: [JSONValue] = []
            for candidate in conflict.candidates {
                candidates.append([
                    "write": .string(candidate.write.text),
                    "value": candidate.value.map(conflict.field.json(of:)) ?? .null,
                    "missing": .bool(candidate.value == nil),
                    "author": try await authors.document(candidate.author),
                    "at": .moment(UInt64(clamping: candidate.author.wallClock)),
                    "shown": .bool(candidate.isShown),
                ])
            }
            var members: [JSONValue.Member] = [
                .init("field", .string(conflict.field.name)),
                .init(
                    "title",
                    [
                        "zh": .string(conflict.field.title.zh),
                        "en": .string(conflict.field.title.en),
                    ]),
            ]
            switch conflict.kind {
            case .values:
                members.append(.init("kind", "values"))
                members.append(.init("candidates", .array(candidates)))
            case .sharedNumber(let others):
                members.append(.init("kind", "shared-number"))
                members.append(.init("with", Self.ids(others)))
            }
            fields.append(.object(members))
        }
        return Response(
            [
                "type": .string(type.name), "id": .string(record.id.description),
                "office": .string(record.id.home.officeText),
                "_version": .string(record.version.description), "fields": .array(fields),
            ], headers: [.eTag: record.entityTag])
    }

    private static func ids(_ records: [RecordID]) -> JSONValue {
        .array(records.map { .string($0.description) })
    }

    private static let notFound = APIProblem(
        .notFound, detail: "There is no such record here. It may not have arrived yet.")

    // MARK: Deciding

    @Sendable private func resolve(
        _ request: Request, _ context: WebContext
    ) async throws -> Response {
        try request.checkNoParameters()
        let body = try await request.json()
        try body.check(only: "type", "field", "value", "reason", "version")
        let record = try await record(context.parameters.get("key") ?? "", try body.text("type"))
        let actor = try await services.actor(of: request)
        guard let version = RecordVersion(try body.required("version")) else {
            throw APIProblem(.badRequest, detail: "version takes the _version you were shown.")
        }
        let name = try body.required("field")
        guard let field = record.type.field(named: name), !field.isSet else {
            throw APIProblem(
                .badRequest, detail: "\(record.type.name) has no field of this name to decide.")
        }
        try await refuseSharedNumber(record, field)
        guard let json = body.value["value"] else {
            throw APIProblem(.badRequest, detail: "value is missing. Give it as the API shows it.")
        }
        let value = try field.value(fromJSON: json)
        let problems = record.type.problems(in: [name: value], creating: false)
        if !problems.isEmpty { throw APIProblem(invalid: problems, request.language) }
        let edit = RecordEdit(
            record.type, .change(record.id), contents: [field.number: .resolution(value)],
            note: try body.text("reason"), shown: .version(version))
        let key = try request.key(with: body.bytes)
        // A repeat finds the field settled, so its first answer comes before this check.
        if key == nil, !record.conflicts.contains(name) { throw Self.stale(name, record) }
        do {
            let reply = try await services.save(
                edit, actor: actor, once: key, checksVersions: true, status: 200)
            return try Response(reply, record.type)
        } catch is ChangedMeanwhile {
            throw Self.stale(name, try await store.record(record.type, record.id) ?? record)
        }
    }

    /// - Throws: `not-possible` where nothing is to be chosen.
    private func refuseSharedNumber(_ record: StoredRecord, _ field: Field) async throws {
        let kinds = try await store.conflicts(record.type, record.id)
            .filter { $0.field.name == field.name }.map(\.kind)
        guard !kinds.contains(.values), case .sharedNumber(let others)? = kinds.first else {
            return
        }
        throw APIProblem(
            .notPossible,
            detail:
                "Other records bear the same \(field.name). All are kept and there is no value to choose. If one matter was registered twice, delete the superfluous record.",
            members: [.init("with", Self.ids(others))])
    }

    private static func stale(_ field: String, _ record: StoredRecord) -> APIProblem {
        APIProblem(
            .conflictStale,
            detail:
                "\(field) changed after the version you were shown. Look at the conflict again and decide then.",
            members: [.init("current", record.document)])
    }

    /// The record of an id; its type is looked for when it is not said.
    private func record(_ id: String, _ typeName: String?) async throws -> StoredRecord {
        guard let id = RecordID(id) else { throw Self.notFound }
        var types = Catalogue.types.filter { $0.belongs(in: id.home) }
        if let typeName { types = types.filter { $0.name == typeName } }
        for type in types {
            if let record = try await store.record(type, id), record.state != .hidden {
                return record
            }
        }
        throw Self.notFound
    }
}
