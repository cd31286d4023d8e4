import Crypto
import SyncCore

/// Forgetting values and getting them back, by moving bytes: nothing is encoded anew but the
/// commitment itself (Protocol/merge.md §3).
extension GroupCodec {
    public func hash(of bytes: [UInt8]) throws(GroupProblem) -> GroupHash {
        let envelope = try Envelope(bytes)
        var hasher = Tagged.hasher("gatehouse:group:1")
        hasher.update(data: UInt32(envelope.header.count).bigEndianBytes)
        hasher.update(data: bytes[envelope.header])
        for body in envelope.bodies {
            try BodyParts(bytes, body).commitment(bytes).update(&hasher)
        }
        return GroupHash(hasher.finalize())
    }

    public func strip(_ bytes: [UInt8], changes: Set<Int>) throws(GroupProblem) -> [UInt8] {
        let envelope = try Envelope(bytes)
        var bodies: [Int: [UInt8]] = [:]
        for position in changes where envelope.bodies.indices.contains(position) {
            let parts = try BodyParts(bytes, envelope.bodies[position])
            guard !parts.isStripped else { continue }
            var body = MessageWriter()
            body.append(3, parts.commitment(bytes).bytes)
            var field = MessageWriter()
            field.append(2, body.bytes)
            bodies[position] = field.bytes
        }
        return try envelope.replacing(bodies, in: bytes)
    }

    public func fill(
        _ bytes: [UInt8], from other: [UInt8], changes: Set<Int>
    ) throws(GroupProblem) -> [UInt8] {
        let (envelope, source) = (try Envelope(bytes), try Envelope(other))
        guard try hash(of: bytes) == hash(of: other) else {
            throw GroupProblem("The two encodings are not of one group.")
        }
        var bodies: [Int: [UInt8]] = [:]
        for position in changes where envelope.bodies.indices.contains(position) {
            let isWanted = try BodyParts(bytes, envelope.bodies[position]).isStripped
            let isThere = try !BodyParts(other, source.bodies[position]).isStripped
            guard isWanted && isThere else { continue }
            bodies[position] = Array(other[source.bodyFields[position]])
        }
        return try envelope.replacing(bodies, in: bytes)
    }
}

extension Envelope {
    /// The message with other bodies at these positions, without its seal.
    fileprivate func replacing(
        _ replaced: [Int: [UInt8]], in bytes: [UInt8]
    ) throws(GroupProblem) -> [UInt8] {
        guard !replaced.isEmpty else { return withoutSeal(bytes) }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var at = 0
        for (position, body) in replaced.sorted(by: { $0.key < $1.key }) {
            result += bytes[at..<bodyFields[position].lowerBound]
            result += body
            at = bodyFields[position].upperBound
        }
        // The seal may stand before, between or behind what was moved, so it is looked for again.
        result += bytes[at...]
        let stored = try Envelope(result).withoutSeal(result)
        guard stored.count <= Limits.maximumGroupBytes else {
            throw GroupProblem("A group is larger than maximumGroupBytes.")
        }
        return stored
    }
}
