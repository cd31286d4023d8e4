import SyncCore
import Testing
import Wire

/// An `ExchangeRequest` that is refused with a code of exchange.md §6.
struct BadMessage: CustomTestStringConvertible, Sendable {
    let name: String
    let about: String
    let problem: Problem.Code
    let bytes: [UInt8]
    /// The same fault in an `ExchangeResponse`, whose fields after the token have other numbers.
    let responseBytes: [UInt8]
    let isAlsoAResponse: Bool

    var testDescription: String { name }

    private struct Raw {
        var version: UInt64 = 1
        var node = [UInt8](repeating: 1, count: 32)
        var token = [UInt8](repeating: 2, count: 16)
        var root = [UInt8](repeating: 3, count: 32)
        var parts: [[UInt8]] = []

        func encoded(asResponse: Bool) -> [UInt8] {
            Protobuf.message { message in
                message.number(1, version)
                message.field(2, node)
                message.field(3, token)
                message.field(asResponse ? 6 : 5, root)
                for part in parts { message.element(asResponse ? 7 : 6, part) }
            }
        }
    }

    private struct RawPart {
        var space = SpaceID.company.bytes
        var tips: [[UInt8]] = []
        var digest = [UInt8](repeating: 0, count: 16)
        var backedUp: [[UInt8]] = []
        var want: [[UInt8]] = []

        func encoded() -> [UInt8] {
            Protobuf.message { part in
                part.field(1, space)
                for tip in tips { part.element(2, tip) }
                part.field(3, digest)
                for tip in backedUp { part.element(7, tip) }
                for hash in want { part.element(9, hash) }
            }
        }
    }

    private static func tip(stream: Int = 16, seq: UInt64 = 1, hash: Int = 32) -> [UInt8] {
        Protobuf.message { tip in
            tip.field(1, [UInt8](repeating: 1, count: stream))
            tip.number(2, seq)
            tip.field(3, [UInt8](repeating: 1, count: hash))
        }
    }

    private init(_ name: String, _ about: String, _ problem: Problem.Code, _ bytes: [UInt8]) {
        self.name = name
        self.about = about
        self.problem = problem
        self.bytes = bytes
        responseBytes = bytes
        isAlsoAResponse = true
    }

    private init(
        _ name: String, _ about: String, _ problem: Problem.Code = .malformedMessage,
        _ spoil: (inout Raw) -> Void
    ) {
        var raw = Raw()
        spoil(&raw)
        self.name = name
        self.about = about
        self.problem = problem
        bytes = raw.encoded(asResponse: false)
        responseBytes = raw.encoded(asResponse: true)
        isAlsoAResponse = true
    }

    private init(_ name: String, _ about: String, _ spoil: (inout RawPart) -> Void) {
        self.init(name, about) { raw in
            var part = RawPart()
            spoil(&part)
            raw.parts = [part.encoded()]
        }
    }

    static let all: [BadMessage] = [
        BadMessage(
            "exchange-not-a-message", "The body is not a message.", .malformedMessage, [0xFF, 0xFF]),
        BadMessage(
            "exchange-other-protocol", "The message is of protocol 2.", .unsupportedProtocol
        ) { $0.version = 2 },
        BadMessage(
            "exchange-no-protocol", "The message names no protocol.", .unsupportedProtocol
        ) { $0.version = 0 },
        BadMessage("exchange-node-short", "The node's key has 31 bytes.") { $0.node.removeLast() },
        BadMessage("exchange-token-short", "The token has 15 bytes.") { $0.token.removeLast() },
        BadMessage("exchange-root-missing", "There is no root.") { $0.root = [] },
        BadMessage("exchange-space-twice", "A space stands in two parts.") {
            $0.parts = [RawPart().encoded(), RawPart().encoded()]
        },
        BadMessage(
            "exchange-too-many-parts", "There are 65 parts, all empty.", .tooLarge
        ) {
            $0.parts = Array(repeating: [], count: Limits.maximumSpacesPerExchange + 1)
        },
        BadMessage("exchange-space-malformed", "A part's space has 8 bytes.") {
            (part: inout RawPart) in
            part.space.removeLast()
        },
        BadMessage("exchange-digest-short", "A part's digest has 15 bytes.") {
            (part: inout RawPart) in
            part.digest.removeLast()
        },
        BadMessage("exchange-tip-stream-short", "A tip's stream has 15 bytes.") {
            (part: inout RawPart) in
            part.tips = [tip(stream: 15)]
        },
        BadMessage("exchange-tip-seq-zero", "A tip's seq is 0.") { (part: inout RawPart) in
            part.tips = [tip(seq: 0)]
        },
        BadMessage("exchange-tip-hash-short", "A tip's hash has 31 bytes.") {
            (part: inout RawPart) in
            part.tips = [tip(hash: 31)]
        },
        BadMessage("exchange-backed-up-hash-short", "A tip of backed_up has a hash of 31 bytes.") {
            (part: inout RawPart) in
            part.backedUp = [tip(hash: 31)]
        },
        BadMessage("exchange-wanted-hash-short", "A wanted hash has 31 bytes.") {
            (part: inout RawPart) in
            part.want = [[UInt8](repeating: 1, count: 31)]
        },
        BadMessage("exchange-too-many-wanted", "A part wants 257 groups.", .tooLarge) {
            var part = RawPart()
            part.want = Array(
                repeating: [UInt8](repeating: 1, count: 32), count: Limits.maximumWantPerSpace + 1)
            $0.parts = [part.encoded()]
        },
    ]
}
