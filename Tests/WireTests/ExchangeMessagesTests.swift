import SyncCore
import Testing
import Wire

@Suite struct ExchangeMessagesTests {
    private func parts() throws -> [SpacePart] {
        let log = try Samples.log()
        let tips = [log.clearing, log.unknown].map {
            Tip(stream: $0.place.stream, seq: $0.place.seq, hash: $0.hash)
        }
        return [
            SpacePart(space: .company, clock: .empty, digest: .zero),
            SpacePart(
                space: Samples.space, clock: VectorClock(tips), digest: Digest(1, 2),
                groups: [log.first.bytes, Samples.sealed(log.edit)], more: true, need: true,
                past: [tips[0]]),
        ]
    }

    private func request() throws -> ExchangeRequest {
        ExchangeRequest(
            node: Samples.office.publicKey, token: [UInt8](repeating: 4, count: 16),
            now: Samples.midnight, root: GroupHash(1, 2, 3, 4), parts: try parts(), schema: 3)
    }

    private func expectSame(_ a: [SpacePart], _ b: [SpacePart]) {
        #expect(a.map(\.space) == b.map(\.space))
        #expect(a.map(\.clock) == b.map(\.clock))
        #expect(a.map(\.digest) == b.map(\.digest))
        #expect(a.map(\.groups) == b.map(\.groups))
        #expect(a.map(\.more) == b.map(\.more))
        #expect(a.map(\.need) == b.map(\.need))
        #expect(a.map(\.past) == b.map(\.past))
    }

    @Test func `a request comes back`() throws {
        let request = try request()
        let again = try ExchangeRequest(decoding: request.encoded())
        #expect(again.node == request.node && again.token == request.token)
        #expect(again.now == request.now && again.root == request.root && again.schema == 3)
        expectSame(again.parts, request.parts)
        #expect(again.encoded() == request.encoded())
    }

    @Test func `a response comes back`() throws {
        let response = ExchangeResponse(
            node: Samples.headquarters.publicKey, token: [UInt8](repeating: 5, count: 16),
            stale: true, now: Samples.midnight, root: GroupHash(4, 3, 2, 1), parts: try parts(),
            schema: 3)
        let again = try ExchangeResponse(decoding: response.encoded())
        #expect(again.node == response.node && again.token == response.token && again.stale)
        #expect(again.now == response.now && again.root == response.root && again.schema == 3)
        expectSame(again.parts, response.parts)
    }

    @Test func `an idle exchange is small each way`() throws {
        var request = try request()
        request.parts = []
        #expect(request.encoded().count < 200)
        #expect(try ExchangeRequest(decoding: request.encoded()).parts.isEmpty)
        request.token = []
        #expect(try ExchangeRequest(decoding: request.encoded()).token.isEmpty)
    }

    @Test(arguments: BadMessage.all)
    func `a malformed exchange message is refused with its code`(bad: BadMessage) {
        do {
            _ = try ExchangeRequest(decoding: bad.bytes)
            Issue.record("\(bad.name) was not refused")
        } catch {
            #expect(error.code == bad.problem.rawValue)
            #expect(!error.detail.isEmpty)
        }
        if bad.isAlsoAResponse {
            #expect(throws: Problem.self) { try ExchangeResponse(decoding: bad.responseBytes) }
        }
    }

    @Test func `each limit of a message is named when it is exceeded`() throws {
        let tip = Tip(stream: StreamID(high: 1, low: 1), seq: 1, hash: GroupHash(1, 1, 1, 1))
        func tips(_ count: Int) -> [Tip] {
            (0..<count).map {
                Tip(stream: tip.stream, seq: tip.seq, hash: GroupHash(UInt64($0), 0, 0, 0))
            }
        }
        func detail(_ change: (inout ExchangeRequest) -> Void) throws -> String? {
            var request = try request()
            change(&request)
            do {
                _ = try ExchangeRequest(decoding: request.encoded())
                return nil
            } catch {
                #expect(error.code == "too-large")
                return error.detail
            }
        }
        let fits = try detail { request in
            request.parts[1].clock = VectorClock(tips(Limits.maximumTipsPerSpace))
            request.parts[1].past = tips(Limits.maximumPastPerSpace)
            request.parts[1].backedUp = VectorClock(tips(Limits.maximumTipsPerSpace))
            request.parts[1].want = tips(Limits.maximumWantPerSpace).map(\.hash)
            request.parts[1].groups = Array(repeating: [1], count: Limits.maximumGroupsPerPage)
            request.parts += (2..<UInt64(Limits.maximumSpacesPerExchange)).map {
                SpacePart(space: .officePrivate($0), clock: .empty, digest: .zero)
            }
        }
        #expect(fits == nil)
        #expect(
            try detail { $0.parts[0].clock = VectorClock(tips(Limits.maximumTipsPerSpace + 1)) }
                == "maximumTipsPerSpace is exceeded.")
        #expect(
            try detail { $0.parts[0].past = tips(Limits.maximumPastPerSpace + 1) }
                == "maximumPastPerSpace is exceeded.")
        #expect(
            try detail { $0.parts[0].want = tips(Limits.maximumWantPerSpace + 1).map(\.hash) }
                == "maximumWantPerSpace is exceeded.")
        // More of a backed-up clock than fits is left out: fewer tips say less.
        #expect(
            try detail { $0.parts[0].backedUp = VectorClock(tips(Limits.maximumTipsPerSpace + 1)) }
                == nil)
        #expect(
            try detail {
                $0.parts[0].groups = Array(repeating: [1], count: Limits.maximumGroupsPerPage + 1)
            } == "maximumGroupsPerPage is exceeded.")
        #expect(
            try detail { request in
                request.parts = (1...UInt64(Limits.maximumSpacesPerExchange + 1)).map {
                    SpacePart(space: .office($0), clock: .empty, digest: .zero)
                }
            } == "maximumSpacesPerExchange is exceeded.")
    }

    @Test(arguments: [
        (2, "maximumTipsPerSpace"), (4, "maximumGroupsPerPage"), (7, "maximumTipsPerSpace"),
        (8, "maximumPastPerSpace"), (9, "maximumWantPerSpace"),
    ])
    func `what a part repeats is counted before it is decoded`(field: UInt64, limit: String) throws
    {
        let part = Protobuf.message { part in
            for _ in 0...10_000 { part.element(field, []) }
        }
        for (number, read) in [
            (6, { _ = try ExchangeRequest(decoding: $0) }),
            (7, { _ = try ExchangeResponse(decoding: $0) }),
        ] as [(UInt64, ([UInt8]) throws -> Void)] {
            // Also inside a group, which nobody writes and everybody has to pass over.
            let plain = Protobuf.message { $0.element(number, part) }
            for bytes in [plain, [200 << 3 & 0x7F | 3 | 0x80, 12] + plain] {
                #expect { try read(bytes) } throws: {
                    ($0 as? Problem)?.detail == "\(limit) is exceeded."
                }
            }
        }
    }

    @Test func `unknown fields of the outer message are passed over`() throws {
        let bytes = try request().encoded() + Protobuf.message { $0.element(200, [1, 2, 3]) }
        let again = try ExchangeRequest(decoding: bytes)
        #expect(again.schema == 3)
    }

    @Test(arguments: 0..<500)
    func `mutated exchange messages never trap`(seed: Int) throws {
        var random = SeededRandom(seed: seed)
        var bytes = try request().encoded()
        for _ in 0..<(1 + random.below(6)) {
            bytes[random.below(bytes.count)] = UInt8(random.below(256))
        }
        if random.chance(30) { bytes.removeLast(random.below(bytes.count)) }
        _ = try? ExchangeRequest(decoding: bytes)
        _ = try? ExchangeResponse(decoding: bytes)
    }

    @Test func `the root depends on every part of the state and not on order`() throws {
        let parts = try parts()
        var states: [SpaceID: SpaceState] = [:]
        for part in parts {
            states[part.space] = SpaceState(clock: part.clock, digest: part.digest)
        }
        let root = Root.hash(states)
        var seen: Set<GroupHash> = [root]
        var other = states
        other[Samples.space]?.digest = Digest(1, 3)
        #expect(seen.insert(Root.hash(other)).inserted)
        other = states
        other[.company] = nil
        #expect(seen.insert(Root.hash(other)).inserted)
        other = states
        other[Samples.space]?.clock = .empty
        #expect(seen.insert(Root.hash(other)).inserted)
        other = states
        other[.officePrivate(1)] = .empty
        #expect(seen.insert(Root.hash(other)).inserted)
        #expect(Root.hash(states) == root)
    }
}
