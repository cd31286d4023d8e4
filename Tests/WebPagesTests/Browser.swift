import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Synchronization

@testable import Web

/// What came back for one request.
struct Answer {
    var status: HTTPResponse.Status
    var headers: HTTPFields
    var text: String

    /// The value of the attribute in every tag where it stands: addresses of links and forms.
    func values(of attribute: String) -> [String] {
        text.matches(of: try! Regex("\\s\(attribute)=\"([^\"]*)\"")).map {  // A pattern of ours.
            Browser.unescaped(String($0.output[1].substring ?? ""))
        }
    }

    /// The value of the input of this name; nil when there is none.
    func input(_ name: String) -> String? {
        for tag in text.matches(of: /<input[^>]*>/) {
            let answer = Answer(status: status, headers: headers, text: String(tag.output))
            if answer.values(of: "name").first == name { return answer.values(of: "value").first }
        }
        return nil
    }

    /// What a browser would send for the form as it stands, without a button.
    func fields() -> [(String, String)] {
        var fields: [(String, String)] = []
        let controls =
            /<input[^>]*>|<textarea[^>]*>\n?([^<]*)<\/textarea>|<select[^>]*>.*?<\/select>/
        let main = text.components(separatedBy: "<form class=\"record\"").dropFirst().first ?? ""
        let form = main.components(separatedBy: "</form>")[0]
        for control in form.matches(of: controls.dotMatchesNewlines()) {
            let whole = String(control.output.0)
            let tag = Answer(status: status, headers: headers, text: whole)
            guard let name = tag.values(of: "name").first else { continue }
            if whole.hasPrefix("<textarea") {
                fields.append((name, Browser.unescaped(String(control.output.1 ?? ""))))
            } else if whole.hasPrefix("<select") {
                let chosen = whole.firstMatch(of: /<option value="([^"]*)" selected>/)
                fields.append((name, Browser.unescaped(chosen.map { String($0.output.1) } ?? "")))
            } else if whole.contains("type=\"checkbox\"") || whole.contains("type=\"radio\"") {
                if whole.contains(" checked") {
                    fields.append((name, tag.values(of: "value").first ?? ""))
                }
            } else {
                fields.append((name, tag.values(of: "value").first ?? ""))
            }
        }
        return fields
    }
}

/// A person at the pages of one node, in the same process.
final class Browser: Sendable {
    private let responder: RouterResponder<WebContext>
    private let cookies = Mutex<[String: String]>([:])
    private let pages = Mutex<[any Page]>([])
    private let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    init(_ services: Services) {
        responder = WebServer.responder(services)
    }

    /// Every page shown so far, with its values.
    var shown: [any Page] { pages.withLock { $0 } }

    func set(_ name: String, _ value: String) { cookies.withLock { $0[name] = value } }

    func get(_ address: String) async throws -> Answer {
        try await send(.get, address, nil, [:])
    }

    func post(
        _ address: String, _ fields: [(String, String)], headers: HTTPFields = [:]
    ) async throws -> Answer {
        let body = Site.address("", fields).dropFirst()
        var headers = headers
        headers[.contentType] = "application/x-www-form-urlencoded"
        return try await send(.post, address, String(body), headers)
    }

    func send(
        _ method: HTTPRequest.Method, _ address: String, _ body: String?, _ headers: HTTPFields
    ) async throws -> Answer {
        var headers = headers
        let jar = cookies.withLock { $0 }
        if !jar.isEmpty {
            headers[.cookie] = jar.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")
        }
        let request = Request(
            head: HTTPRequest(
                method: method, scheme: "http", authority: "127.0.0.1:8080", path: address,
                headerFields: headers),
            body: RequestBody(buffer: ByteBuffer(string: body ?? "")))
        let witness: @Sendable (any Page) -> Void = { page in
            self.pages.withLock { $0.append(page) }
        }
        let response = try await Templates.$witness.withValue(witness) {
            try await self.responder.respond(
                to: request, context: WebContext(logger: self.log, isLocalSocket: false))
        }
        for line in response.headers[values: .setCookie] {
            let pair = line.split(separator: ";")[0].split(separator: "=", maxSplits: 1)
            cookies.withLock { $0[String(pair[0])] = pair.count > 1 ? String(pair[1]) : "" }
        }
        let collector = Collector()
        try await response.body.write(collector)
        return Answer(
            status: response.status, headers: response.headers,
            text: String(buffer: collector.buffer.withLock { $0 }))
    }

    private final class Collector: ResponseBodyWriter, Sendable {
        let buffer = Mutex(ByteBuffer())
        func write(_ part: ByteBuffer) async throws {
            buffer.withLock { _ = $0.writeImmutableBuffer(part) }
        }
        consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
    }

    static func unescaped(_ text: String) -> String {
        text.replacingOccurrences(of: "&lt;", with: "<").replacingOccurrences(of: "&gt;", with: ">")
            .replacingOccurrences(of: "&quot;", with: "\"")
            .replacingOccurrences(of: "&#39;", with: "'")
            .replacingOccurrences(of: "&amp;", with: "&")
    }
}
