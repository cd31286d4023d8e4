import Crypto
import SyncCore

/// Where the parts of an encoded `Group` stand.
struct Envelope {
    private(set) var header: Range<Int>
    private(set) var bodies: [Range<Int>] = []
    /// Each body with its tag and length.
    private(set) var bodyFields: [Range<Int>] = []
    private(set) var seal: Range<Int>?
    /// The whole seal field with its tag.
    private var sealField: Range<Int>?

    init(_ bytes: [UInt8]) throws(GroupProblem) {
        var header: Range<Int>?
        var reader = MessageReader(bytes)
        var start = 0
        while let (number, content) = try reader.next() {
            switch number {
            case 1:
                try reader.single(1)
                header = try content.range()
            case 2:
                bodies.append(try content.range())
                bodyFields.append(start..<reader.position)
            case 3:
                // The last one counts, and what is stored has none: two would leave the first
                // behind.
                guard seal == nil else { throw GroupProblem("A group carries two seals.") }
                seal = try content.range()
                sealField = start..<reader.position
            default: break
            }
            start = reader.position
        }
        guard let header else { throw GroupProblem("A group has no header.") }
        self.header = header
        guard let seal else { return }
        if seal.isEmpty {
            self.seal = nil
        } else if seal.count != 64 {
            throw GroupProblem("A seal does not have 64 bytes.")
        }
    }

    func withoutSeal(_ bytes: [UInt8]) -> [UInt8] {
        guard let sealField else { return bytes }
        return Array(bytes[..<sealField.lowerBound]) + bytes[sealField.upperBound...]
    }
}

/// Where the parts of an encoded `Body` stand.
struct BodyParts {
    private(set) var salt = 0..<0
    private(set) var values = 0..<0
    private(set) var stated = 0..<0

    /// Proof of the values: recomputed from them, or stated where they were destroyed.
    enum Commitment {
        case stated(ArraySlice<UInt8>)
        case computed(SHA256.Digest)

        func update(_ hasher: inout SHA256) {
            switch self {
            case .stated(let bytes): hasher.update(data: bytes)
            case .computed(let digest):
                digest.withUnsafeBytes { hasher.update(bufferPointer: $0) }
            }
        }

        var bytes: [UInt8] {
            switch self {
            case .stated(let bytes): Array(bytes)
            case .computed(let digest): Array(digest)
            }
        }
    }

    init(_ bytes: [UInt8], _ range: Range<Int>) throws(GroupProblem) {
        var reader = MessageReader(bytes, range)
        while let (number, content) = try reader.next() {
            if number <= 3 { try reader.single(number) }
            switch number {
            case 1: salt = try content.range()
            case 2: values = try content.range()
            case 3: stated = try content.range()
            default: break
            }
        }
        if isStripped {
            guard stated.count == 32, salt.isEmpty, values.isEmpty else {
                throw GroupProblem(
                    "A body has both values and a commitment, or a commitment of a wrong length.")
            }
        } else if salt.count != 16 {
            throw GroupProblem("A body's salt does not have 16 bytes.")
        }
    }

    /// Whether only the commitment is here.
    var isStripped: Bool { !stated.isEmpty }

    func commitment(_ bytes: [UInt8]) -> Commitment {
        if isStripped { return .stated(bytes[stated]) }
        var hasher = Tagged.hasher("gatehouse:values:1")
        hasher.update(data: bytes[salt])
        hasher.update(data: bytes[values])
        return .computed(hasher.finalize())
    }
}
