import SyncCore
import Testing
import Wire

/// A group that breaks one rule of merge.md §4.1 and nothing else.
struct BadGroup: CustomTestStringConvertible, Sendable {
    /// The file under Protocol/vectors/invalid.
    let name: String
    /// Which rule it breaks.
    let about: String
    /// The sentence of the `GroupProblem`.
    let reason: String
    let bytes: [UInt8]

    var testDescription: String { name }

    private init(_ name: String, _ about: String, _ reason: String, _ bytes: [UInt8]) {
        self.name = name
        self.about = about
        self.reason = reason
        self.bytes = bytes
    }

    private init(
        _ name: String, _ about: String, _ reason: String, of sample: RawGroup = .sample,
        _ spoil: (inout RawGroup) -> Void
    ) {
        var group = sample
        spoil(&group)
        self.init(name, about, reason, group.encoded())
    }

    private static func hash(_ byte: UInt8) -> [UInt8] { [UInt8](repeating: byte, count: 32) }

    /// Small enough to be files beside the text.
    static let all: [BadGroup] = place + past + start + bodies + skeleton

    private static let place: [BadGroup] = [
        BadGroup(
            "group-not-a-message", "The bytes are not a message.",
            "The bytes of a group do not decode.", [0xFF, 0xFF, 0xFF]),
        BadGroup(
            "group-cut-short", "The last byte of the message is missing.",
            "The bytes of a group do not decode.", Array(RawGroup.sample.encoded().dropLast())),
        BadGroup(
            "group-header-not-a-message", "The header is not a message.",
            "The bytes of a group do not decode.",
            Protobuf.message {
                $0.field(1, [0x12, 0x7F])
                $0.element(2, [])
            }),
        BadGroup(
            "group-empty", "An empty message: no header, no change.",
            "A group has no header.", []),
        BadGroup("group-space-short", "The space has 8 bytes.", malformedPlace) {
            $0.space.removeLast()
        },
        BadGroup("group-space-unknown-kind", "The space is of kind 4.", malformedPlace) {
            $0.space[0] = 4
        },
        BadGroup(
            "group-space-company-number", "The company's space has an office id.", malformedPlace
        ) {
            $0.space[0] = 1
        },
        BadGroup("group-stream-short", "The stream has 15 bytes.", malformedPlace) {
            $0.stream.removeLast()
        },
        BadGroup("group-seq-zero", "seq counts from 1.", malformedPlace) { $0.seq = 0 },
        BadGroup(
            "group-time-after-9999", "The milliseconds of the time are those of the year 10000.",
            "A group's time is beyond the year 9999."
        ) { $0.time = 253_402_300_800_000 << 16 },
        BadGroup(
            "group-actor-short", "The actor is not a record id.",
            "A group's actor is not a record id."
        ) { $0.actor = Samples.staff.bytes.dropLast() },
        BadGroup("group-seal-short", "The seal has 63 bytes.", "A seal does not have 64 bytes.") {
            $0.seal = [UInt8](repeating: 1, count: 63)
        },
    ]

    private static let malformedPlace = "A group's space, stream or seq is malformed."
    private static let startRule = "Only a stream's first group has a start and no predecessor."

    private static let past: [BadGroup] = [
        BadGroup("group-first-with-predecessor", "The first group has a predecessor.", startRule) {
            $0.predecessor = hash(0x22)
        },
        BadGroup("group-first-without-start", "The first group has no start.", startRule) {
            $0.start = nil
        },
        BadGroup(
            "group-second-without-predecessor", "The second group has no predecessor.", startRule,
            of: .second
        ) { $0.predecessor = [] },
        BadGroup(
            "group-second-with-start", "The second group has a start.", startRule, of: .second
        ) { $0.start = RawGroup.sample.start },
        BadGroup(
            "group-predecessor-short", "The predecessor has 31 bytes.",
            "A hash in predecessor does not have 32 bytes.", of: .second
        ) { $0.predecessor.removeLast() },
        BadGroup(
            "group-seen-short", "A hash of seen has 31 bytes.",
            "A hash in seen does not have 32 bytes."
        ) { $0.seen = [hash(1).dropLast()] },
        BadGroup(
            "group-referenced-short", "A hash of referenced has 31 bytes.",
            "A hash in referenced does not have 32 bytes."
        ) { $0.referenced = [hash(1).dropLast()] },
        BadGroup(
            "group-referenced-twice", "A hash stands in referenced twice.",
            "A hash stands twice in referenced.", of: .second
        ) { $0.referenced.append($0.referenced[0]) },
    ]

    private static let start: [BadGroup] = [
        BadGroup(
            "group-key-short", "The key has 31 bytes.", "A stream's key or nonce is malformed."
        ) { $0.start?.key.removeLast() },
        BadGroup(
            "group-nonce-short", "The nonce has 15 bytes.", "A stream's key or nonce is malformed."
        ) { $0.start?.nonce.removeLast() },
        BadGroup(
            "group-stream-of-other-nonce", "The stream is not made of space, key and nonce.",
            "A stream's id is not made of its space, key and nonce."
        ) { $0.start?.nonce[0] ^= 1 },
        BadGroup(
            "group-stream-of-other-space", "The stream was made for another space.",
            "A stream's id is not made of its space, key and nonce."
        ) { $0.space[8] ^= 1 },
        BadGroup(
            "group-continues-short", "A hash of continues has 31 bytes.",
            "A hash in continues does not have 32 bytes."
        ) { $0.start?.continues = [hash(1).dropLast()] },
    ]

    private static let bodyCount =
        "A group's bodies do not match its changes, or their number is out of range."
    private static let bodyParts =
        "A body has both values and a commitment, or a commitment of a wrong length."
    private static let valueCount =
        "A body does not hold as many values as its change has writes."

    private static let bodies: [BadGroup] = [
        BadGroup("group-without-changes", "A group has at least one change.", bodyCount) {
            $0.changes = []
            $0.bodies = []
        },
        BadGroup("group-body-missing", "A change has no body.", bodyCount) { $0.bodies = [] },
        BadGroup("group-body-too-many", "There are two bodies for one change.", bodyCount) {
            $0.bodies.append($0.bodies[0])
        },
        BadGroup(
            "group-salt-short", "A body's salt has 15 bytes.",
            "A body's salt does not have 16 bytes."
        ) { $0.bodies[0].salt.removeLast() },
        BadGroup(
            "group-body-empty", "A body has neither salt nor commitment.",
            "A body's salt does not have 16 bytes."
        ) { $0.bodies[0] = RawGroup.Body(salt: [], values: []) },
        BadGroup("group-commitment-short", "A commitment has 31 bytes.", bodyParts) {
            $0.bodies[0] = RawGroup.Body(salt: [], values: [], commitment: hash(1).dropLast())
        },
        BadGroup("group-commitment-and-salt", "A body has a commitment and a salt.", bodyParts) {
            $0.bodies[0].values = []
            $0.bodies[0].commitment = hash(1)
        },
        BadGroup("group-commitment-and-values", "A body has a commitment and values.", bodyParts) {
            $0.bodies[0].salt = []
            $0.bodies[0].commitment = hash(1)
        },
        BadGroup(
            "group-values-not-a-message", "The values are not a message.",
            "The bytes of a group do not decode."
        ) { $0.bodies[0].values = [0x0A, 0x7F] },
        BadGroup("group-value-missing", "There is one value for two writes.", valueCount) {
            $0.bodies[0].values = RawGroup.values([[]])
        },
        BadGroup("group-value-too-many", "There are three values for two writes.", valueCount) {
            $0.bodies[0].values = RawGroup.values([[], [], []])
        },
        BadGroup(
            "group-value-not-utf8", "A text is not UTF-8.", "A text is not UTF-8."
        ) { $0.bodies[0].values = RawGroup.values([[], [0x0A, 0x02, 0xC3, 0x28]]) },
        BadGroup(
            "group-value-record-short", "A reference has 24 bytes.",
            "A reference is not a record id."
        ) {
            let record = Protobuf.message { $0.field(3, Samples.staff.bytes.dropLast()) }
            $0.bodies[0].values = RawGroup.values([[], record])
        },
    ]

    private static let names = "A change's names are malformed."
    private static let fields = "A change's fields are out of range."

    private static let skeleton: [BadGroup] = [
        BadGroup(
            "group-record-short", "A change's record has 24 bytes.",
            "A change's record is not a record id."
        ) { $0.changes[0].record.removeLast() },
        BadGroup(
            "group-record-unknown-home", "A record's home is of an unknown kind.",
            "A change's record is not a record id."
        ) { $0.changes[0].record[0] = 9 },
        BadGroup("group-without-writes", "A change has at least one write.", fields) {
            $0.changes[0].fields = []
            $0.bodies[0].values = []
        },
        BadGroup("group-field-zero", "Field numbers begin at 1.", fields) {
            $0.changes[0].fields[1] = 0
        },
        BadGroup("group-field-too-great", "Field numbers end at 65,535.", fields) {
            $0.changes[0].fields[1] = 65_536
        },
        BadGroup("group-named-not-triples", "named has two numbers.", names, of: .second) {
            $0.changes[0].named = [0, 0]
        },
        BadGroup("group-listed-not-pairs", "listed has one number.", names, of: .second) {
            $0.changes[0].fields = [2, 16]
            $0.changes[0].listed = [0]
        },
        BadGroup(
            "group-listed-without-deletion",
            "listed stands in a change without a write of field 2.",
            names, of: .second
        ) { $0.changes[0].listed = [0, 0] },
        BadGroup(
            "group-cleared-position", "cleared holds a position the change does not have.", names
        ) {
            $0.changes[0].cleared = [2]
        },
        BadGroup(
            "group-named-position", "A triple stands at a write the change does not have.",
            "A name stands at a write the change does not have.", of: .second
        ) { $0.changes[0].named = [2, 0, 0] },
        BadGroup(
            "group-named-not-referenced", "A triple points at a position referenced does not have.",
            "A name points at a group that is not referenced.", of: .second
        ) { $0.changes[0].named = [0, 1, 0] },
        BadGroup(
            "group-listed-not-referenced", "A pair points at a position referenced does not have.",
            "A name points at a group that is not referenced.", of: .second
        ) {
            $0.changes[0].fields = [2, 16]
            $0.changes[0].named = []
            $0.changes[0].listed = [1, 0]
        },
        BadGroup(
            "group-named-twice", "A triple stands twice.", "A write names another twice.",
            of: .second
        ) { $0.changes[0].named += $0.changes[0].named },
    ]

    /// One beyond each limit; too long for files.
    static let large: [BadGroup] = [
        BadGroup(
            "large-group", "maximumGroupBytes", "A group is larger than maximumGroupBytes."
        ) {
            // Fifteen values of nearly the greatest length and one that makes the sum one too many.
            let count = Limits.maximumGroupBytes / Limits.maximumValueBytes + 1
            $0.changes[0].fields = (0..<count).map { 16 + UInt64($0) }
            $0.bodies[0].values = RawGroup.values(
                Array(
                    repeating: RawGroup.text(
                        String(repeating: "x", count: Limits.maximumValueBytes)), count: count))
        },
        BadGroup("large-changes", "maximumChangesPerGroup", bodyCount) {
            let count = Limits.maximumChangesPerGroup + 1
            $0.changes = Array(repeating: $0.changes[0], count: count)
            $0.bodies = Array(repeating: $0.bodies[0], count: count)
        },
        BadGroup("large-writes", "maximumWritesPerChange", fields) {
            let count = Limits.maximumWritesPerChange + 1
            $0.changes[0].fields = Array(repeating: 16, count: count)
            $0.bodies[0].values = RawGroup.values(Array(repeating: [], count: count))
        },
        BadGroup("large-named", "maximumNamedPerChange", names, of: .second) {
            $0.changes[0].named = (0...UInt64(Limits.maximumNamedPerChange)).flatMap { [0, 0, $0] }
        },
        BadGroup("large-listed", "maximumNamedPerChange", names, of: .second) {
            $0.changes[0].fields = [2, 16]
            $0.changes[0].listed = (0...UInt64(Limits.maximumNamedPerChange)).flatMap { [0, $0] }
        },
        BadGroup(
            "large-referenced", "maximumReferencedPerGroup",
            "A group has more hashes in referenced than allowed."
        ) { $0.referenced = hashes(Limits.maximumReferencedPerGroup + 1) },
        BadGroup(
            "large-seen", "maximumSeenPerGroup", "A group has more hashes in seen than allowed."
        ) { $0.seen = hashes(Limits.maximumSeenPerGroup + 1) },
        BadGroup(
            "large-continues", "maximumSeenPerGroup",
            "A group has more hashes in continues than allowed."
        ) { $0.start?.continues = hashes(Limits.maximumSeenPerGroup + 1) },
        BadGroup(
            "large-value", "maximumValueBytes", "A value is longer than maximumValueBytes."
        ) {
            let text = String(repeating: "x", count: Limits.maximumValueBytes + 1)
            $0.bodies[0].values = RawGroup.values([[], RawGroup.text(text)])
        },
    ]

    static func hashes(_ count: Int) -> [[UInt8]] {
        (0..<count).map { number in
            var hash = [UInt8](repeating: 0, count: 24)
            hash.append(word: UInt64(number))
            return hash
        }
    }
}
