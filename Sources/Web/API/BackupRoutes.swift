import Foundation
import HTTPTypes
import Hummingbird
import Node
import Records
import Store

/// The node's backups: which there are, and making one. Putting one back needs the node stopped, so
/// only the command line does it.
struct BackupRoutes {
    let services: Services

    func add(to routes: Routes) {
        routes.resource(Site.API.backups, [.get: list, .post: create])
    }

    private func job() throws -> BackupJob {
        guard let job = services.backups else {
            throw APIProblem(.notPossible, detail: "This node keeps no backups.")
        }
        return job
    }

    @Sendable private func list(_ request: Request, _ context: WebContext) async throws -> Response
    {
        try request.checkNoParameters()
        return Response(try await job().status().document)
    }

    @Sendable private func create(
        _ request: Request, _ context: WebContext
    ) async throws -> Response {
        let job = try job()
        let body = try await request.json(orEmpty: true)
        try body.check(only: "to")
        let elsewhere = try body.text("to")
        if let elsewhere {
            // Whoever reaches the page must not choose where on this machine files are written.
            guard context.isLocalSocket else {
                throw APIProblem(
                    .notAllowed,
                    detail: "Another folder can be named on the command line of this machine only.")
            }
            guard elsewhere.hasPrefix("/") else {
                throw APIProblem(.badRequest, detail: "to is the full path of a folder.")
            }
        }
        let folder = elsewhere.map { URL(filePath: $0, directoryHint: .isDirectory) }
        return try await services.work("backup", request) { tell in
            try await job.now(into: folder, progress: tell).document
        }
    }
}

extension BackupStatus {
    /// A list with what goes for all of them.
    var document: JSONValue {
        [
            "items": .array(backups.map(\.document)), "next": .null,
            "broken": .array(broken.map(JSONValue.string)),
            "folder": .string(folder.path),
            "everyHours": .integer((schedule.interval?.components.seconds ?? 0) / 3_600),
            "keep": .integer(schedule.keep), "nextDue": .moment(next),
            "last": .moment(last), "lastVerified": .moment(lastVerified),
            "lastRestored": .moment(lastRestored), "running": .bool(isRunning),
            "failure": (unreadable ?? failure).map {
                ["code": .string($0.code.rawValue), "message": .string($0.message)]
            } ?? .null,
        ]
    }
}

extension Backup {
    var document: JSONValue {
        [
            "name": .string(name), "folder": .string(folder.path),
            "created": .moment(manifest.created), "verified": .moment(manifest.verified),
            "restored": .moment(restored), "groups": .integer(manifest.groups),
            "bytes": .integer(manifest.databaseBytes), "life": .string(manifest.life),
            "program": .string(manifest.program),
        ]
    }
}
