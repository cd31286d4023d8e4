import Foundation
import Records

/// The parts of an uploaded form, `multipart/form-data` (RFC 7578): the only way a browser sends a
/// file without a script.
///
/// Hummingbird does not read this form and none of our libraries does. Deliberately narrow: what a
/// browser's form never sends is refused as a whole.
struct MultipartForm: Sendable {
    struct Part: Sendable {
        let name: String
        let fileName: String?
        let bytes: [UInt8]
    }

    let parts: [Part]

    private static let maximumParts = 20
    /// Of the lines before a part's content, and of a part that is a text.
    private static let maximumLineBytes = 8_192

    /// - Throws: `PageProblem.badRequest`.
    init(_ body: [UInt8], contentType: String) throws {
        guard let boundary = Self.parameter("boundary", of: contentType), !boundary.isEmpty,
            boundary.utf8.count <= 70
        else { throw Self.unreadable }
        let data = Data(body)
        let delimiter = Data("--\(boundary)".utf8)
        guard var here = data.range(of: delimiter), here.lowerBound == 0 else {
            throw Self.unreadable
        }
        var parts: [Part] = []
        while let next = data.range(
            of: Data("\r\n".utf8) + delimiter, in: here.upperBound..<data.endIndex)
        {
            parts.append(try Self.part(data[here.upperBound..<next.lowerBound]))
            guard parts.count <= Self.maximumParts else { throw Self.unreadable }
            here = next
        }
        guard data[here.upperBound...].starts(with: "--".utf8) else { throw Self.unreadable }
        self.parts = parts
    }

    func text(_ name: String) -> String? {
        parts.first {
            $0.name == name && $0.fileName == nil && $0.bytes.count <= Self.maximumLineBytes
        }.map { String(decoding: $0.bytes, as: UTF8.self) }
    }

    func file(_ name: String) -> [UInt8]? {
        parts.first { $0.name == name && $0.fileName != nil }.map(\.bytes)
    }

    private static let unreadable = PageProblem.badRequest(
        Title("上传的内容不完整，请再试一次。", "The upload is incomplete. Try again."))

    private static func part(_ data: Data) throws -> Part {
        let lead = data.prefix(maximumLineBytes)
        guard lead.starts(with: "\r\n".utf8), let gap = lead.range(of: Data("\r\n\r\n".utf8)) else {
            throw unreadable
        }
        let lines = String(decoding: data[data.startIndex..<gap.lowerBound], as: UTF8.self)
            .components(separatedBy: "\r\n")
        guard
            let disposition = lines.first(where: {
                $0.lowercased().hasPrefix("content-disposition: form-data")
            }), let name = parameter("name", of: disposition)
        else { throw unreadable }
        return Part(
            name: name, fileName: parameter("filename", of: disposition),
            bytes: Array(data[gap.upperBound...]))
    }

    /// A parameter of a header; browsers escape a quotation mark in a name as %22, so quotes end
    /// where they look to.
    private static func parameter(_ name: String, of header: String) -> String? {
        for piece in header.split(separator: ";").dropFirst() {
            let pair = piece.split(separator: "=", maxSplits: 1).map { String($0).trimmed }
            guard pair.count == 2, pair[0].lowercased() == name else { continue }
            return pair[1].hasPrefix("\"") && pair[1].hasSuffix("\"") && pair[1].count >= 2
                ? String(pair[1].dropFirst().dropLast()) : pair[1]
        }
        return nil
    }
}
