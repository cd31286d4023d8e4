/// 32 bytes: the SHA-256 that names a group (Protocol/merge.md §3).
public struct GroupHash: Hashable, Comparable, Sendable {
    /// The bytes as four big-endian words, so that comparing words compares bytes.
    public let words: (UInt64, UInt64, UInt64, UInt64)

    public init(_ a: UInt64, _ b: UInt64, _ c: UInt64, _ d: UInt64) {
        words = (a, b, c, d)
    }

    /// Reads 32 bytes; nil for any other count.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 32 else { return nil }
        var reader = WordReader(bytes)
        words = (reader.next(), reader.next(), reader.next(), reader.next())
    }

    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32)
        append(to: &bytes)
        return bytes
    }

    public func append(to bytes: inout [UInt8]) {
        bytes.append(word: words.0)
        bytes.append(word: words.1)
        bytes.append(word: words.2)
        bytes.append(word: words.3)
    }

    public static func == (a: Self, b: Self) -> Bool { a.words == b.words }
    public static func < (a: Self, b: Self) -> Bool { a.words < b.words }

    public func hash(into hasher: inout Hasher) {
        // The bytes are already uniform; one word of them is enough.
        hasher.combine(words.0)
    }
}

extension GroupHash: CustomStringConvertible {
    /// 64 hexadecimal digits.
    public var description: String { Hexadecimal.text(bytes) }
}

/// One unbroken life (incarnation) of one node's writing in one space: 128 random bits.
public struct StreamID: Hashable, Comparable, Sendable {
    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads 16 bytes; nil for any other count.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        var reader = WordReader(bytes)
        self.init(high: reader.next(), low: reader.next())
    }

    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(word: high)
        bytes.append(word: low)
        return bytes
    }

    public static func < (a: Self, b: Self) -> Bool { (a.high, a.low) < (b.high, b.low) }
}

extension StreamID: CustomStringConvertible {
    /// 32 hexadecimal digits.
    public var description: String { Hexadecimal.text(bytes) }
}

/// The unit of replication, permission, clock and digest (design.md §2).
public struct SpaceID: Hashable, Comparable, Sendable {
    public enum Kind: UInt8, Sendable {
        case company = 1
        case office = 2
        case officePrivate = 3
    }

    public let kind: Kind
    /// Random number of the office; 0 for the company.
    public let office: UInt64

    public static let company = SpaceID(kind: .company, office: 0)

    public static func office(_ office: UInt64) -> SpaceID {
        SpaceID(kind: .office, office: office)
    }

    public static func officePrivate(_ office: UInt64) -> SpaceID {
        SpaceID(kind: .officePrivate, office: office)
    }

    private init(kind: Kind, office: UInt64) {
        self.kind = kind
        self.office = office
    }

    /// Reads 9 bytes; nil for another count, an unknown kind, or a company with an office number.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 9, let first = bytes.first, let kind = Kind(rawValue: first) else {
            return nil
        }
        var reader = WordReader(bytes.dropFirst())
        let office = reader.next()
        guard (kind == .company) == (office == 0) else { return nil }
        self.init(kind: kind, office: office)
    }

    public var bytes: [UInt8] {
        var bytes: [UInt8] = [kind.rawValue]
        bytes.append(word: office)
        return bytes
    }

    /// The private space beside an office space; nil for the others.
    public var privateCompanion: SpaceID? {
        kind == .office ? .officePrivate(office) : nil
    }

    public static func < (a: Self, b: Self) -> Bool {
        (a.kind.rawValue, a.office) < (b.kind.rawValue, b.office)
    }
}

extension SpaceID: LosslessStringConvertible {
    /// `company`, `office/<16 hex digits>` or `office/<16 hex digits>/private`.
    public var description: String {
        switch kind {
        case .company: "company"
        case .office: "office/\(Hexadecimal.text(bytes.dropFirst()))"
        case .officePrivate: "office/\(Hexadecimal.text(bytes.dropFirst()))/private"
        }
    }

    public init?(_ description: String) {
        let parts = description.split(separator: "/", omittingEmptySubsequences: false)
        if parts == ["company"] {
            self = .company
            return
        }
        guard (2...3).contains(parts.count), parts[0] == "office",
            let bytes = Hexadecimal.bytes(String(parts[1])), bytes.count == 8
        else { return nil }
        var reader = WordReader(bytes)
        let office = reader.next()
        guard office != 0 else { return nil }
        if parts.count == 2 {
            self = .office(office)
        } else if parts[2] == "private" {
            self = .officePrivate(office)
        } else {
            return nil
        }
    }
}

/// A record's name everywhere and for ever: its home space, then a number that sorts by age.
public struct RecordID: Hashable, Comparable, Sendable {
    /// Whether the record exists is decided in this space alone.
    public let home: SpaceID
    /// Milliseconds since 1970 (48 bits), then the first 16 of 80 random bits.
    public let high: UInt64
    /// The other 64 random bits.
    public let low: UInt64

    public init(home: SpaceID, high: UInt64, low: UInt64) {
        self.home = home
        self.high = high
        self.low = low
    }

    /// Makes a new id. The time only keeps new records together in an index; nothing is decided by
    /// it.
    public init(home: SpaceID, milliseconds: UInt64, using random: inout some RandomNumberGenerator)
    {
        self.init(
            home: home,
            high: milliseconds << 16 | UInt64(UInt16.random(in: .min ... .max, using: &random)),
            low: random.next())
    }

    /// Reads 25 bytes; nil for any other count or an impossible home.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 25, let home = SpaceID(bytes.prefix(9)) else { return nil }
        var reader = WordReader(bytes.dropFirst(9))
        self.init(home: home, high: reader.next(), low: reader.next())
    }

    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(25)
        bytes.append(home.kind.rawValue)
        bytes.append(word: home.office)
        bytes.append(word: high)
        bytes.append(word: low)
        return bytes
    }

    public static func < (a: Self, b: Self) -> Bool {
        a.home == b.home ? (a.high, a.low) < (b.high, b.low) : a.home < b.home
    }

    public func hash(into hasher: inout Hasher) {
        // These bits are random; the rest of the id is much alike among records.
        hasher.combine(low)
    }
}

extension RecordID: LosslessStringConvertible {
    /// 40 characters of lower-case base32hex, in the same order as the bytes.
    public var description: String { Base32Hex.text(bytes) }

    public init?(_ description: String) {
        guard let bytes = Base32Hex.bytes(description) else { return nil }
        self.init(bytes)
    }
}

/// A write's name everywhere and for ever: the group it stands in and its place there, from 0.
public struct WriteID: Hashable, Comparable, Sendable {
    public let group: GroupHash
    public let index: UInt32

    public init(group: GroupHash, index: UInt32) {
        self.group = group
        self.index = index
    }

    public static func < (a: Self, b: Self) -> Bool { (a.group, a.index) < (b.group, b.index) }
}
