import HTTPTypes
import Hummingbird
import Node
import Records
import Store
import SyncCore
import Wire

/// The exchange with headquarters: how it stands, now, pause, and joining.
struct SyncRoutes {
    let services: Services

    func add(to routes: Routes) {
        routes.resource(Site.API.sync, [.get: show, .post: exchange])
        routes.resource(Site.API.syncPause, [.post: pause])
        routes.resource(Site.API.syncResume, [.post: resume])
        routes.resource(Site.API.syncHistory, [.get: history])
        routes.resource(Site.API.syncJoin, [.post: join])
        routes.resource(Site.API.invitations, [.post: invite])
    }

    private static let maximumPauseMinutes = 7 * 24 * 60

    @Sendable private func show(_ request: Request, _ context: WebContext) async throws -> Response
    {
        try request.checkNoParameters()
        return Response(try await SyncDocument(services: services).document())
    }

    @Sendable private func history(
        _ request: Request, _ context: WebContext
    ) async throws -> Response {
        let limit = try request.query(only: "limit")["limit"].map(RecordListing.limit) ?? 50
        let exchanges = try await services.node.store.exchanges(limit: limit)
        return Response(.page(exchanges.map(\.document), next: nil))
    }

    private func job() throws -> SyncJob {
        guard let job = services.syncJob else {
            throw APIProblem(
                .notAllowed, detail: "Headquarters is called by its offices and calls nobody.")
        }
        return job
    }

    // MARK: Exchanging

    @Sendable private func exchange(
        _ request: Request, _ context: WebContext
    ) async throws -> Response {
        let job = try job()
        return try await services.work("sync", request) { tell in
            try await Self.exchange(job, tell)
        }
    }

    private static func exchange(
        _ job: SyncJob, _ tell: @escaping @Sendable (Int, Int) -> Void
    ) async throws -> JSONValue {
        let watch = Task {
            while !Task.isCancelled {
                if let progress = try await job.status().progress {
                    tell(progress.sent, max(progress.toSend, progress.sent))
                }
                try await Task.sleep(for: .milliseconds(250))
            }
        }
        defer { watch.cancel() }
        guard let report = try await job.now() else {
            throw WorkFailure(
                code: "not-joined",
                message:
                    "This office has not joined headquarters. Ask headquarters for a join code.")
        }
        if let failure = report.failure {
            throw WorkFailure(code: failure.code, message: failure.message)
        }
        return report.document
    }

    @Sendable private func pause(_ request: Request, _ context: WebContext) async throws -> Response
    {
        try request.checkNoParameters()
        let job = try job()
        let body = try await request.json()
        try body.check(only: "minutes", "by")
        guard case .number(let digits)? = body.value["minutes"], let minutes = UInt64(digits),
            (1...UInt64(Self.maximumPauseMinutes)).contains(minutes)
        else {
            throw APIProblem(
                .badRequest,
                detail:
                    "minutes is a whole number from 1 to \(Self.maximumPauseMinutes). A pause ends by itself."
            )
        }
        let until = services.node.surroundings.now() + minutes * 60_000
        let person = try body.text("by") ?? ""
        await job.pause(until: until, by: person)
        return Response(try await SyncDocument(services: services).document())
    }

    @Sendable private func resume(
        _ request: Request, _ context: WebContext
    ) async throws -> Response {
        try request.checkNoParameters()
        let job = try job()
        await job.resume()
        return Response(try await SyncDocument(services: services).document())
    }

    // MARK: Joining

    @Sendable private func join(_ request: Request, _ context: WebContext) async throws -> Response
    {
        try request.checkNoParameters()
        _ = try job()
        let body = try await request.json()
        try body.check(only: "url", "code", "office")
        guard let code = JoinCode(try body.required("code")) else {
            throw APIProblem(
                .badRequest, detail: "code is not a join code. Copy all eight groups of five.")
        }
        let url = try body.required("url")
        guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
            throw APIProblem(
                .badRequest,
                detail: "url is where headquarters answers, such as https://hq.example.")
        }
        let identity = try await services.join(code, url: url, officeCode: try body.text("office"))
        return Response([
            "office": .string(identity.space.officeText), "code": .string(identity.code),
            "space": .string(identity.space.description), "headquarters": .string(url),
        ])
    }

    @Sendable private func invite(
        _ request: Request, _ context: WebContext
    ) async throws -> Response {
        try request.checkNoParameters()
        let body = try await request.json()
        try body.check(only: "office")
        let office = try body.required("office")
        guard office.utf8.count <= 16, office.utf8.allSatisfy({ $0.isLetterOrDigit }) else {
            throw APIProblem(
                .badRequest,
                detail: "office is an office code: 1 to 16 letters and digits, such as MH01.")
        }
        let (code, expires) = try await services.node.invite(officeCode: office)
        return Response(
            ["code": .string(code.description), "expires": .moment(expires)], status: .created)
    }
}

extension UInt8 {
    fileprivate var isLetterOrDigit: Bool {
        let character = Character(Unicode.Scalar(self))
        return character.isASCII && (character.isLetter || character.isNumber)
    }
}
