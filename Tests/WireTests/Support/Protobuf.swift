/// A little of the Protocol Buffers encoding, written from its description and not from the
/// generated code, so that a test can also say what no honest encoder would.
struct Protobuf {
    private(set) var bytes: [UInt8] = []

    static func message(_ build: (inout Protobuf) -> Void) -> [UInt8] {
        var message = Protobuf()
        build(&message)
        return message.bytes
    }

    mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private mutating func tag(_ field: UInt64, _ wireType: UInt64) { varint(field << 3 | wireType) }

    /// An absent number is the default one.
    mutating func number(_ field: UInt64, _ value: UInt64) {
        guard value != 0 else { return }
        tag(field, 0)
        varint(value)
    }

    mutating func signed(_ field: UInt64, _ value: Int64, always: Bool = false) {
        guard value != 0 || always else { return }
        tag(field, 0)
        varint(UInt64(bitPattern: value << 1 ^ value >> 63))
    }

    mutating func fixed64(_ field: UInt64, _ value: UInt64) {
        guard value != 0 else { return }
        tag(field, 1)
        for shift in stride(from: UInt64(0), through: 56, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    mutating func field(_ field: UInt64, _ value: [UInt8]) {
        if !value.isEmpty { element(field, value) }
    }

    /// An element of a repeated field, or a message: present even when it is empty.
    mutating func element(_ field: UInt64, _ value: [UInt8]) {
        tag(field, 2)
        varint(UInt64(value.count))
        bytes += value
    }

    mutating func packed(_ field: UInt64, _ values: [UInt64]) {
        guard !values.isEmpty else { return }
        var list = Protobuf()
        for value in values { list.varint(value) }
        element(field, list.bytes)
    }

    mutating func raw(_ more: [UInt8]) { bytes += more }
}

extension Protobuf {
    /// The fields of a message that has only texts, bytes and messages in it.
    static func fields(_ bytes: [UInt8]) -> [(field: UInt64, bytes: [UInt8])] {
        var fields: [(field: UInt64, bytes: [UInt8])] = []
        var place = 0
        func varint() -> UInt64 {
            var value: UInt64 = 0
            var shift: UInt64 = 0
            while true {
                let byte = bytes[place]
                place += 1
                value |= UInt64(byte & 0x7F) << shift
                shift += 7
                if byte < 0x80 { return value }
            }
        }
        while place < bytes.count {
            let tag = varint()
            precondition(tag & 7 == 2, "only fields with a length are expected here")
            let count = Int(varint())
            fields.append((tag >> 3, Array(bytes[place..<place + count])))
            place += count
        }
        return fields
    }
}
