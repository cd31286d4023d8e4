import SyncCore

/// Reads the fields of one Protocol Buffers message without copying it: for groups, which a first
/// sync decodes by the hundred thousand. The other messages go through swift-protobuf. See the note
/// `Sources/Wire/1-groups-by-hand.md`.
///
/// Nothing here traps on any bytes; what cannot be read throws `GroupProblem`.
struct MessageReader {
    private let bytes: [UInt8]
    private(set) var position: Int
    private let end: Int
    private let takesGroups: Bool
    private var once: UInt64 = 0

    /// How a field's value is laid out.
    enum Content {
        case varint(UInt64)
        case fixed64(UInt64)
        case fixed32
        case mark
        case bytes(Range<Int>)
    }

    /// - Parameter takesGroups: whether the begin and the end of a group (wire types 3 and 4),
    ///   which nothing of ours has, are fields without content. What stands between them then reads
    ///   as if it stood beside them.
    init(_ bytes: [UInt8], _ range: Range<Int>? = nil, takesGroups: Bool = false) {
        self.bytes = bytes
        self.takesGroups = takesGroups
        position = range?.lowerBound ?? 0
        end = range?.upperBound ?? bytes.count
    }

    /// The next field; nil at the end of the message.
    mutating func next() throws(GroupProblem) -> (number: UInt64, content: Content)? {
        guard position < end else { return nil }
        let tag = try varint()
        guard tag >> 3 != 0, tag >> 3 <= 536_870_911 else { throw Self.malformed }
        switch tag & 7 {
        case 0: return (tag >> 3, .varint(try varint()))
        case 1: return (tag >> 3, .fixed64(try fixed(8)))
        case 2: return (tag >> 3, .bytes(try range()))
        case 5:
            _ = try fixed(4)
            return (tag >> 3, .fixed32)
        case 3 where takesGroups, 4 where takesGroups: return (tag >> 3, .mark)
        default: throw Self.malformed
        }
    }

    /// Notes a singular field; two of them would leave it to the decoder which one counts (merge.md
    /// §4.1).
    mutating func single(_ number: UInt64) throws(GroupProblem) {
        let bit: UInt64 = 1 << (number & 63)
        guard once & bit == 0 else {
            throw GroupProblem("A singular field of a group stands twice.")
        }
        once |= bit
    }

    /// Appends packed or single numbers of a repeated `uint32` field.
    mutating func append(_ content: Content, to numbers: inout [UInt32]) throws(GroupProblem) {
        switch content {
        case .varint(let number): numbers.append(UInt32(truncatingIfNeeded: number))
        case .bytes(let range):
            var packed = MessageReader(bytes, range)
            while packed.position < packed.end {
                numbers.append(UInt32(truncatingIfNeeded: try packed.varint()))
            }
        case .fixed64, .fixed32, .mark: throw Self.malformed
        }
    }

    private mutating func varint() throws(GroupProblem) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while position < end, shift < 64 {
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        throw Self.malformed
    }

    private mutating func fixed(_ count: Int) throws(GroupProblem) -> UInt64 {
        guard end - position >= count else { throw Self.malformed }
        var value: UInt64 = 0
        for offset in (0..<count).reversed() {
            value = value << 8 | UInt64(bytes[position + offset])
        }
        position += count
        return value
    }

    private mutating func range() throws(GroupProblem) -> Range<Int> {
        let count = try varint()
        guard count <= UInt64(end - position) else { throw Self.malformed }
        let range = position..<position + Int(count)
        position = range.upperBound
        return range
    }

    static let malformed = GroupProblem("The bytes of a group do not decode.")
}

extension MessageReader.Content {
    /// The range of a length-delimited field.
    func range() throws(GroupProblem) -> Range<Int> {
        guard case .bytes(let range) = self else { throw MessageReader.malformed }
        return range
    }

    func number() throws(GroupProblem) -> UInt64 {
        guard case .varint(let number) = self else { throw MessageReader.malformed }
        return number
    }

    /// A `sint64`, zigzag coded.
    func signedNumber() throws(GroupProblem) -> Int64 {
        let number = try number()
        return Int64(bitPattern: number >> 1) ^ -Int64(bitPattern: number & 1)
    }
}

/// Writes the fields of one message in the order they are given; fields with their default value
/// are left out by the caller.
struct MessageWriter {
    private(set) var bytes: [UInt8] = []

    mutating func append(_ field: UInt64, number: UInt64) {
        guard number != 0 else { return }
        varint(field << 3)
        varint(number)
    }

    mutating func append(_ field: UInt64, signed number: Int64) {
        append(field, number: UInt64(bitPattern: number << 1 ^ number >> 63))
    }

    mutating func append(_ field: UInt64, fixed64 number: UInt64) {
        guard number != 0 else { return }
        varint(field << 3 | 1)
        for shift in stride(from: UInt64(0), to: 64, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }

    /// A length-delimited field; an empty one is written too.
    mutating func append(_ field: UInt64, _ content: some Collection<UInt8>) {
        varint(field << 3 | 2)
        varint(UInt64(content.count))
        bytes.append(contentsOf: content)
    }

    mutating func append(_ field: UInt64, packed numbers: [UInt32]) {
        guard !numbers.isEmpty else { return }
        let packed = begin(field)
        for number in numbers { varint(UInt64(number)) }
        end(packed)
    }

    /// Begins a message inside this one: what is written until its `end` belongs to it.
    ///
    /// - Returns: where its content begins.
    mutating func begin(_ field: UInt64) -> Int {
        varint(field << 3 | 2)
        // The length of most of them fits in a byte.
        bytes.append(0)
        return bytes.count
    }

    /// Puts the length before a message that was begun.
    mutating func end(_ content: Int) {
        let count = bytes.count - content
        guard count >= 0x80 else {
            bytes[content - 1] = UInt8(count)
            return
        }
        var length = MessageWriter()
        length.varint(UInt64(count))
        bytes.replaceSubrange(content - 1..<content, with: length.bytes)
    }

    mutating func varint(_ number: UInt64) {
        var number = number
        while number >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: number) | 0x80)
            number >>= 7
        }
        bytes.append(UInt8(number))
    }
}
