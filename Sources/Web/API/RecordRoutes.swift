import HTTPTypes
import Hummingbird
import Node
import Records
import Store
import SyncCore

/// Records of every type, made from the declarations alone (design.md §8).
struct RecordRoutes {
    let services: Services

    var node: LocalNode { services.node }
    var store: Store { node.store }

    func add(to routes: Routes) {
        routes.resource(Site.API.records, [.get: list, .post: create])
        routes.resource(Site.API.record, [.get: show, .patch: change, .delete: delete])
        routes.resource(Site.API.restoration, [.post: restore])
        routes.resource(Site.API.history, [.get: history])
    }

    // MARK: Reading

    @Sendable private func list(_ request: Request, _ context: WebContext) async throws -> Response
    {
        let listing = try RecordListing(
            try type(context), try request.query(), try await OfficeCodes(store), request.language)
        let (records, more) = try await store.list(listing.query)
        return Response(
            .page(
                records.map(\.document), next: more ? records.last?.id.description : nil))
    }

    @Sendable private func show(_ request: Request, _ context: WebContext) async throws -> Response
    {
        try request.checkNoParameters()
        let record = try await shown(context)
        return Response(record.document, headers: [.eTag: record.entityTag])
    }

    @Sendable private func history(
        _ request: Request, _ context: WebContext
    ) async throws -> Response {
        try request.checkNoParameters()
        let record = try await held(context)
        let authors = try await AuthorDocuments(store)
        var items: [JSONValue] = []
        for entry in try await store.history(record.type, record.id) {
            items.append(try await authors.document(entry))
        }
        return Response(.page(items, next: nil))
    }

    // MARK: Whom a request is about

    func type(_ context: WebContext) throws -> RecordType {
        let name = context.parameters.get("type") ?? ""
        guard let type = Catalogue.type(named: name) else {
            throw APIProblem(
                .notFound,
                detail:
                    "There is no type of record of this name. See /api/v1/types for those there are."
            )
        }
        return type
    }

    /// The record of the address, also one that is deleted.
    func held(_ context: WebContext) async throws -> StoredRecord {
        let type = try type(context)
        guard let id = context.parameters.get("id").flatMap({ RecordID($0) }),
            let record = try await store.record(type, id)
        else {
            throw APIProblem(
                .notFound, detail: "There is no such record here. It may not have arrived yet.")
        }
        return record
    }

    /// The record of the address while it is there for people.
    func shown(_ context: WebContext) async throws -> StoredRecord {
        let record = try await held(context)
        guard record.state != .hidden else {
            throw APIProblem(
                .recordDeleted,
                detail: "The record was deleted. POST to its restoration takes that back.")
        }
        return record
    }
}
