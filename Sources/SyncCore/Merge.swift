/// Who wrote a stream, by the directory of nodes.
public enum Role: String, Hashable, Sendable, CaseIterable {
    case office
    case headquarters = "hq"
}

/// A write's name inside one replica: the group's position in its log, and the index in the group.
public struct LocalWrite: Hashable, Comparable, Sendable {
    public var group: Int64
    public var index: UInt32

    public init(group: Int64, index: UInt32) {
        self.group = group
        self.index = index
    }

    public static func < (a: Self, b: Self) -> Bool { (a.group, a.index) < (b.group, b.index) }
}

/// The order in which writes are shown when nothing else decides: hybrid time, then the write's
/// world-wide id.
public struct Stamp: Hashable, Comparable, Sendable {
    public var time: HybridTime
    public var write: WriteID

    public init(time: HybridTime, write: WriteID) {
        self.time = time
        self.write = write
    }

    public static func < (a: Self, b: Self) -> Bool { (a.time, a.write) < (b.time, b.write) }
}

/// An admissible write that no admissible write names.
public struct LiveWrite: Hashable, Sendable {
    public var name: LocalWrite
    public var stamp: Stamp
    public var role: Role
    /// Nil when the bytes were destroyed.
    public var value: Value?

    public init(name: LocalWrite, stamp: Stamp, role: Role, value: Value?) {
        self.name = name
        self.stamp = stamp
        self.role = role
        self.value = value
    }
}

/// How parallel writes of one field are reconciled: the classes of domain.md §4.1
/// (Protocol/merge.md §5).
public enum MergeClass: Hashable, Sendable {
    /// M1: only the creating group writes it.
    case appendOnly
    /// M2: one role writes it.
    case singleWriter
    /// M3: the later hybrid time is shown, the other stays in the history.
    case latestWins
    /// M4: a person decides. Until then the preferred side's value is shown.
    case conflict(preferring: Preference)
    /// M6: each live write is one element.
    case set

    /// Whose value stands until a person has decided.
    public enum Preference: String, Hashable, Sendable {
        case none, office, headquarters
    }
}

extension MergeClass {
    /// Whether these live writes are something a person has to decide.
    public func isConflict(_ live: [LiveWrite]) -> Bool {
        switch self {
        case .appendOnly, .singleWriter, .conflict: live.count > 1
        case .latestWins, .set: false
        }
    }

    /// The live write whose value stands for the field; for a set, the latest element. Nil when
    /// there is none.
    public func shown(_ live: [LiveWrite]) -> LiveWrite? {
        // No clock decides a conflict: the greatest id stands in until a person has decided.
        func greatest(_ writes: [LiveWrite]) -> LiveWrite? {
            writes.max { $0.stamp.write < $1.stamp.write }
        }
        switch self {
        case .appendOnly:
            return live.min { $0.stamp < $1.stamp }
        case .latestWins, .set:
            return live.max { $0.stamp < $1.stamp }
        case .singleWriter, .conflict(preferring: .none):
            return greatest(live)
        case .conflict(preferring: .office):
            return greatest(live.filter { $0.role == .office }) ?? greatest(live)
        case .conflict(preferring: .headquarters):
            if PlantedBug.forgetOneSideIsPreferred.isPlanted { return greatest(live) }
            return greatest(live.filter { $0.role == .headquarters }) ?? greatest(live)
        }
    }

    /// The elements of a set in the order they were added; equal values once.
    public static func elements(_ live: [LiveWrite]) -> [Value] {
        var seen: Set<Value> = []
        return live.sorted { $0.stamp < $1.stamp }.compactMap { write in
            guard let value = write.value, value != .empty, seen.insert(value).inserted else {
                return nil
            }
            return value
        }
    }
}

/// The live writes of one field of one record: a multi-value register whose siblings are decided by
/// `MergeClass`.
///
/// Laws: the live writes depend only on the set of groups held, not on order, splits or repeats (a
/// named write is always logged before the one that names it, so one pass is enough); a write that
/// names another never stands beside it; only named writes disappear.
public struct Register: Hashable, Sendable {
    public private(set) var live: [LiveWrite]

    public init(_ live: [LiveWrite] = []) {
        self.live = live
    }

    /// Adds an admissible write and takes out the writes it names.
    public mutating func apply(_ write: LiveWrite, naming named: Set<LocalWrite>) {
        guard !live.contains(where: { $0.name == write.name }) else { return }
        live.removeAll { named.contains($0.name) }
        live.append(write)
    }
}

/// Field numbers every record type has (Protocol/merge.md §6). Fields of a type begin at 16.
public enum ReservedField {
    /// The record exists from here on.
    public static let created: UInt32 = 1
    /// Hides the record while the deletion holds; when cleared, takes a deletion back.
    public static let deleted: UInt32 = 2
    /// Why a change was made; history only, never live.
    public static let note: UInt32 = 3
    /// The first number a record type may give to a field of its own.
    public static let firstOwn: UInt32 = 16
}

/// A live write of the field `deleted`, with what its author saw.
public struct Deletion: Hashable, Sendable {
    public var name: LocalWrite
    /// False for a write that takes a deletion back.
    public var hides: Bool
    public var listed: Set<LocalWrite>

    public init(name: LocalWrite, hides: Bool, listed: Set<LocalWrite>) {
        self.name = name
        self.hides = hides
        self.listed = listed
    }
}

/// What the deletions of a record amount to.
public enum Visibility: Hashable, Sendable {
    case shown
    case hidden
    /// Deleted here and changed there: shown, and flagged.
    case disputed

    /// Laws: depends on the sets only; a write made in parallel to a deletion, whenever it arrives,
    /// shows the record again; a write made before a deletion that saw it, whenever it arrives,
    /// never does.
    ///
    /// - Parameters:
    ///   - live: the record's live writes in its home space, other than of `deleted`.
    ///   - named: the writes of the same field that a listed write names.
    public init(
        live: some Sequence<LocalWrite>, deletions: [Deletion],
        named: (LocalWrite) throws -> Set<LocalWrite>
    ) rethrows {
        let hiding = deletions.filter(\.hides)
        guard !hiding.isEmpty else {
            self = .shown
            return
        }
        guard hiding.count == deletions.count else {
            self = .disputed
            return
        }
        let live = Array(live)
        for deletion in hiding {
            let unseen = live.filter {
                $0.group != deletion.name.group && !deletion.listed.contains($0)
            }
            if PlantedBug.reviveDeleted.isPlanted, !unseen.isEmpty || !deletion.listed.isEmpty {
                continue
            }
            if unseen.isEmpty || PlantedBug.deleteForGood.isPlanted {
                self = .hidden
                return
            }
            var reached: Set<LocalWrite> = []
            for write in deletion.listed { reached.formUnion(try named(write)) }
            if unseen.allSatisfy(reached.contains) {
                self = .hidden
                return
            }
        }
        self = .disputed
    }
}
