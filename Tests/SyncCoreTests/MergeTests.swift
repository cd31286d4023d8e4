import Testing

@testable import SyncCore

/// The classes of merge.md §5, a row of each table on both sides of its limit.
@Suite struct MergeTests {
    /// A live write whose id and time are chosen apart, so that a test can tell which of them
    /// decided.
    private func live(
        _ id: UInt64, at milliseconds: UInt64, by role: Role = .office,
        _ value: Value? = .integer(1),
        index: UInt32 = 0
    ) throws -> LiveWrite {
        LiveWrite(
            name: LocalWrite(group: Int64(id), index: index),
            stamp: Stamp(
                time: try #require(HybridTime(rawValue: milliseconds << 16)),
                write: WriteID(group: GroupHash(id, 0, 0, 0), index: index)),
            role: role, value: value)
    }

    private let all: [MergeClass] = [
        .appendOnly, .singleWriter, .latestWins, .set, .conflict(preferring: .none),
        .conflict(preferring: .office), .conflict(preferring: .headquarters),
    ]

    @Test func `one live write settles a field of any class, and none shows nothing`() throws {
        let only = try live(1, at: 5)
        for merge in all {
            #expect(!merge.isConflict([only]))
            #expect(merge.shown([only]) == only)
            #expect(!merge.isConflict([]))
            #expect(merge.shown([]) == nil)
        }
    }

    @Test func `several live writes are a conflict in M1, M2 and M4 and not in M3 and M6`() throws {
        let two = [try live(1, at: 5), try live(2, at: 5)]
        let conflicts = all.map { $0.isConflict(two) }
        #expect(conflicts == [true, true, false, false, true, true, true])
    }

    @Test func `equal values of siblings are still siblings`() throws {
        let two = [try live(1, at: 5, .text("水")), try live(2, at: 5, .text("水"))]
        #expect(MergeClass.conflict(preferring: .none).isConflict(two))
    }

    @Test func `M1 shows the least time, then the least write`() throws {
        let early = try live(9, at: 1)
        #expect(MergeClass.appendOnly.shown([try live(1, at: 2), early]) == early)
        let less = try live(3, at: 1)
        #expect(MergeClass.appendOnly.shown([early, less]) == less)
    }

    @Test func `M3 shows the latest time, and a tie goes to the greater write id`() throws {
        let late = try live(1, at: 9)
        #expect(MergeClass.latestWins.shown([try live(5, at: 8), late]) == late)
        let greater = try live(2, at: 9)
        #expect(MergeClass.latestWins.shown([greater, late]) == greater)
        #expect(MergeClass.latestWins.shown([late, greater]) == greater)
        let second = try live(2, at: 9, index: 1)
        #expect(MergeClass.latestWins.shown([second, greater]) == second)
    }

    @Test func `no clock decides a conflict`() throws {
        let greater = try live(7, at: 1)
        let later = try live(6, at: 1_000_000)
        for merge in [MergeClass.singleWriter, .conflict(preferring: .none)] {
            #expect(merge.shown([greater, later]) == greater)
            #expect(merge.shown([later, greater]) == greater)
        }
    }

    @Test func `M4 shows the declared side's greatest write, else the greatest of all`() throws {
        let office = try live(3, at: 9, by: .office)
        let officeLess = try live(2, at: 10, by: .office)
        let headquarters = try live(9, at: 1, by: .headquarters)
        let three = [officeLess, headquarters, office]
        #expect(MergeClass.conflict(preferring: .office).shown(three) == office)
        #expect(MergeClass.conflict(preferring: .headquarters).shown(three) == headquarters)
        #expect(MergeClass.conflict(preferring: .none).shown(three) == headquarters)
        #expect(
            MergeClass.conflict(preferring: .headquarters).shown([officeLess, office]) == office)
        #expect(MergeClass.conflict(preferring: .office).shown([headquarters]) == headquarters)
    }

    @Test func `a set shows equal values once, in the order they were added, without removals`()
        throws
    {
        let first = try live(9, at: 1, .text("猫"))
        let second = try live(1, at: 2, .text("狗"))
        let again = try live(2, at: 3, .text("猫"))
        let removal = try live(3, at: 4, .empty)
        let destroyed = try live(4, at: 5, nil)
        let elements = MergeClass.elements([destroyed, removal, again, second, first])
        #expect(elements == [.text("猫"), .text("狗")])
    }

    @Test func `an element added in parallel to a removal of its equal stays`() throws {
        let first = try live(1, at: 1, .text("猫"))
        let parallel = try live(2, at: 1, .text("猫"))
        let removal = try live(3, at: 2, .empty)
        for order in [[first, parallel, removal], [first, removal, parallel]] {
            var register = Register()
            for write in order {
                register.apply(write, naming: write == removal ? [first.name] : [])
            }
            #expect(MergeClass.elements(register.live) == [.text("猫")])
        }
    }

    @Test func `a register passes over a live write that comes again`() throws {
        var register = Register()
        let write = try live(1, at: 1)
        register.apply(write, naming: [])
        register.apply(write, naming: [])
        #expect(register.live == [write])
    }

    @Test func `two resolutions in parallel are a smaller conflict`() throws {
        var register = Register()
        let siblings = try (1...5).map { try live(UInt64($0), at: 1) }
        for write in siblings { register.apply(write, naming: []) }
        let names = Set(siblings.map(\.name))
        register.apply(try live(11, at: 2), naming: names)
        register.apply(try live(12, at: 2), naming: names)
        #expect(register.live.map(\.name.group) == [11, 12])
    }
}
