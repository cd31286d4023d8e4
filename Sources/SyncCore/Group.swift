/// What one local transaction changed in one space: immutable, hashed, sealed (Protocol/merge.md
/// §2).
///
/// The header and the values are kept as the bytes their author encoded. The decoded parts beside
/// them are a reading.
public struct Group: Sendable {
    public var place: Place
    public var hash: GroupHash
    /// Nil when `place.seq` is 1.
    public var predecessor: GroupHash?
    /// Tips of other streams that came into this group's past since its predecessor.
    public var seen: [GroupHash]
    public var time: HybridTime
    /// The member of staff who saved; nil when nobody was named.
    public var actor: RecordID?
    /// The author's wall clock, milliseconds since 1970 UTC; for display only.
    public var wallClock: Int64
    /// Whether this version can interpret the writes; if not they are logged, forwarded and inert.
    public var isInterpretable: Bool
    /// Version of the record catalogue the author knew.
    public var schema: UInt32
    /// Exactly in the first group of a stream.
    public var start: Start?
    public var changes: [Change]
    /// The groups that `Change.named` and `Change.listed` point into.
    public var referenced: [GroupHash]
    /// The encoded `Group` message without its seal: what is stored and forwarded.
    public var bytes: [UInt8]
    /// Ed25519 over the place and hash; nil where a later seal of the stream covers this group.
    public var seal: [UInt8]?

    public init(
        place: Place, hash: GroupHash, predecessor: GroupHash?, seen: [GroupHash], time: HybridTime,
        wallClock: Int64, actor: RecordID?, isInterpretable: Bool, schema: UInt32, start: Start?,
        changes: [Change], referenced: [GroupHash], bytes: [UInt8], seal: [UInt8]?
    ) {
        self.place = place
        self.hash = hash
        self.predecessor = predecessor
        self.seen = seen
        self.time = time
        self.wallClock = wallClock
        self.actor = actor
        self.isInterpretable = isInterpretable
        self.schema = schema
        self.start = start
        self.changes = changes
        self.referenced = referenced
        self.bytes = bytes
        self.seal = seal
    }

    /// How many writes the group holds, through all its changes.
    public var writeCount: Int { changes.reduce(0) { $0 + $1.fields.count } }

    /// Every group that must be logged before this one.
    public var past: [GroupHash] {
        (predecessor.map { [$0] } ?? []) + seen + (start?.continues ?? []) + referenced
    }
}

/// Where a group stands: its space, its stream and its number there.
public struct Place: Hashable, Sendable {
    public var space: SpaceID
    public var stream: StreamID
    /// From 1, without gaps.
    public var seq: UInt64

    public init(space: SpaceID, stream: StreamID, seq: UInt64) {
        self.space = space
        self.stream = stream
        self.seq = seq
    }
}

/// What the first group of a stream says about the node that writes it.
public struct Start: Hashable, Sendable {
    /// The node's Ed25519 public key.
    public var key: NodeKey
    /// Tips of the same node's earlier streams.
    public var continues: [GroupHash]
    /// 16 random bytes: the stream's id is made of space, key and nonce, so nobody else can begin
    /// it.
    public var nonce: [UInt8]

    public init(key: NodeKey, continues: [GroupHash], nonce: [UInt8]) {
        self.key = key
        self.continues = continues
        self.nonce = nonce
    }
}

/// A node's Ed25519 public key, 32 bytes: the node's name among its peers.
public struct NodeKey: Hashable, Sendable {
    public let bytes: [UInt8]

    /// Nil for any other count than 32.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 32 else { return nil }
        self.bytes = Array(bytes)
    }
}

extension NodeKey: CustomStringConvertible {
    /// 64 hexadecimal digits.
    public var description: String { Hexadecimal.text(bytes) }
}

/// One record's writes inside a group: the skeleton from the header and, unless they were
/// destroyed, the values.
public struct Change: Sendable {
    public var record: RecordID
    /// Number of the record type; may be unknown here.
    public var type: UInt32
    /// Field numbers, one for each write.
    public var fields: [UInt32]
    /// Which earlier writes each write replaces.
    public var named: [Name]
    /// The live writes a deletion saw.
    public var listed: [Reference]
    /// Index of the first write in the group.
    public var firstIndex: UInt32
    /// One for each write; nil where it was destroyed, or is of a kind this version does not know.
    public var values: [Value?]
    /// Positions of the writes without a value; known even when the values are destroyed.
    public var cleared: Set<UInt32>
    /// Whether only the commitment to the values is here.
    public var isStripped: Bool

    public init(
        record: RecordID, type: UInt32, fields: [UInt32], named: [Name], listed: [Reference],
        firstIndex: UInt32, values: [Value?], cleared: Set<UInt32>, isStripped: Bool = false
    ) {
        self.record = record
        self.type = type
        self.fields = fields
        self.named = named
        self.listed = listed
        self.firstIndex = firstIndex
        self.values = values
        self.cleared = cleared
        self.isStripped = isStripped
    }

    /// Whether the write at this position says something that can be forgotten.
    public func hasValue(at position: Int) -> Bool {
        fields[position] != ReservedField.created && fields[position] != ReservedField.deleted
            && !cleared.contains(UInt32(position))
    }

    /// A write of another group, by the position of that group in `Group.referenced`.
    public struct Reference: Hashable, Sendable {
        public var group: UInt32
        public var index: UInt32

        public init(group: UInt32, index: UInt32) {
            self.group = group
            self.index = index
        }
    }

    /// "The write at this position of the change replaces that write."
    public struct Name: Hashable, Sendable {
        public var position: UInt32
        public var target: Reference

        public init(position: UInt32, target: Reference) {
            self.position = position
            self.target = target
        }
    }
}

/// A group before it has bytes and a hash: what a local save wants to say.
public struct GroupDraft: Sendable {
    public var place: Place
    public var predecessor: GroupHash?
    public var seen: [GroupHash]
    public var time: HybridTime
    /// Milliseconds since 1970 UTC.
    public var wallClock: Int64
    public var actor: RecordID?
    public var schema: UInt32
    public var start: Start?
    public var changes: [ChangeDraft]

    public init(
        place: Place, predecessor: GroupHash?, seen: [GroupHash], time: HybridTime,
        wallClock: Int64, actor: RecordID?, schema: UInt32, start: Start?, changes: [ChangeDraft]
    ) {
        self.place = place
        self.predecessor = predecessor
        self.seen = seen
        self.time = time
        self.wallClock = wallClock
        self.actor = actor
        self.schema = schema
        self.start = start
        self.changes = changes
    }
}

/// One record's writes before they are encoded; they name earlier writes by their world-wide ids.
public struct ChangeDraft: Sendable {
    public var record: RecordID
    public var type: UInt32
    public var writes: [WriteDraft]
    public var listed: [WriteID]
    /// 16 fresh random bytes.
    public var salt: [UInt8]

    public init(
        record: RecordID, type: UInt32, writes: [WriteDraft], listed: [WriteID] = [], salt: [UInt8]
    ) {
        self.record = record
        self.type = type
        self.writes = writes
        self.listed = listed
        self.salt = salt
    }
}

/// A field's new value and the writes it replaces.
public struct WriteDraft: Hashable, Sendable {
    public var field: UInt32
    public var value: Value
    public var names: [WriteID]

    public init(field: UInt32, value: Value, names: [WriteID] = []) {
        self.field = field
        self.value = value
        self.names = names
    }
}

/// Turns drafts into sealed groups and bytes into checked groups. `Wire` implements it; `Store`
/// needs it to read its log.
public protocol GroupCoding: Sendable {
    /// The id of the stream that this key begins in this space with this nonce (merge.md §1).
    func stream(space: SpaceID, key: NodeKey, nonce: [UInt8]) -> StreamID
    /// Encodes and hashes a draft. Throws when a limit of Protocol/exchange.md §7 would be
    /// exceeded.
    func encode(_ draft: GroupDraft) throws(GroupProblem) -> Group
    /// Decodes and hashes an encoded `Group` message from anywhere: bounded, checked by merge.md
    /// §4.1, never trapping.
    func decode(_ bytes: [UInt8]) throws(GroupProblem) -> Group
    /// The hash that an encoded `Group` message has now, without reading what it says: whether
    /// stored bytes are still those that were logged. Cost: about that of SHA-256 over them.
    func hash(of bytes: [UInt8]) throws(GroupProblem) -> GroupHash
    /// The group with the bodies of these changes reduced to their commitments, by position. The
    /// header's bytes and the hash stay; a body that is stripped already stays as it is. Throws
    /// when the group would become larger than a group may be.
    func strip(_ bytes: [UInt8], changes: Set<Int>) throws(GroupProblem) -> [UInt8]
    /// The group with those of the stripped bodies at these positions that another encoding of the
    /// same group still has. Throws when the other is of another group.
    func fill(
        _ bytes: [UInt8], from other: [UInt8], changes: Set<Int>
    ) throws(GroupProblem) -> [UInt8]
}

/// Why bytes are not a group, or a draft cannot become one (merge.md §4.1).
public struct GroupProblem: Error, Hashable, Sendable {
    /// Which rule is broken, as a sentence without any value from the group.
    public let reason: String

    public init(_ reason: String) {
        self.reason = reason
    }
}
