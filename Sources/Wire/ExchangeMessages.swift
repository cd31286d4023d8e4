import Foundation
import SyncCore

/// One side's state of one space, with a page of groups (Protocol/exchange.md §4).
public struct SpacePart: Sendable {
    public var space: SpaceID
    public var clock: VectorClock
    public var digest: Digest
    /// Each an encoded `Group`, in the sender's apply order.
    public var groups: [[UInt8]]
    public var more: Bool
    public var need: Bool
    public var past: [Tip]
    /// What every backup the sender would restore covers; empty when there is none.
    public var backedUp: VectorClock
    /// Groups whose bytes are damaged, or whose current values are missing, at the sender.
    public var want: [GroupHash]

    public init(
        space: SpaceID, clock: VectorClock, digest: Digest, groups: [[UInt8]] = [],
        more: Bool = false, need: Bool = false, past: [Tip] = [], backedUp: VectorClock = .empty,
        want: [GroupHash] = []
    ) {
        self.space = space
        self.clock = clock
        self.digest = digest
        self.groups = groups
        self.more = more
        self.need = need
        self.past = past
        self.backedUp = backedUp
        self.want = want
    }
}

/// What a node sends to headquarters.
public struct ExchangeRequest: Sendable {
    public var node: NodeKey
    /// 16 bytes, or empty the first time.
    public var token: [UInt8]
    /// The sender's wall clock in milliseconds since 1970 UTC; for display only.
    public var now: UInt64
    public var root: GroupHash
    public var parts: [SpacePart]
    public var schema: UInt32

    public init(
        node: NodeKey, token: [UInt8], now: UInt64, root: GroupHash, parts: [SpacePart],
        schema: UInt32
    ) {
        self.node = node
        self.token = token
        self.now = now
        self.root = root
        self.parts = parts
        self.schema = schema
    }
}

/// What headquarters answers.
public struct ExchangeResponse: Sendable {
    public var node: NodeKey
    public var token: [UInt8]
    public var stale: Bool
    public var now: UInt64
    public var root: GroupHash
    public var parts: [SpacePart]
    public var schema: UInt32

    public init(
        node: NodeKey, token: [UInt8], stale: Bool, now: UInt64, root: GroupHash,
        parts: [SpacePart], schema: UInt32
    ) {
        self.node = node
        self.token = token
        self.stale = stale
        self.now = now
        self.root = root
        self.parts = parts
        self.schema = schema
    }
}

/// The version of the messages this program speaks.
public let protocolVersion: UInt32 = 1

extension ExchangeRequest {
    public func encoded() -> [UInt8] {
        var message = WireExchangeRequest()
        message.protocol = protocolVersion
        message.node = Data(node.bytes)
        message.token = Data(token)
        message.now = now
        message.root = Data(root.bytes)
        message.spaces = parts.map(WireSpacePart.init)
        message.schema = schema
        return message.encodedBytes()
    }

    /// - Throws: `malformed-message`, `unsupported-protocol` or `too-large`.
    public init(decoding bytes: [UInt8]) throws(Problem) {
        do {
            try ExchangeShape.check(bytes, spaces: 6)
            let message = try WireExchangeRequest.decoded(bytes, "an exchange request")
            guard message.protocol == protocolVersion else {
                throw Problem(.unsupportedProtocol, detail: "This node speaks protocol 1.")
            }
            guard let node = NodeKey(message.node), let root = GroupHash(message.root),
                message.token.isEmpty || message.token.count == 16
            else { throw GroupProblem("An exchange request's node, root or token is malformed.") }
            self.init(
                node: node, token: Array(message.token), now: message.now, root: root,
                parts: try SpacePart.reading(message.spaces), schema: message.schema)
        } catch {
            throw Problem(reading: error)
        }
    }
}

extension ExchangeResponse {
    public func encoded() -> [UInt8] {
        var message = WireExchangeResponse()
        message.protocol = protocolVersion
        message.node = Data(node.bytes)
        message.token = Data(token)
        message.stale = stale
        message.now = now
        message.root = Data(root.bytes)
        message.spaces = parts.map(WireSpacePart.init)
        message.schema = schema
        return message.encodedBytes()
    }

    /// - Throws: `malformed-message`, `unsupported-protocol` or `too-large`.
    public init(decoding bytes: [UInt8]) throws(Problem) {
        do {
            try ExchangeShape.check(bytes, spaces: 7)
            let message = try WireExchangeResponse.decoded(bytes, "an exchange response")
            guard message.protocol == protocolVersion else {
                throw Problem(
                    .unsupportedProtocol, detail: "The peer answered in another protocol.")
            }
            guard let node = NodeKey(message.node), let root = GroupHash(message.root),
                message.token.isEmpty || message.token.count == 16
            else { throw GroupProblem("An exchange response's node, root or token is malformed.") }
            self.init(
                node: node, token: Array(message.token), stale: message.stale, now: message.now,
                root: root, parts: try SpacePart.reading(message.spaces), schema: message.schema)
        } catch {
            throw Problem(reading: error)
        }
    }
}

extension SpacePart {
    fileprivate static func reading(_ messages: [WireSpacePart]) throws -> [SpacePart] {
        let parts = try messages.map(SpacePart.init(reading:))
        guard Set(parts.map(\.space)).count == parts.count else {
            throw GroupProblem("A space stands twice in one message.")
        }
        return parts
    }

    private init(reading message: WireSpacePart) throws {
        guard let space = SpaceID(message.space), let digest = Digest(message.digest) else {
            throw GroupProblem("A part's space or digest is malformed.")
        }
        self.init(
            space: space, clock: VectorClock(try message.tips.map { try $0.reading() }),
            digest: digest, groups: message.groups.map(Array.init), more: message.more,
            need: message.need, past: try message.past.map { try $0.reading() },
            backedUp: VectorClock(try message.backedUp.map { try $0.reading() }),
            want: try message.want.map { hash in
                guard let hash = GroupHash(hash) else {
                    throw GroupProblem("A wanted hash does not have 32 bytes.")
                }
                return hash
            })
    }
}

extension WireSpacePart {
    fileprivate init(_ part: SpacePart) {
        self.init()
        space = Data(part.space.bytes)
        tips = part.clock.tips.map(WireTip.init)
        digest = Data(part.digest.bytes)
        groups = part.groups.map { Data($0) }
        more = part.more
        need = part.need
        past = part.past.map(WireTip.init)
        // Fewer tips state less, which is always true.
        backedUp = part.backedUp.tips.prefix(Limits.maximumTipsPerSpace).map(WireTip.init)
        want = part.want.map { Data($0.bytes) }
    }
}

extension Problem {
    /// What a failed reading amounts to.
    fileprivate init(reading error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case let problem as GroupProblem: self.init(.malformedMessage, detail: problem.reason)
        default: self.init(.malformedMessage, detail: "The message does not decode.")
        }
    }
}

/// What every replica of some spaces has in common when its state is the same (Protocol/exchange.md
/// §4).
public enum Root {
    /// - Parameter states: clock and digest of every shared space.
    public static func hash(_ states: [SpaceID: SpaceState]) -> GroupHash {
        var bytes: [UInt8] = []
        for (space, state) in states.sorted(by: { $0.key < $1.key }) {
            bytes += space.bytes
            bytes += UInt32(state.clock.tips.count).bigEndianBytes
            for tip in state.clock.tips {
                bytes += tip.stream.bytes
                bytes.append(word: tip.seq)
                tip.hash.append(to: &bytes)
            }
            bytes += state.digest.bytes
        }
        return Tagged.sha256("gatehouse:root:1", bytes)
    }
}
