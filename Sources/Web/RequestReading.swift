import Foundation
import HTTPTypes
import Hummingbird
import Node
import Records
import Wire

/// How much of a body is read before the request is refused.
enum BodyLimits {
    static let apiBytes = 1_048_576
    static let importBytes = Register.maximumFileBytes
}

extension Request {
    /// The language of sentences in the answer: Chinese when the client asks for it first, else
    /// English.
    var language: Language {
        let first = headers[.acceptLanguage]?.split(separator: ",").first ?? ""
        return first.lowercased().hasPrefix("zh") ? .zh : .en
    }

    /// Reads the whole body.
    ///
    /// - Parameter limit: bytes; more is refused as soon as it is seen, or announced.
    /// - Throws: `APIProblem` `too-large`.
    func bytes(upTo limit: Int) async throws -> [UInt8] {
        let problem = APIProblem(
            .tooLarge, detail: "The body may have \(limit) bytes. Send less at a time.")
        if let length = headers[.contentLength].flatMap({ Int($0) }), length > limit {
            throw problem
        }
        var bytes: [UInt8] = []
        do {
            for try await part in body {
                guard bytes.count + part.readableBytes <= limit else { throw problem }
                bytes += part.readableBytesView
            }
        } catch let error as APIProblem {
            throw error
        } catch let error as CancellationError {
            throw error
        } catch {
            // Chunks that break HTTP/1.1, or a line that was cut.
            throw APIProblem(
                .badRequest, detail: "The body ended early or is not framed as HTTP/1.1 says.")
        }
        return bytes
    }

    /// Reads the whole body of a request that may not be compressed, as only the exchange's may.
    ///
    /// - Throws: `unsupported-media-type` for any coding, and as `bytes(upTo:)`.
    func plainBytes(upTo limit: Int) async throws -> [UInt8] {
        let coding = headers[.contentEncoding]?.lowercased() ?? "identity"
        guard coding == "identity" else {
            throw APIProblem(
                .unsupportedMediaType,
                detail: "The body is compressed (Content-Encoding \(coding)). Send it as it is.")
        }
        return try await bytes(upTo: limit)
    }

    /// Media type without parameters, in lower case.
    var mediaType: String? {
        headers[.contentType]?.split(separator: ";").first.map {
            $0.trimmingCharacters(in: .whitespaces).lowercased()
        }
    }

    /// Reads a JSON body; an absent one is an empty object where that is allowed.
    ///
    /// - Throws: `unsupported-media-type`, `too-large` or `bad-request`.
    func json(orEmpty: Bool = false) async throws -> JSONBody {
        let bytes = try await plainBytes(upTo: BodyLimits.apiBytes)
        if orEmpty && bytes.isEmpty { return JSONBody(value: .object([]), bytes: []) }
        guard mediaType == "application/json" || mediaType == "application/merge-patch+json" else {
            throw APIProblem(
                .unsupportedMediaType, detail: "Send the body as Content-Type application/json.")
        }
        let value = try JSONValue(parsing: bytes, maximumBytes: BodyLimits.apiBytes)
        guard case .object = value else {
            throw APIProblem(.badRequest, detail: "The body must be a JSON object.")
        }
        guard !CombiningMarks.areTooMany(in: value) else {
            throw APIProblem(
                .badRequest,
                detail:
                    "A text has more than \(CombiningMarks.maximum) marks on one letter. Take them out."
            )
        }
        return JSONBody(value: value, bytes: bytes)
    }

    /// The parameters after `?`, decoded, in order.
    ///
    /// - Throws: `bad-request` for text that is not percent-encoded UTF-8, and for a name that
    ///   stands twice.
    func query() throws -> [(name: String, value: String)] {
        var items: [(name: String, value: String)] = []
        var names: Set<String> = []
        for pair in (uri.query ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let decoded = parts.map {
                $0.replacingOccurrences(of: "+", with: " ").removingPercentEncoding
            }
            guard let name = decoded[0], let value = decoded.count > 1 ? decoded[1] : "" else {
                throw APIProblem(
                    .badRequest,
                    detail: "The parameters in the address are not percent-encoded UTF-8.")
            }
            guard names.insert(name).inserted else {
                throw APIProblem(.badRequest, detail: "The parameter \(name) stands twice.")
            }
            items.append((name, value))
        }
        return items
    }

    /// - Throws: `bad-request` naming a parameter where none is understood.
    func checkNoParameters() throws {
        if let first = try query().first { throw APIProblem(unknownParameter: first.name) }
    }

    /// The parameters by name when only these are understood.
    ///
    /// - Throws: `bad-request` naming one that is not.
    func query(only names: String...) throws -> [String: String] {
        var found: [String: String] = [:]
        for (name, value) in try query() {
            guard names.contains(name) else { throw APIProblem(unknownParameter: name) }
            found[name] = value
        }
        return found
    }
}

/// A JSON object that came as a body, with its bytes.
struct JSONBody: Sendable {
    let value: JSONValue
    let bytes: [UInt8]

    var members: [JSONValue.Member] {
        if case .object(let members) = value { members } else { [] }
    }

    /// A text member; nil when absent or null.
    ///
    /// - Throws: `bad-request` when it is something else.
    func text(_ name: String) throws -> String? {
        switch value[name] {
        case nil, .null?: return nil
        case .string(let text)?: return text
        default: throw APIProblem(.badRequest, detail: "\(name) must be a JSON string.")
        }
    }

    /// - Throws: `bad-request` when the member is absent or no text.
    func required(_ name: String) throws -> String {
        guard let text = try text(name), !text.isEmpty else {
            throw APIProblem(.badRequest, detail: "\(name) is missing. Give it as a JSON string.")
        }
        return text
    }

    /// - Throws: `bad-request` when a member has another name.
    func check(only names: String...) throws {
        for member in members where !names.contains(member.name) {
            throw APIProblem(.badRequest, detail: "The body has no member \(member.name) here.")
        }
    }
}
