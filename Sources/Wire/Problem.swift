import Foundation
import SyncCore

/// Why a request was refused: RFC 9457, with a stable code (Protocol/exchange.md §6 lists those of
/// the exchange).
public struct Problem: Error, Hashable, Sendable {
    /// Stable codes of the exchange, with their HTTP status.
    public enum Code: String, CaseIterable, Sendable {
        case malformedMessage = "malformed-message"
        case malformedGroup = "malformed-group"
        case unsupportedProtocol = "unsupported-protocol"
        case unsupportedCoding = "unsupported-coding"
        case missingCredential = "missing-credential"
        case unknownCredential = "unknown-credential"
        case notAMember = "not-a-member"
        case unknownAuthor = "unknown-author"
        case badSeal = "bad-seal"
        case joinCodeUnknown = "join-code-unknown"
        case badProof = "bad-proof"
        case officeKnown = "office-known"
        case tooLarge = "too-large"
        case busy = "busy"
        case serverFull = "server-full"
        case internalError = "internal-error"

        public var status: Int {
            switch self {
            case .malformedMessage, .malformedGroup, .unsupportedProtocol: 400
            case .missingCredential, .unknownCredential: 401
            case .notAMember, .unknownAuthor, .badSeal, .joinCodeUnknown, .badProof: 403
            case .officeKnown: 409
            case .tooLarge: 413
            case .unsupportedCoding: 415
            case .internalError: 500
            case .busy: 503
            case .serverFull: 507
            }
        }

        /// A few words for people.
        public var title: String {
            switch self {
            case .malformedMessage: "The message cannot be read."
            case .malformedGroup: "A group of changes breaks the format."
            case .unsupportedProtocol: "The two programs speak different versions."
            case .unsupportedCoding: "The body is in a coding this node does not read."
            case .missingCredential: "This node has not joined."
            case .unknownCredential: "The credential is not known."
            case .notAMember: "The node does not belong to this space."
            case .unknownAuthor: "The author of these changes is not registered for this space."
            case .badSeal: "The seal of these changes is not their author's."
            case .joinCodeUnknown: "The join code is not valid."
            case .badProof: "The join request is not signed by its key."
            case .officeKnown: "This office code is already in use."
            case .tooLarge: "The message is too large."
            case .busy: "Headquarters is busy."
            case .serverFull: "The disk at headquarters is full."
            case .internalError: "Something went wrong here."
            }
        }
    }

    /// A known code's text, or one that came from a peer and is kept as it is.
    public var code: String
    public var status: Int
    public var title: String
    /// A sentence that names the thing and the next step; never a person's data.
    public var detail: String
    public var space: SpaceID?
    public var group: GroupHash?
    /// Seconds.
    public var retryAfter: Int?

    /// The longest wait a peer can ask for. Whoever stands in its place, such as a broken proxy,
    /// must not be able to silence an office for years.
    public static let maximumRetryAfter = 86_400

    public init(
        _ code: Code, detail: String, space: SpaceID? = nil, group: GroupHash? = nil,
        retryAfter: Int? = nil
    ) {
        self.init(
            code: code.rawValue, status: code.status, title: code.title, detail: detail,
            space: space, group: group, retryAfter: retryAfter)
    }

    public init(
        code: String, status: Int, title: String, detail: String, space: SpaceID? = nil,
        group: GroupHash? = nil, retryAfter: Int? = nil
    ) {
        self.code = code
        self.status = status
        self.title = title
        self.detail = detail
        self.space = space
        self.group = group
        self.retryAfter = retryAfter
    }
}

extension Problem {
    private struct Document: Codable {
        var type: String? = "about:blank"
        var title: String?
        var status: Int?
        var detail: String?
        var code: String?
        var space: String?
        var group: String?
        var retryAfter: Int?
    }

    /// `application/problem+json`.
    public func json() -> [UInt8] {
        let document = Document(
            title: title, status: status, detail: detail, code: code, space: space?.description,
            group: group?.description, retryAfter: retryAfter)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // A struct of texts and numbers always encodes; the empty object keeps a peer from seeing
        // half a document.
        return (try? encoder.encode(document)).map(Array.init) ?? Array("{}".utf8)
    }

    /// Reads a peer's answer. What is no problem document becomes `unexpected-answer`, so that a
    /// captive portal's page is never parsed further.
    public init(reading body: [UInt8], status: Int, retryAfter: Int? = nil) {
        let document = try? JSONDecoder().decode(Document.self, from: Data(body.prefix(65_536)))
        self.init(
            code: document?.code ?? "unexpected-answer", status: status,
            title: document?.title ?? "The answer is not from a Gatehouse node.",
            detail: document?.detail
                ?? "HTTP status \(status) came without a problem document. Check the address of headquarters.",
            space: document?.space.flatMap(SpaceID.init),
            group: document?.group.flatMap { Hexadecimal.bytes($0) }.flatMap { GroupHash($0) },
            retryAfter: (retryAfter ?? document?.retryAfter).map {
                min(max($0, 0), Self.maximumRetryAfter)
            })
    }
}
