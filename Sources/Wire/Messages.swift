import Crypto
import Foundation
import SwiftProtobuf
import SyncCore

extension Message {
    /// The message as bytes. Our own messages have no required fields, so this cannot fail.
    func encoded() -> Data {
        do {
            return try serializedBytes()
        } catch {
            preconditionFailure("a message without required fields did not encode: \(error)")
        }
    }

    func encodedBytes() -> [UInt8] {
        Array(encoded())
    }

    /// Reads a message from anywhere.
    static func decoded(
        _ bytes: some SwiftProtobufContiguousBytes, _ name: String
    ) throws(GroupProblem) -> Self {
        var options = BinaryDecodingOptions()
        options.messageDepthLimit = 8
        // They are ignored, and each would be copied.
        options.discardUnknownFields = true
        do {
            return try Self(serializedBytes: bytes, options: options)
        } catch {
            throw GroupProblem("The bytes of \(name) do not decode.")
        }
    }
}

extension WireTip {
    init(_ tip: Tip) {
        self.init()
        stream = Data(tip.stream.bytes)
        seq = tip.seq
        hash = Data(tip.hash.bytes)
    }

    func reading() throws(GroupProblem) -> Tip {
        guard let stream = StreamID(stream), let hash = GroupHash(hash), seq >= 1,
            seq < UInt64(Int64.max)
        else { throw GroupProblem("A tip is malformed.") }
        return Tip(stream: stream, seq: seq, hash: hash)
    }
}

/// Hashes whose first bytes say what is hashed, so that bytes made for one purpose never serve
/// another.
enum Tagged {
    static func hasher(_ tag: String) -> SHA256 {
        var hasher = SHA256()
        hasher.update(data: Array(tag.utf8) + [0])
        return hasher
    }

    static func sha256(_ tag: String, _ parts: [UInt8]...) -> GroupHash {
        var hasher = hasher(tag)
        for part in parts { hasher.update(data: part) }
        return GroupHash(hasher.finalize())
    }
}

extension GroupHash {
    init(_ digest: SHA256.Digest) {
        guard let hash = GroupHash(Array(digest)) else {
            preconditionFailure("SHA-256 did not give 32 bytes")
        }
        self = hash
    }
}

extension UInt32 {
    var bigEndianBytes: [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: self >> $0) }
    }
}
