import SyncCore
import Wire

/// A `Group` message field by field, with every liberty a hostile author has.
struct RawGroup {
    struct Start {
        var key: [UInt8]
        var continues: [[UInt8]] = []
        var nonce: [UInt8]
    }

    struct Change {
        var record: [UInt8]
        var type: UInt64 = 7
        var fields: [UInt64]
        var named: [UInt64] = []
        var listed: [UInt64] = []
        var cleared: [UInt64] = []
        var unknown: [UInt8] = []
    }

    struct Body {
        var salt = [UInt8](repeating: 0x5A, count: 16)
        var values: [UInt8]
        var commitment: [UInt8] = []
    }

    var requires: UInt64 = 0
    var space: [UInt8]
    var stream: [UInt8]
    var seq: UInt64 = 1
    var predecessor: [UInt8] = []
    var seen: [[UInt8]] = []
    var time: UInt64 = 1_767_225_600_000 << 16
    var actor: [UInt8] = []
    var schema: UInt64 = 1
    var start: Start?
    var changes: [Change]
    var referenced: [[UInt8]] = []
    var wall: Int64 = 0
    var bodies: [Body]
    var seal: [UInt8] = []
    /// Bytes after the known fields of the header.
    var unknown: [UInt8] = []

    /// A correct first group with one change of two writes; each test spoils one thing of it.
    static let sample: RawGroup = {
        let space = Samples.space
        let nonce = [UInt8](repeating: 0x11, count: 16)
        let key = Samples.office.publicKey
        let stream = GroupCodec().stream(space: space, key: key, nonce: nonce)
        return RawGroup(
            space: space.bytes, stream: stream.bytes, start: Start(key: key.bytes, nonce: nonce),
            changes: [Change(record: Samples.ticket.bytes, fields: [1, 16])],
            bodies: [Body(values: values([[], text("水管漏水")]))])
    }()

    /// A correct second group with a write that names one of the first.
    static let second: RawGroup = {
        var group = sample
        group.start = nil
        group.seq = 2
        group.predecessor = [UInt8](repeating: 0x22, count: 32)
        group.referenced = [[UInt8](repeating: 0x22, count: 32)]
        group.changes = [Change(record: Samples.ticket.bytes, fields: [16, 17], named: [0, 0, 1])]
        group.bodies = [Body(values: values([text("已修"), integer(-3)]))]
        return group
    }()

    static func text(_ text: String) -> [UInt8] {
        Protobuf.message { $0.element(1, Array(text.utf8)) }
    }

    static func integer(_ value: Int64) -> [UInt8] {
        Protobuf.message { $0.signed(2, value, always: true) }
    }

    static func values(_ values: [[UInt8]]) -> [UInt8] {
        Protobuf.message { message in
            for value in values { message.element(1, value) }
        }
    }

    func header() -> [UInt8] {
        Protobuf.message { header in
            header.number(1, requires)
            header.field(2, space)
            header.field(3, stream)
            header.number(4, seq)
            header.field(5, predecessor)
            for hash in seen { header.element(6, hash) }
            header.fixed64(7, time)
            header.field(8, actor)
            header.number(9, schema)
            if let start {
                header.element(
                    10,
                    Protobuf.message { message in
                        message.field(1, start.key)
                        for hash in start.continues { message.element(2, hash) }
                        message.field(3, start.nonce)
                    })
            }
            for change in changes {
                header.element(
                    11,
                    Protobuf.message { message in
                        message.field(1, change.record)
                        message.number(2, change.type)
                        message.packed(3, change.fields)
                        message.packed(4, change.named)
                        message.packed(5, change.listed)
                        message.packed(6, change.cleared)
                        message.raw(change.unknown)
                    })
            }
            for hash in referenced { header.element(12, hash) }
            header.signed(13, wall)
            header.raw(unknown)
        }
    }

    func encoded() -> [UInt8] {
        Protobuf.message { group in
            group.field(1, header())
            for body in bodies {
                group.element(
                    2,
                    Protobuf.message { message in
                        message.field(1, body.salt)
                        message.field(2, body.values)
                        message.field(3, body.commitment)
                    })
            }
            group.field(3, seal)
        }
    }
}
