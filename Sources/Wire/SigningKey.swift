import Crypto
import Foundation
import SyncCore

/// A node's Ed25519 key pair. It is made where it is used and never leaves the data folder.
public struct SigningKey: Sendable {
    private let privateKey: Curve25519.Signing.PrivateKey
    public let publicKey: NodeKey

    /// Makes a new key from the system's random numbers.
    public init() {
        self.init(Curve25519.Signing.PrivateKey())
    }

    /// Nil unless `seed` has 32 bytes.
    public init?(seed: [UInt8]) {
        guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed) else {
            return nil
        }
        self.init(key)
    }

    private init(_ key: Curve25519.Signing.PrivateKey) {
        privateKey = key
        guard let publicKey = NodeKey(Array(key.publicKey.rawRepresentation)) else {
            preconditionFailure("an Ed25519 public key does not have 32 bytes")
        }
        self.publicKey = publicKey
    }

    /// 32 secret bytes to be stored.
    public var seed: [UInt8] { Array(privateKey.rawRepresentation) }

    /// Signs `tag`, a zero byte and the message.
    public func sign(_ tag: String, _ message: [UInt8]) -> [UInt8] {
        do {
            return Array(try privateKey.signature(for: Array(tag.utf8) + [0] + message))
        } catch {
            preconditionFailure("Ed25519 could not sign: \(error)")
        }
    }

    /// The author's seal of a group (Protocol/merge.md §3).
    public func seal(_ place: Place, _ hash: GroupHash) -> [UInt8] {
        sign("gatehouse:seal:1", place.sealed(hash))
    }
}

extension NodeKey {
    /// Whether the holder of this key signed `tag`, a zero byte and the message. False for any
    /// malformed key or signature.
    public func verifies(_ signature: [UInt8], _ tag: String, _ message: [UInt8]) -> Bool {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes) else {
            return false
        }
        return key.isValidSignature(signature, for: Array(tag.utf8) + [0] + message)
    }

    /// Whether a seal is by this key over this place and hash.
    public func sealed(_ place: Place, _ hash: GroupHash, by seal: [UInt8]) -> Bool {
        verifies(seal, "gatehouse:seal:1", place.sealed(hash))
    }
}

extension Place {
    fileprivate func sealed(_ hash: GroupHash) -> [UInt8] {
        var bytes = space.bytes + stream.bytes
        bytes.append(word: seq)
        return bytes + hash.bytes
    }
}

extension SigningKey: Sealing {
    public var key: NodeKey { publicKey }

    public func verifies(
        _ seal: [UInt8], _ place: Place, _ hash: GroupHash, by key: NodeKey
    ) -> Bool {
        key.sealed(place, hash, by: seal)
    }
}
