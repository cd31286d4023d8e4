import Crypto
import Foundation
import SyncCore

/// What headquarters hands to an office once: 16 random bytes and the beginning of the fingerprint
/// of its own key.
///
/// Written as eight groups of five base32hex characters, so that it can be read over the telephone.
public struct JoinCode: Hashable, Sendable {
    public let bytes: [UInt8]

    /// - Parameters:
    ///   - secret: 16 random bytes.
    ///   - key: headquarters' public key.
    public init(secret: [UInt8], key: NodeKey) {
        precondition(secret.count == 16, "a join code has 16 secret bytes")
        bytes = secret + Self.fingerprint(key)
    }

    /// Nil for any other count than 25.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 25 else { return nil }
        self.bytes = Array(bytes)
    }

    /// What headquarters keeps instead of the code.
    public var hash: GroupHash { Tagged.sha256("gatehouse:code:1", Array(bytes.prefix(16))) }

    public func fits(_ key: NodeKey) -> Bool { Array(bytes.suffix(9)) == Self.fingerprint(key) }

    private static func fingerprint(_ key: NodeKey) -> [UInt8] {
        Array(GroupHash(SHA256.hash(data: key.bytes)).bytes.prefix(9))
    }
}

extension JoinCode: LosslessStringConvertible {
    public var description: String {
        let text = Array(Base32Hex.text(bytes).uppercased())
        return stride(from: 0, to: text.count, by: 5).map { String(text[$0..<$0 + 5]) }
            .joined(separator: "-")
    }

    /// Reads a code as people type it: spaces and hyphens anywhere, upper or lower case.
    public init?(_ description: String) {
        let digits = description.filter { $0 != "-" && !$0.isWhitespace }
        guard digits.utf8.count == 40, let bytes = Base32Hex.bytes(digits) else { return nil }
        self.init(bytes)
    }
}

/// A node asks to be let in (Protocol/exchange.md §2).
public struct JoinRequest: Sendable {
    public var code: JoinCode
    public var key: NodeKey
    /// The office space the node has been working in.
    public var space: SpaceID
    public var officeCode: String
    /// Nobody has saved anything here yet.
    public var isEmpty: Bool
    public var proof: [UInt8]

    /// Signs the request with the node's own key.
    public init(
        code: JoinCode, space: SpaceID, officeCode: String, isEmpty: Bool, signedBy key: SigningKey
    ) {
        self.code = code
        self.key = key.publicKey
        self.space = space
        self.officeCode = officeCode
        self.isEmpty = isEmpty
        proof = key.sign("gatehouse:join:1", code.bytes + key.publicKey.bytes + space.bytes)
    }

    /// Whether the node that asks holds the key it names.
    public var isProven: Bool {
        key.verifies(proof, "gatehouse:join:1", code.bytes + key.bytes + space.bytes)
    }

    public func encoded() -> [UInt8] {
        var message = WireJoinRequest()
        message.protocol = protocolVersion
        message.code = Data(code.bytes)
        message.key = Data(key.bytes)
        message.space = Data(space.bytes)
        message.officeCode = officeCode
        message.empty = isEmpty
        message.proof = Data(proof)
        return message.encodedBytes()
    }

    /// - Throws: `malformed-message`, `unsupported-protocol` or `too-large`.
    public init(decoding bytes: [UInt8]) throws(Problem) {
        guard bytes.count <= Limits.maximumJoinBytes else {
            throw Problem(.tooLarge, detail: "maximumJoinBytes is exceeded.")
        }
        guard let message = try? WireJoinRequest.decoded(bytes, "a join request") else {
            throw Problem(.malformedMessage, detail: "The join request does not decode.")
        }
        guard message.protocol == protocolVersion else {
            throw Problem(.unsupportedProtocol, detail: "This node speaks protocol 1.")
        }
        guard let code = JoinCode(message.code), let key = NodeKey(message.key),
            let space = SpaceID(message.space), space.kind == .office,
            (1...32).contains(message.officeCode.utf8.count), message.proof.count == 64
        else {
            throw Problem(.malformedMessage, detail: "A part of the join request is malformed.")
        }
        self.code = code
        self.key = key
        self.space = space
        officeCode = message.officeCode
        isEmpty = message.empty
        proof = Array(message.proof)
    }
}

/// Headquarters lets a node in.
public struct JoinResponse: Sendable {
    /// Headquarters' public key.
    public var key: NodeKey
    /// The office space the node belongs to.
    public var space: SpaceID
    /// 32 random bytes: the bearer token of every exchange.
    public var credential: [UInt8]
    public var proof: [UInt8]

    public init(
        to request: JoinRequest, space: SpaceID, credential: [UInt8], signedBy key: SigningKey
    ) {
        self.key = key.publicKey
        self.space = space
        self.credential = credential
        proof = key.sign(
            "gatehouse:joined:1", Self.signed(request, space: space, credential: credential))
    }

    /// Whether it answers this request and comes from the headquarters that gave out the code.
    public func isProven(for request: JoinRequest) -> Bool {
        request.code.fits(key)
            && key.verifies(
                proof, "gatehouse:joined:1",
                Self.signed(request, space: space, credential: credential))
    }

    private static func signed(
        _ request: JoinRequest, space: SpaceID, credential: [UInt8]
    ) -> [UInt8] {
        GroupHash(SHA256.hash(data: request.code.bytes)).bytes + request.key.bytes + space.bytes
            + GroupHash(SHA256.hash(data: credential)).bytes
    }

    public func encoded() -> [UInt8] {
        var message = WireJoinResponse()
        message.protocol = protocolVersion
        message.key = Data(key.bytes)
        message.space = Data(space.bytes)
        message.credential = Data(credential)
        message.proof = Data(proof)
        return message.encodedBytes()
    }

    /// - Throws: `malformed-message`.
    public init(decoding bytes: [UInt8]) throws(Problem) {
        guard bytes.count <= Limits.maximumJoinBytes,
            let message = try? WireJoinResponse.decoded(bytes, "a join response"),
            let key = NodeKey(message.key), let space = SpaceID(message.space),
            space.kind == .office, message.credential.count == 32, message.proof.count == 64
        else { throw Problem(.malformedMessage, detail: "The answer to the join does not decode.") }
        self.key = key
        self.space = space
        credential = Array(message.credential)
        proof = Array(message.proof)
    }
}

/// A credential is kept as this hash only.
public func credentialHash(_ credential: [UInt8]) -> GroupHash {
    GroupHash(SHA256.hash(data: credential))
}
