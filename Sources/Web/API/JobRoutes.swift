import HTTPTypes
import Hummingbird
import Node
import Records
import Store
import SyncCore

/// Long work: how it goes, and the check of everything that is stored.
struct JobRoutes {
    let services: Services

    func add(to routes: Routes) {
        routes.resource(Site.API.job, [.get: show])
        routes.resource(Site.API.verify, [.post: verify])
    }

    @Sendable private func show(_ request: Request, _ context: WebContext) async throws -> Response
    {
        try request.checkNoParameters()
        guard let job = await services.jobs.job(context.parameters.get("id") ?? "") else {
            throw APIProblem(
                .notFound,
                detail: "There is no such job. Jobs are forgotten when the node restarts.")
        }
        return Response(job.document)
    }

    @Sendable private func verify(
        _ request: Request, _ context: WebContext
    ) async throws -> Response {
        let parameters = try request.query(only: "wait", "repair")
        func isSet(_ name: String) -> Bool { ["1", "true"].contains(parameters[name]) }
        let repairs = isSet("repair")
        let (node, backups) = (services.node, services.backups)
        return try await services.start("verify", waits: isSet("wait")) { tell in
            let (report, last) = try await node.verify(repairs: repairs, progress: tell)
            let advice = try await node.advice(
                last, onlyInBackups: report.onlyInBackups, backups)
            return [
                "sound": .bool(report.isSound), "groups": .integer(report.groups),
                "writes": .integer(report.writes), "damaged": .integer(report.damaged),
                "missing": .integer(report.missing),
                "faults": .array(report.faults.map(JSONValue.string)),
                "repairs": .array(report.repairs.map(JSONValue.string)),
                "onlyInBackups": .integer(report.onlyInBackups),
                "advice": advice?.document ?? .null,
            ]
        }
    }
}

/// Work that ended with a reason people and programs can use.
struct WorkFailure: CodedError {
    let code: String
    let message: String
}

extension Services {
    /// Starts long work as a job and answers 202 with it; `?wait=1` answers with the result itself.
    ///
    /// - Parameter request: may carry `wait` and nothing else, besides what the caller has read.
    func work(
        _ name: String, _ request: Request,
        _ work:
            @escaping @Sendable (@escaping @Sendable (Int, Int) -> Void) async throws -> JSONValue
    ) async throws -> Response {
        let wait = try request.query(only: "wait")["wait"] ?? "0"
        return try await start(name, waits: wait == "1" || wait == "true", work)
    }

    /// The same when the parameters were read elsewhere.
    func start(
        _ name: String, waits: Bool,
        _ work:
            @escaping @Sendable (@escaping @Sendable (Int, Int) -> Void) async throws -> JSONValue
    ) async throws -> Response {
        if waits { return Response(try await work { _, _ in }) }
        let id = Base32Hex.text(node.surroundings.random(10))
        let job = await jobs.start(id: id, name: name) { tell in try await work(tell).text }
        return Response(
            job.document, status: .accepted, headers: [.location: Site.API.address(ofJob: id)])
    }
}

extension JobBoard.Job {
    var document: JSONValue {
        var members: [JSONValue.Member] = [
            .init("id", .string(id)), .init("name", .string(name)), .init("done", .integer(done)),
            .init("total", .integer(total)),
        ]
        switch state {
        case .running:
            members.append(.init("state", "running"))
        case .finished(let text):
            members.append(.init("state", "finished"))
            // The result is our own JSON; damage would show as the text it is.
            members.append(.init("result", (try? JSONValue(parsing: text)) ?? .string(text)))
        case .failed(let code, let message):
            members += [
                .init("state", "failed"), .init("code", .string(code)),
                .init("message", .string(message)),
            ]
        }
        return .object(members)
    }
}
