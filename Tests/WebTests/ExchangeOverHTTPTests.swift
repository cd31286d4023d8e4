import Foundation
import HTTPTypes
import Node
import Records
import ServiceLifecycle
import Store
import SyncCore
import Testing
import Transport
import Wire

@testable import Web

/// Real bytes over loopback: an office's curl against headquarters' server.
@Suite struct ExchangeOverHTTPTests {
    @Test
    func `an office joins and exchanges over HTTP, and equal sides find that out in one round`()
        async throws
    {
        try await withCompany { company in
            let office = try await company.office("MH01")
            for room in 1...60 { _ = try await office.site.household("\(room)") }
            let report = try await office.exchange()
            #expect(report.isComplete, "\(report)")
            let id = try #require(
                try await office.site.ask(.get, "/api/v1/households").json.items.first?.string("id")
            )
            let there = try await company.head.ask(.get, "/api/v1/households/\(id)").json
            let here = try await office.site.ask(.get, "/api/v1/households/\(id)").json
            #expect(there["room"] == here["room"])
            let again = try await office.exchange()
            #expect(again.rounds == 1)
            let sync = try await company.head.ask(.get, "/api/v1/sync").json
            let listed = try #require(sync["offices"]?.elements.first)
            #expect(listed.string("code") == "MH01")
            #expect(listed.string("completeAt") != nil)
            #expect(listed["refusals"] == 0)
        }
    }

    @Test func `refusals have their codes and are counted`() async throws {
        try await withCompany { company in
            let office = try await company.office("MH01")
            let node = office.site.node
            let known = try #require(try await node.store.headquarters())
            let stranger = SigningKey()
            let space = node.identity.space
            var spoiled = try await office.request(group: office.group(by: node.key, in: space))
            #expect(await office.refusal(spoiled, nil) == [401, "missing-credential"])
            #expect(await office.refusal(spoiled, [1, 2]) == [401, "unknown-credential"])
            spoiled.parts[0].space = .office(77)
            #expect(await office.refusal(spoiled, known.credential) == [403, "not-a-member"])
            spoiled.parts[0].space = .officePrivate(space.office)
            #expect(await office.refusal(spoiled, known.credential) == [403, "not-a-member"])
            let unknown = try await office.request(group: office.group(by: stranger, in: space))
            #expect(await office.refusal(unknown, known.credential) == [403, "unknown-author"])
            let forged = try await office.request(
                group: office.group(by: node.key, sealedBy: stranger, in: space))
            #expect(await office.refusal(forged, known.credential) == [403, "bad-seal"])
            let elsewhere = try await office.request(
                group: office.group(by: node.key, in: .office(77)))
            #expect(await office.refusal(elsewhere, known.credential) == [403, "not-a-member"])
            let counted = try await company.head.node.store.refusals().reduce(into: [:]) {
                $0[$1.code, default: 0] += $1.count
            }
            #expect(
                counted == [
                    "missing-credential": 1, "unknown-credential": 1, "not-a-member": 3,
                    "unknown-author": 1, "bad-seal": 1,
                ])
            let metrics = try await company.head.ask(.get, "/metrics").text
            #expect(metrics.contains("gatehouse_rejected_total{code=\"bad-seal\"} 1"))
            #expect(try await office.exchange().isComplete)
        }
    }

    @Test func `codings, types and sizes are checked before the message`() async throws {
        try await withCompany { company in
            let client = HTTPClient(
                HTTPClient.Configuration(maximumResponseBytes: 1 << 20, userAgent: "test"))
            func post(_ body: [UInt8], _ headers: (String, String)...) async throws -> [String] {
                let response = try await client.send(
                    Transport.HTTPRequest(
                        method: "POST", url: company.url + "/sync/v1/exchange",
                        headers: headers.map { HTTPHeader($0, $1) }, body: body))
                let problem = Problem(reading: response.body, status: response.status)
                return ["\(response.status)", problem.code]
            }
            let message = ("Content-Type", "application/x-protobuf")
            #expect(
                try await post([1], message, ("Content-Encoding", "br"))
                    == ["415", "unsupported-coding"])
            #expect(
                try await post([1], ("Content-Type", "text/plain")) == ["400", "malformed-message"])
            #expect(
                try await post([1, 2, 3], message, ("Content-Encoding", "gzip"))
                    == ["400", "malformed-message"])
            let bomb = Gzip.compress(
                [UInt8](repeating: 0, count: Limits.maximumDecompressedBytes + 1))
            #expect(
                try await post(bomb, message, ("Content-Encoding", "gzip")) == ["413", "too-large"])
            let long = [UInt8](repeating: 0, count: Limits.maximumBodyBytes + 1)
            #expect(try await post(long, message) == ["413", "too-large"])
            let refusals = try await company.head.node.store.refusals()
            #expect(refusals.reduce(0) { $0 + $1.count } == 5)
            await client.close()
        }
    }

    @Test func `the socket of the data folder answers, and is gone afterwards`() async throws {
        let site = try await TestSite(.office, code: "MH01")
        let path = site.folder.appending(path: "node.sock").path
        let port = Port()
        let server = WebServer(
            site.services, listen: nil, socketPath: path, onListening: { port.found($0) })
        let group = ServiceGroup(services: [server], logger: site.node.log)
        async let running: Void = group.run()
        _ = await port.wait()
        let client = HTTPClient(
            HTTPClient.Configuration(maximumResponseBytes: 1 << 20, userAgent: "test"))
        let response = try await client.send(
            Transport.HTTPRequest(url: "http://localhost/readyz", socketPath: path))
        #expect(response.status == 200)
        await group.triggerGracefulShutdown()
        try await running
        await client.close()
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func `a port in use is refused with a sentence`() async throws {
        try await withCompany { company in
            let site = try await TestSite(.office, code: "MH02")
            let address = try ListenAddress(String(company.url.dropFirst("http://".count)))
            let error = await #expect(throws: ListenError.self) {
                try await WebServer(site.services, listen: address, socketPath: nil).run()
            }
            #expect(error?.code == "address-in-use")
        }
    }

    // MARK: A company for one test

    private func withCompany(_ body: (Company) async throws -> Void) async throws {
        let head = try await TestSite(.headquarters, code: "HQ")
        let port = Port()
        let server = WebServer(
            head.services, listen: try ListenAddress("127.0.0.1:0"), socketPath: nil,
            onListening: { port.found($0) })
        let group = ServiceGroup(services: [server], logger: head.node.log)
        async let running: Void = group.run()
        let url = "http://127.0.0.1:\(await port.wait())"
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await body(Company(head: head, url: url)))
        } catch {
            outcome = .failure(error)
        }
        await group.triggerGracefulShutdown()
        try await running
        try outcome.get()
    }
}

/// Headquarters at an address.
private struct Company {
    let head: TestSite
    let url: String

    func office(_ code: String) async throws -> JoinedOffice {
        let channel = CurlPeerChannel(url: url)
        let site = try await TestSite(.office, code: code, channel: channel)
        let invitation = try await head.ask(
            .post, "/api/v1/invitations", ["office": .string(code)])
        let joined = try await site.ask(
            .post, "/api/v1/sync/join",
            ["url": .string(url), "code": invitation.json["code"] ?? .null])
        #expect(joined.status == 200, "\(joined.json)")
        let office = JoinedOffice(site: site, channel: channel)
        _ = try await office.exchange()
        return office
    }
}

private struct JoinedOffice {
    let site: TestSite
    let channel: CurlPeerChannel

    func exchange() async throws -> ExchangeReport {
        let known = try #require(try await site.node.store.headquarters())
        return try await ExchangeCaller(node: site.node, channel: channel, headquarters: known)
            .run()
    }

    /// A first group of a new stream, sealed.
    func group(
        by key: SigningKey, sealedBy sealer: SigningKey? = nil, in space: SpaceID
    ) throws -> [UInt8] {
        let codec = GroupCodec()
        let nonce = Surroundings.system.random(16)
        let stream = codec.stream(space: space, key: key.publicKey, nonce: nonce)
        let time = HybridTime.zero.next(wallClock: site.node.surroundings.now())
        let record = RecordID(home: space, high: 1, low: 1)
        let change = ChangeDraft(
            record: record, type: RecordType.person.number,
            writes: [WriteDraft(field: ReservedField.created, value: .empty, names: [])],
            salt: Surroundings.system.random(16))
        let group = try codec.encode(
            GroupDraft(
                place: Place(space: space, stream: stream, seq: 1), predecessor: nil, seen: [],
                time: time, wallClock: 1_763_000_000_000, actor: nil, schema: Catalogue.schema,
                start: Start(key: key.publicKey, continues: [], nonce: nonce), changes: [change]))
        let seal = (sealer ?? key).seal(group.place, group.hash)
        // Field 3 of the message Group, length-delimited.
        return group.bytes + [0x1A, 64] + seal
    }

    /// What this office would send, with one group more.
    func request(group: [UInt8]) async throws -> ExchangeRequest {
        let store = site.node.store
        let spaces = [site.node.identity.space, .company]
        let states = try await store.states(of: spaces)
        let parts = spaces.map { space in
            let state = states[space] ?? .empty
            return SpacePart(
                space: space, clock: state.clock, digest: state.digest,
                groups: space == .company ? [] : [group])
        }
        return ExchangeRequest(
            node: site.node.key.publicKey, token: [], now: 0, root: Root.hash(states), parts: parts,
            schema: Catalogue.schema)
    }

    /// Status and code of headquarters' refusal.
    func refusal(_ request: ExchangeRequest, _ credential: [UInt8]?) async -> [AnyHashable] {
        do {
            _ = try await channel.send(request.encoded(), to: .exchange, credential: credential)
            return []
        } catch .refused(let problem) {
            return [problem.status, problem.code]
        } catch {
            return ["\(error)"]
        }
    }
}

/// A port that is known once the server listens.
private struct Port: Sendable {
    private let stream: AsyncStream<Int>
    private let continuation: AsyncStream<Int>.Continuation

    init() {
        (stream, continuation) = AsyncStream.makeStream()
    }

    func found(_ port: Int) { continuation.yield(port) }

    func wait() async -> Int {
        for await port in stream { return port }
        return 0
    }
}
