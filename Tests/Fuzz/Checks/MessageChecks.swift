import SyncCore

@testable import Wire

extension FuzzTarget {
    static let messages = [
        FuzzTarget(
            name: "exchange", share: 8, maximumBytes: 8_192,
            seeds: {
                let messages = try Seeds.vectors("exchange", "message", "bytes")
                return messages + messages.map { Gzip.compress($0) }
            }, check: MessageChecks.exchange),
        FuzzTarget(
            name: "join", share: 8, maximumBytes: 1_024,
            seeds: { try Seeds.vectors("join", "message", "code") }, check: MessageChecks.join),
        FuzzTarget(
            name: "gzip", share: 6, maximumBytes: 8_192,
            seeds: {
                [Gzip.compress([]), Gzip.compress([UInt8](repeating: 0, count: 500_000))]
                    + (try Seeds.vectors("exchange", "message").map { Gzip.compress($0) })
            }, check: MessageChecks.gzip),
        FuzzTarget(
            name: "problem", share: 6, maximumBytes: 2_048,
            seeds: {
                Seeds.texts(
                    #"{"code":"busy","detail":"x","retryAfter":5,"space":"company","status":503}"#,
                    #"{"retryAfter":9223372036854775807}"#, "<html></html>", "{}")
            }, check: MessageChecks.problem),
    ]
}

/// Bodies of the exchange's addresses and of their answers (Protocol/exchange.md).
enum MessageChecks {
    /// A body, in gzip coding or plain, as a request and as a response.
    static func exchange(_ bytes: [UInt8]) throws {
        var body = bytes
        if bytes.starts(with: [0x1F, 0x8B]) {
            // What is no gzip is tried as a message all the same.
            body = (try? Gzip.decompress(bytes)) ?? bytes
        }
        do {
            let request = try ExchangeRequest(decoding: body)
            try parts(request.parts)
            let encoded = request.encoded()
            let again = try always("a request is read again") {
                try ExchangeRequest(decoding: encoded)
            }
            try law(again.encoded() == encoded, "a request is written as it was read")
            try law(again.node == request.node && again.root == request.root, "node and root")
        } catch let problem as Problem {
            try refusal(problem)
        }
        do {
            let response = try ExchangeResponse(decoding: body)
            try parts(response.parts)
            let encoded = response.encoded()
            let again = try always("a response is read again") {
                try ExchangeResponse(decoding: encoded)
            }
            try law(again.encoded() == encoded, "a response is written as it was read")
        } catch let problem as Problem {
            try refusal(problem)
        }
    }

    private static func refusal(_ problem: Problem) throws {
        let codes: [Problem.Code] = [.malformedMessage, .unsupportedProtocol, .tooLarge]
        try law(codes.map(\.rawValue).contains(problem.code), "refused as \(problem.code)")
        try law((400..<500).contains(problem.status), "refused with \(problem.status)")
    }

    private static func parts(_ parts: [SpacePart]) throws {
        try law(parts.count <= Limits.maximumSpacesPerExchange, "maximumSpacesPerExchange")
        try law(Set(parts.map(\.space)).count == parts.count, "each space once")
        for part in parts {
            let tips = part.clock.tips
            try law(tips.count <= Limits.maximumTipsPerSpace, "maximumTipsPerSpace")
            try law(tips == Set(tips).sorted(), "tips are sorted and none twice")
            try law(part.past.count <= Limits.maximumPastPerSpace, "maximumPastPerSpace")
            try law(part.groups.count <= Limits.maximumGroupsPerPage, "maximumGroupsPerPage")
            for group in part.groups { try GroupChecks.decoding(group) }
        }
        let states = parts.map { ($0.space, SpaceState(clock: $0.clock, digest: $0.digest)) }
        _ = Root.hash(Dictionary(uniqueKeysWithValues: states))
    }

    static func join(_ bytes: [UInt8]) throws {
        do {
            let request = try JoinRequest(decoding: bytes)
            try law((1...32).contains(request.officeCode.utf8.count), "officeCode")
            try law(request.space.kind == .office, "an office space")
            _ = request.isProven
            let encoded = request.encoded()
            let again = try always("a join is read again") { try JoinRequest(decoding: encoded) }
            try law(again.encoded() == encoded, "a join is written as it was read")
            let code = JoinCode(request.code.description)
            try law(code == request.code, "a code is read from its text")
        } catch let problem as Problem {
            try refusal(problem)
        }
        do {
            let response = try JoinResponse(decoding: bytes)
            let encoded = response.encoded()
            let again = try always("an answer is read again") {
                try JoinResponse(decoding: encoded)
            }
            try law(again.encoded() == encoded, "an answer is written as it was read")
            try law(response.credential.count == 32, "credential")
        } catch let problem as Problem {
            try refusal(problem)
        }
    }

    static func gzip(_ bytes: [UInt8]) throws {
        let limit = 1 << 18
        do {
            let unpacked = try Gzip.decompress(bytes, limit: limit)
            try law(unpacked.count <= limit, "no more than the limit")
            let again = try always("what we pack is unpacked") {
                try Gzip.decompress(Gzip.compress(unpacked), limit: limit)
            }
            try law(again == unpacked, "packing keeps the bytes")
        } catch let problem as Problem {
            try refusal(problem)
        }
        let packed = Gzip.compress(bytes, level: 1)
        let again = try always("any bytes are packed and unpacked") {
            try Gzip.decompress(packed, limit: limit)
        }
        try law(again == bytes, "packing keeps any bytes")
    }

    /// What a peer, or whoever answers in its place, says instead of a message.
    static func problem(_ bytes: [UInt8]) throws {
        let problem = Problem(reading: bytes, status: 503)
        try law((problem.retryAfter ?? 0) >= 0, "nobody waits for less than no time")
        try law((problem.retryAfter ?? 0) <= 86_400, "nobody is made to wait for ever")
        let again = Problem(reading: problem.json(), status: problem.status)
        try law(again == problem, "a problem is read as it is written")
    }
}
