import HTTPTypes
import Hummingbird
import Node
import Records
import Store
import SyncCore

/// Registers of an office coming in from spreadsheets, and going out again.
struct ImportRoutes {
    let services: Services

    func add(to routes: Routes) {
        routes.resource(Site.API.imports, [.get: list])
        routes.resource(Site.API.importing, [.post: bring])
        routes.resource(Site.API.undoImport, [.post: undo])
    }

    /// The latest imports, the newest first: each batch with what came of it.
    @Sendable private func list(
        _ request: Request, _ context: WebContext
    ) async throws -> Response {
        let limit = try request.query(only: "limit")["limit"].map(RecordListing.limit) ?? 50
        let batches = try await services.node.store.importBatches(limit: limit)
        return Response(.page(batches.map(\.document), next: nil))
    }

    /// The body is the file itself. Answers with a job, or with `wait` with its result.
    @Sendable private func bring(
        _ request: Request, _ context: WebContext
    ) async throws -> Response {
        let parameters = try request.query(only: "dry_run", "wait")
        let isDryRun = try Self.flag("dry_run", parameters)
        let waits = try Self.flag("wait", parameters)
        let actor = try await services.actor(of: request)
        let name = context.parameters.get("key") ?? ""
        do {
            _ = try Register.named(name)
        } catch let error as ImportError {
            throw APIProblem(.notFound, detail: error.message)
        }
        let bytes = try await request.plainBytes(upTo: BodyLimits.importBytes)
        guard !bytes.isEmpty else {
            throw APIProblem(.badRequest, detail: "Send the CSV or xlsx file itself as the body.")
        }
        let node = services.node
        return try await services.start("import \(name)", waits: waits) { tell in
            try await node.importRegister(
                name, bytes: bytes, actor: actor, dryRun: isDryRun, progress: tell
            ).json()
        }
    }

    @Sendable private func undo(
        _ request: Request, _ context: WebContext
    ) async throws -> Response {
        try request.checkNoParameters()
        let body = try await request.json(orEmpty: true)
        try body.check(only: "")
        let actor = try await services.actor(of: request)
        guard let batch = context.parameters.get("key").flatMap({ Int64($0) }) else {
            throw APIProblem(.notFound, detail: "The batch of an import is a number.")
        }
        let changed = try await services.node.undoImport(batch, actor: actor)
        return Response(["batch": .integer(batch), "changed": .integer(changed)])
    }

    private static func flag(_ name: String, _ parameters: [String: String]) throws -> Bool {
        switch parameters[name] {
        case nil, "false"?, "0"?: return false
        case "true"?, "1"?: return true
        default:
            throw APIProblem(
                .badRequest, detail: "\(name) is true or false.",
                members: [.init("parameter", .string(name))])
        }
    }
}

extension ImportBatch {
    var document: JSONValue {
        [
            "batch": .integer(number), "register": .string(register), "at": .moment(at),
            "rows": .integer(rows), "accepted": .integer(accepted),
            "unchanged": .integer(unchanged), "rejected": .integer(rejected),
            "undone": .moment(undone),
        ]
    }
}
