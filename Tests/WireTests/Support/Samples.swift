import SyncCore
import Wire

/// One small history of two authors in one office space, with fixed keys, nonces and salts: the
/// stuff of the vectors.
enum Samples {
    static let office = key(1)
    static let headquarters = key(2)
    static let space = SpaceID.office(0x0123_4567_89AB_CDEF)
    static let ticket = record(1)
    static let household = record(2)
    static let staff = record(3)

    static let ticketType: UInt32 = 7
    static let householdType: UInt32 = 2

    /// Milliseconds since 1970 UTC: 2026-01-01T00:00:00Z.
    static let midnight: UInt64 = 1_767_225_600_000

    private static func key(_ number: UInt8) -> SigningKey {
        guard let key = SigningKey(seed: [UInt8](repeating: number, count: 32)) else {
            preconditionFailure("a seed of 32 bytes is a key")
        }
        return key
    }

    private static func record(_ number: UInt64) -> RecordID {
        RecordID(home: space, high: midnight << 16 | 0xBEEF, low: number)
    }

    static func nonce(_ number: UInt8) -> [UInt8] { [UInt8](repeating: 0xA0 | number, count: 16) }

    /// One author's line of groups.
    struct Author {
        let key: SigningKey
        let nonce: [UInt8]
        var last: Group?

        /// - Parameter step: gives the group its time and its salts.
        mutating func save(
            step: UInt64, seen: [Group] = [], actor: RecordID? = nil, _ changes: [ChangeDraft]
        ) throws(GroupProblem) -> Group {
            let codec = GroupCodec()
            let stream = codec.stream(space: space, key: key.publicKey, nonce: nonce)
            guard let time = HybridTime(rawValue: (midnight + step * 1_000) << 16) else {
                preconditionFailure("a time of 2026 is a time")
            }
            var salted = changes
            for index in salted.indices {
                salted[index].salt = [UInt8](repeating: UInt8(step * 16) + UInt8(index), count: 16)
            }
            var group = try codec.encode(
                GroupDraft(
                    place: Place(space: space, stream: stream, seq: (last?.place.seq ?? 0) + 1),
                    predecessor: last?.hash, seen: seen.map(\.hash), time: time,
                    wallClock: Int64(midnight + step * 1_000) - 250, actor: actor, schema: 1,
                    start: last == nil
                        ? Start(key: key.publicKey, continues: [], nonce: nonce) : nil,
                    changes: salted))
            group.seal = key.seal(group.place, group.hash)
            last = group
            return group
        }
    }

    static func change(
        _ record: RecordID, type: UInt32 = ticketType, _ writes: [WriteDraft],
        listed: [WriteID] = []
    ) -> ChangeDraft {
        ChangeDraft(record: record, type: type, writes: writes, listed: listed, salt: [])
    }

    /// The history, in an order in which every group stands after its past.
    struct Log {
        let first: Group
        let headquartersFirst: Group
        let edit: Group
        let parallelEdit: Group
        let naming: Group
        let personal: Group
        let deletion: Group
        let takeBack: Group
        let clearing: Group
        let unknown: Group

        var all: [Group] {
            [
                first, headquartersFirst, edit, parallelEdit, naming, personal, deletion, takeBack,
                clearing, unknown,
            ]
        }
    }

    static func id(_ group: Group, _ index: UInt32) -> WriteID {
        WriteID(group: group.hash, index: index)
    }

    static func log() throws(GroupProblem) -> Log {
        var office = Author(key: Self.office, nonce: nonce(1))
        var headquarters = Author(key: Self.headquarters, nonce: nonce(2))
        let first = try office.save(
            step: 1, actor: staff,
            [
                change(
                    ticket,
                    [
                        WriteDraft(field: 1, value: .empty),
                        WriteDraft(field: 16, value: .text("3栋2单元1501水管漏水")),
                        WriteDraft(field: 17, value: .integer(-1_500)),
                        WriteDraft(field: 18, value: .record(household)),
                    ])
            ])
        let headquartersFirst = try headquarters.save(
            step: 2, seen: [first],
            [change(ticket, [WriteDraft(field: 19, value: .text("督办"))])])
        let edit = try office.save(
            step: 3,
            [
                change(
                    ticket, [WriteDraft(field: 16, value: .text("已修"), names: [id(first, 1)])])
            ])
        let parallelEdit = try headquarters.save(
            step: 4,
            [
                change(
                    ticket, [WriteDraft(field: 16, value: .text("待查"), names: [id(first, 1)])])
            ])
        let naming = try office.save(
            step: 5, seen: [parallelEdit], actor: staff,
            [
                change(
                    ticket,
                    [
                        WriteDraft(
                            field: 16, value: .text("已修，待回访"),
                            names: [id(edit, 0), id(parallelEdit, 0)]),
                        WriteDraft(field: 3, value: .text("与住户核实")),
                    ])
            ])
        let personal = try office.save(
            step: 6,
            [
                change(
                    household, type: householdType,
                    [
                        WriteDraft(field: 1, value: .empty),
                        WriteDraft(field: 16, value: .text("3-2-1501")),
                    ]),
                change(
                    household, type: householdType,
                    [WriteDraft(field: 20, value: .text("王建国"))]),
            ])
        let deletion = try headquarters.save(
            step: 7, seen: [personal],
            [
                change(
                    ticket, [WriteDraft(field: 2, value: .integer(1))],
                    listed: [
                        id(first, 0), id(first, 2), id(first, 3), id(headquartersFirst, 0),
                        id(naming, 0),
                    ])
            ])
        let takeBack = try office.save(
            step: 8, seen: [deletion],
            [change(ticket, [WriteDraft(field: 2, value: .empty, names: [id(deletion, 0)])])])
        let clearing = try office.save(
            step: 9,
            [
                change(
                    ticket,
                    [
                        WriteDraft(field: 17, value: .integer(0), names: [id(first, 2)]),
                        WriteDraft(field: 19, value: .empty, names: [id(headquartersFirst, 0)]),
                    ])
            ])
        let unknown = try headquarters.save(
            step: 10, seen: [clearing],
            [
                change(
                    ticket, type: 60_000,
                    [WriteDraft(field: 65_535, value: .text("以后的字段"))])
            ])
        return Log(
            first: first, headquartersFirst: headquartersFirst, edit: edit,
            parallelEdit: parallelEdit, naming: naming, personal: personal, deletion: deletion,
            takeBack: takeBack, clearing: clearing, unknown: unknown)
    }

    /// The encoded group as it stands in a page, with its seal.
    static func sealed(_ group: Group) -> [UInt8] {
        group.bytes + Protobuf.message { $0.field(3, group.seal ?? []) }
    }
}
