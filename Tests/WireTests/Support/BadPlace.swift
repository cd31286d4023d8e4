import SyncCore
import Wire

/// A group that is well-formed by itself and may not follow the log it is offered to (merge.md §4,
/// rules 2 and 3).
struct BadPlace {
    let name: String
    let about: String
    /// Nil: the answer is `need`.
    let problem: Problem.Code?
    let bytes: [UInt8]

    /// - Parameter log: its first group of either author is the log.
    static func all(_ log: Samples.Log) throws -> [BadPlace] {
        func follow(_ change: (inout RawGroup) -> Void) -> RawGroup {
            var group = RawGroup.second
            group.stream = log.first.place.stream.bytes
            group.predecessor = log.first.hash.bytes
            group.referenced = [log.first.hash.bytes]
            group.time = log.headquartersFirst.time.rawValue
            change(&group)
            return group
        }
        func sealed(_ raw: RawGroup, by key: SigningKey = Samples.office) throws -> [UInt8] {
            var raw = raw
            let group = try GroupCodec().decode(raw.encoded())
            raw.seal = key.seal(group.place, group.hash)
            return raw.encoded()
        }
        func bad(
            _ name: String, _ about: String, _ problem: Problem.Code? = .malformedGroup,
            _ change: (inout RawGroup) -> Void
        ) throws -> BadPlace {
            BadPlace(name: name, about: about, problem: problem, bytes: try sealed(follow(change)))
        }
        var unsealed = try bad("log-unsealed", "No seal covers the group.", .badSeal) { _ in }
        unsealed = BadPlace(
            name: unsealed.name, about: unsealed.about, problem: unsealed.problem,
            bytes: follow { _ in }.encoded())
        return [
            try bad("log-time-before-past", "The time is less than that of the predecessor.") {
                $0.time = log.first.time.rawValue - 1
            },
            try bad("log-time-before-seen", "The time is less than that of a group of seen.") {
                $0.time = log.first.time.rawValue
                $0.seen = [log.headquartersFirst.hash.bytes]
            },
            try bad("log-predecessor-not-before", "seq is not that of the predecessor and one.") {
                $0.seq = 3
            },
            try bad("log-predecessor-of-other-stream", "The predecessor is of another stream.") {
                $0.predecessor = log.headquartersFirst.hash.bytes
            },
            try bad("log-index-not-in-group", "A triple points at a write the group does not have.")
            {
                $0.changes[0].named = [0, 0, 4]
            },
            try bad(
                "log-listed-index-not-in-group", "A pair points at a write the group does not have."
            ) {
                $0.changes[0].fields = [2, 17]
                $0.changes[0].named = []
                $0.changes[0].listed = [0, 4]
            },
            try bad("log-past-not-held", "The predecessor is not held.", nil) {
                $0.predecessor = [UInt8](repeating: 0x22, count: 32)
            },
            try bad("log-seen-not-held", "A group of seen is not held.", nil) {
                $0.seen = [[UInt8](repeating: 0x23, count: 32)]
            },
            try bad(
                "log-continues-of-other-key", "continues names a group of another key's stream."
            ) {
                let nonce = Samples.nonce(9)
                let key = Samples.office.publicKey
                $0.seq = 1
                $0.predecessor = []
                $0.start = RawGroup.Start(
                    key: key.bytes, continues: [log.headquartersFirst.hash.bytes], nonce: nonce)
                $0.stream = GroupCodec().stream(space: Samples.space, key: key, nonce: nonce).bytes
            },
            BadPlace(
                name: "log-seal-of-other-key", about: "The seal is by another member's key.",
                problem: .badSeal, bytes: try sealed(follow { _ in }, by: Samples.headquarters)),
            unsealed,
        ]
    }
}
