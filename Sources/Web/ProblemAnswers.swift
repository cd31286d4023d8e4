import Hummingbird
import Logging
import Node
import Records
import Store
import Wire

/// Turns whatever a handler throws into a problem document (RFC 9457).
///
/// What is nobody's fault but ours is logged in full and answered with a sentence and a reference
/// number only.
struct ProblemAnswers: RouterMiddleware {
    func handle(
        _ request: Request, context: WebContext,
        next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let problem as Problem {
            return Response(problem)
        } catch let problem as APIProblem {
            return problem.response()
        } catch let failure as PeerFailure {
            return Response(failure)
        } catch {
            return APIProblem(error, request: request, context: context).response()
        }
    }
}

extension Response {
    /// A problem of the exchange.
    init(_ problem: Problem) {
        var headers: HTTPFields = [.contentType: APIProblem.contentType]
        if let seconds = problem.retryAfter { headers[.retryAfter] = String(seconds) }
        if problem.status == 401 { headers[.wwwAuthenticate] = "Bearer" }
        self.init(
            status: .init(code: problem.status), headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: problem.json())))
    }
}

extension Response {
    /// What became of a call to headquarters, under the code of the line or of headquarters.
    init(_ failure: PeerFailure) {
        let title =
            switch failure {
            case .notReached: "Headquarters was not reached."
            case .refused: "Headquarters refused."
            }
        self.init(
            Problem(code: failure.code, status: 502, title: title, detail: failure.message))
    }
}

extension APIProblem {
    init(_ error: any Error, request: Request, context: WebContext) {
        switch error {
        case let error as StoreError:
            self.init(error, context)
        case let error as ChangedMeanwhile:
            self.init(.changedMeanwhile, fields: error.fields)
        case let error as JSONProblem:
            self.init(.badRequest, detail: error.sentence[request.language])
        case let error as FieldProblem:
            self.init(invalid: [error], request.language)
        case is CancellationError:
            self.init(.shuttingDown, detail: "The node is stopping. Try again when it runs.")
        case let error as any HTTPResponseError where error.status == .notFound:
            self.init(.notFound, detail: "There is nothing at this address.")
        case let error as any HTTPResponseError where error.status == .contentTooLarge:
            self.init(.tooLarge, detail: "The body is too large.")
        case let error as any HTTPResponseError where error.status.code < 500:
            self.init(.badRequest, detail: "The request cannot be read.")
        case let error as any CodedError:
            self.init(
                .notPossible, detail: error.message,
                members: [.init("reason", .string(error.code))])
        default:
            self.init(internalError: error, context)
        }
    }

    private init(_ error: StoreError, _ context: WebContext) {
        switch error.code {
        case .recordNotFound: self.init(.notFound, detail: error.message)
        case .notAllowed: self.init(.notAllowed, detail: error.message)
        case .tooLarge: self.init(.tooLarge, detail: error.message)
        case .changedMeanwhile: self.init(.changedMeanwhile, detail: error.message)
        case .storageFull: self.init(.storageFull, detail: error.message)
        case .storageBusy:
            self.init(.storageBusy, detail: error.message, headers: [.retryAfter: "5"])
        case .storageFailed:
            context.logger.error(
                "The disk refused.",
                metadata: ["reference": "\(context.reference)", "error": "\(error)"])
            self.init(
                .storageFailed, detail: error.message,
                members: [.init("reference", .string(context.reference))])
        case .alreadyOpen, .unsafeStorage, .newerDatabase, .damaged, .anotherNode:
            self.init(internalError: error, context)
        }
    }

    private init(internalError error: any Error, _ context: WebContext) {
        context.logger.error(
            "A request failed.",
            metadata: ["reference": "\(context.reference)", "error": "\(error)"])
        self.init(
            .internalError,
            detail:
                "Something went wrong here. The log says more beside the reference \(context.reference).",
            members: [.init("reference", .string(context.reference))])
    }

    private init(_ code: Code, fields: [String]) {
        self.init(
            code,
            detail:
                "These fields changed after the version you were shown: \(fields.joined(separator: ", ")). Load the record again."
        )
    }
}
