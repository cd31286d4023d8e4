import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Node
import Records
import Store
import SyncCore
import Synchronization
import Testing
import Wire

@testable import Web

/// A node in a folder of its own, with everything it answers, and no network.
final class TestSite: Sendable {
    let folder: URL
    let node: LocalNode
    let services: Services
    let responder: RouterResponder<WebContext>

    init(_ role: Role, code: String, channel: any PeerChannel = NobodyThere()) async throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "gw-\(UUID().uuidString)")
        let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let clock = TestClock()
        do {
            let data = try DataFolder(folder)
            try await LocalNode.found(
                data, role: role, code: code, name: "幸福花园", surroundings: clock.surroundings,
                log: log)
        }
        let node = try await LocalNode(
            DataFolder(folder), surroundings: clock.surroundings, log: log)
        self.node = node
        services = Services(
            node: node, dataFolder: folder, version: "test",
            syncJob: role == .office ? SyncJob(node: node) { _ in channel } : nil,
            backups: BackupJob(
                node: node, folder: folder.appending(path: "backups"), program: "test"),
            joinThrough: { _ in channel })
        responder = WebServer.responder(services)
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)  // A folder left behind does no harm.
    }

    // MARK: Asking

    func ask(
        _ method: HTTPRequest.Method, _ path: String, _ body: JSONValue? = nil,
        headers: HTTPFields = [:], host: String? = "127.0.0.1:8080", isLocalSocket: Bool = false
    ) async throws -> Answer {
        var headers = headers
        if body != nil, headers[.contentType] == nil { headers[.contentType] = "application/json" }
        return try await ask(
            method, path, bytes: body?.bytes() ?? [], headers: headers, host: host,
            isLocalSocket: isLocalSocket)
    }

    func ask(
        _ method: HTTPRequest.Method, _ path: String, bytes: [UInt8], headers: HTTPFields = [:],
        host: String? = "127.0.0.1:8080", isLocalSocket: Bool = false
    ) async throws -> Answer {
        let head = HTTPRequest(
            method: method, scheme: "http", authority: host, path: path, headerFields: headers)
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer(bytes: bytes)))
        let context = WebContext(logger: node.log, isLocalSocket: isLocalSocket)
        let response = try await responder.respond(to: request, context: context)
        let writer = Collector()
        try await response.body.write(writer)
        return Answer(
            status: response.status.code, headers: response.headers,
            bytes: writer.bytes.withLock { $0 })
    }

    /// Makes a household and returns it as the API shows it.
    func household(_ room: String = "501") async throws -> JSONValue {
        let estate = try await estate()
        let made = try await ask(
            .post, "/api/v1/households",
            [
                "estate": .string(estate), "building": "3", "unit": "2", "room": .string(room),
                "area": .number("88.50"), "status": "occupied",
            ])
        #expect(made.status == 201, "\(made.json)")
        return made.json
    }

    func estate() async throws -> String {
        let list = try await ask(.get, "/api/v1/estates").json
        return try #require(list.items.first?.string("id"))
    }
}

struct Answer {
    let status: Int
    let headers: HTTPFields
    let bytes: [UInt8]

    var text: String { String(decoding: bytes, as: UTF8.self) }
    // Tests compare what is in it.
    var json: JSONValue { (try? JSONValue(parsing: bytes)) ?? .null }
    var code: String? { json.string("code") }
}

extension JSONValue {
    func string(_ name: String) -> String? {
        if case .string(let text)? = self[name] { text } else { nil }
    }

    var items: [JSONValue] { self["items"]?.elements ?? [] }

    var elements: [JSONValue] {
        if case .array(let elements) = self { elements } else { [] }
    }
}

private final class Collector: ResponseBodyWriter, Sendable {
    let bytes = Mutex<[UInt8]>([])

    func write(_ buffer: ByteBuffer) async throws {
        bytes.withLock { $0 += buffer.readableBytesView }
    }

    func finish(_ trailingHeaders: HTTPFields?) async throws {}
}

/// A line that leads nowhere.
struct NobodyThere: PeerChannel {
    func send(
        _ body: [UInt8], to address: ExchangeAddress, credential: [UInt8]?
    ) async throws(PeerFailure) -> [UInt8] {
        throw .notReached(code: "connection-refused", message: "Nobody answers there.")
    }
}

/// A clock that moves a second at each look.
final class TestClock: Sendable {
    private let milliseconds = Mutex<UInt64>(1_763_000_000_000)

    var surroundings: Surroundings {
        Surroundings(
            now: {
                self.milliseconds.withLock {
                    $0 += 1_000
                    return $0
                }
            }, random: Surroundings.system.random)
    }
}
