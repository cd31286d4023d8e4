import Hummingbird
import Records

/// Why the API refused: RFC 9457 with a stable code. The codes of the exchange stand in
/// `Wire.Problem`; when a call to headquarters fails, the answer (status 502) carries the code of
/// the line or of headquarters.
struct APIProblem: Error, Sendable {
    /// Words of the API; listed once here, never reused.
    enum Code: String, CaseIterable, Sendable {
        case badRequest = "bad-request"
        case crossSite = "cross-site"
        case notAllowed = "not-allowed"
        case notFound = "not-found"
        case methodNotAllowed = "method-not-allowed"
        case conflictStale = "conflict-stale"
        case notPossible = "not-possible"
        case recordDeleted = "record-deleted"
        case changedMeanwhile = "changed-meanwhile"
        case tooLarge = "too-large"
        case unsupportedMediaType = "unsupported-media-type"
        case unknownHost = "unknown-host"
        case validationFailed = "validation-failed"
        case keyReused = "idempotency-key-reused"
        case preconditionRequired = "precondition-required"
        case storageFull = "storage-full"
        case storageBusy = "storage-busy"
        case storageFailed = "storage-failed"
        case internalError = "internal-error"
        case shuttingDown = "shutting-down"

        var status: Int {
            switch self {
            case .badRequest: 400
            case .crossSite, .notAllowed: 403
            case .notFound: 404
            case .methodNotAllowed: 405
            case .conflictStale, .notPossible: 409
            case .recordDeleted: 410
            case .changedMeanwhile: 412
            case .tooLarge: 413
            case .unsupportedMediaType: 415
            case .unknownHost: 421
            case .validationFailed, .keyReused: 422
            case .preconditionRequired: 428
            case .internalError, .storageFailed: 500
            case .shuttingDown, .storageBusy: 503
            case .storageFull: 507
            }
        }

        /// A few words for people.
        var title: String {
            switch self {
            case .badRequest: "The request cannot be understood."
            case .crossSite: "The request comes from another site."
            case .notAllowed: "This node may not do that."
            case .notFound: "There is no such thing here."
            case .methodNotAllowed: "The address does not answer to this method."
            case .conflictStale: "The conflict is no longer what you were shown."
            case .notPossible: "That is not possible now."
            case .recordDeleted: "The record was deleted."
            case .changedMeanwhile: "The record changed meanwhile."
            case .tooLarge: "The request is too large."
            case .unsupportedMediaType: "The body is of a type this address does not read."
            case .unknownHost: "The request is for another host."
            case .validationFailed: "Some fields cannot be saved."
            case .keyReused: "The idempotency key was used for another request."
            case .preconditionRequired: "The request must say which version it is about."
            case .storageFull: "The disk is full."
            case .storageBusy: "The database is held by another program."
            case .storageFailed: "The disk here failed."
            case .internalError: "Something went wrong here."
            case .shuttingDown: "The node is stopping."
            }
        }
    }

    static let contentType = "application/problem+json"

    let code: Code
    /// Names the thing and the next step; never a person's data.
    let detail: String
    /// What some codes add, such as `fields`.
    let members: [JSONValue.Member]
    let headers: HTTPFields

    init(
        _ code: Code, detail: String, members: [JSONValue.Member] = [], headers: HTTPFields = [:]
    ) {
        self.code = code
        self.detail = detail
        self.members = members
        self.headers = headers
    }

    /// All that keeps a record from being saved, at once.
    init(invalid problems: [FieldProblem], _ language: Language) {
        let fields = problems.map { problem in
            JSONValue.object([
                .init("field", .string(problem.field)),
                .init("code", .string(problem.code.rawValue)),
                .init("message", .string(problem.sentence[language])),
            ])
        }
        self.init(
            .validationFailed,
            detail: problems.map { $0.sentence[language] }.joined(separator: " "),
            members: [.init("fields", .array(fields))])
    }

    init(unknownParameter name: String) {
        self.init(
            .badRequest,
            detail:
                "There is no parameter \(name) here. See /api/v1/openapi.json for those that are.",
            members: [.init("parameter", .string(name))])
    }

    func response() -> Response {
        let document = JSONValue.object(
            [
                .init("type", .string("about:blank")),
                .init("title", .string(code.title)),
                .init("status", .integer(code.status)),
                .init("detail", .string(detail)),
                .init("code", .string(code.rawValue)),
            ] + members)
        var headers = headers
        headers[.contentType] = Self.contentType
        return Response(
            status: .init(code: code.status), headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: document.bytes())))
    }
}

extension Response {
    /// A JSON document.
    init(
        _ value: JSONValue, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) {
        self.init(json: value.bytes(), status: status, headers: headers)
    }

    /// JSON text that is there already.
    init(json bytes: [UInt8], status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]) {
        var headers = headers
        headers[.contentType] = "application/json"
        self.init(
            status: status, headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
