import Records
import Store
import SyncCore

/// Tells people of one name in one room apart by a document number, where the rows give one.
///
/// The number it gives holds within its file only; `NamesakeMatch` finds whom of them an earlier
/// file meant.
struct Namesakes: Sendable {
    private var identities: [String: [Value]] = [:]

    /// 1 for the first of that key and for every row without an identity of its own, 2 for the
    /// second.
    mutating func number(_ key: String, _ identity: Value?) -> Int {
        guard let identity else { return 1 }
        let known = identities[key, default: []]
        if let place = known.firstIndex(of: identity) { return place + 1 }
        identities[key, default: []].append(identity)
        return known.count + 1
    }

    /// The key of somebody by that number; the first has the plain one.
    static func key(_ plain: String, _ number: Int) -> String {
        number > 1 ? "\(plain)/\(number)" : plain
    }
}

/// Gives the people of a file the keys by which an earlier import remembers them. Pure.
///
/// Their place in a file says nothing: the one who was first may have moved out, rows may stand in
/// another order, and a corrected row may come alone. Where both sides have a document number, only
/// an equal one, or else an equal telephone number, makes them one person; otherwise the phone
/// number and birthday of one would be written over those of the other.
struct NamesakeMatch {
    /// Somebody who is remembered, by the number in the key.
    private typealias Known = (number: Int, record: ImportedRecord)

    /// By the key without a number.
    private var known: [String: [Known]] = [:]
    /// The document number a record bears now; asked where no word of an import is remembered.
    private let identity: (RecordID) -> Value?

    init(_ last: [String: ImportedRecord], identity: @escaping (RecordID) -> Value?) {
        self.identity = identity
        for (key, record) in last where key.hasPrefix(RegisterEntry.personKey) {
            known[key, default: []].append((1, record))
            guard let slash = key.lastIndex(of: "/"),
                let number = Int(key[key.index(after: slash)...]), number > 1
            else { continue }
            known[String(key[..<slash]), default: []].append((number, record))
        }
    }

    /// The items with the keys that are remembered. Who is new gets a number that nobody has.
    func items(_ items: [RegisterReading.Item]) -> [RegisterReading.Item] {
        var people: [String: [RegisterEntry]] = [:]
        for item in items {
            if let plain = item.entry.plainKey { people[plain, default: []].append(item.entry) }
        }
        var keys: [String: String] = [:]
        for (plain, entries) in people {
            guard let known = known[plain] else { continue }
            for (entry, number) in zip(entries, Self.numbers(of: entries, known, identity)) {
                let key = Namesakes.key(plain, number)
                if key != entry.key { keys[entry.key] = key }
            }
        }
        if keys.isEmpty { return items }
        return items.map { item in
            var item = item
            item.entry.rename(keys)
            return item
        }
    }

    private static func numbers(
        of entries: [RegisterEntry], _ known: [Known], _ identity: (RecordID) -> Value?
    ) -> [Int] {
        let marks = entries.map { Marks(ImportCells($0)) }
        let name = entries.first.flatMap { ImportCells($0)["name"] }
        var left = known.sorted { $0.number < $1.number }.compactMap { known in
            let cells = ImportCells(text: known.record.cells)
            // Somebody whose name ends like a number is nobody's namesake.
            if let cells, cells["name"] != name { return nil as (number: Int, marks: Marks)? }
            let marks = cells.map(Marks.init) ?? Marks(identity: identity(known.record.record))
            return (known.number, marks)
        }
        var numbers: [Int: Int] = [:]
        for isSame in [Marks.haveOneIdentity, Marks.haveOnePhone, Marks.mayBeOne] {
            for place in entries.indices where numbers[place] == nil {
                guard let found = left.firstIndex(where: { isSame(marks[place], $0.marks) }) else {
                    continue
                }
                numbers[place] = left.remove(at: found).number
            }
        }
        var taken = Set(known.map(\.number))
        return entries.indices.map { place in
            if let number = numbers[place] { return number }
            var number = 1
            while !taken.insert(number).inserted { number += 1 }
            return number
        }
    }

    /// What tells namesakes apart.
    private struct Marks {
        var identity: JSONValue?
        var phones: Set<JSONValue> = []

        init(_ cells: ImportCells) {
            identity = cells["id_no"]
            if case .array(let phones)? = cells["phones"] { self.phones = Set(phones) }
        }

        init(identity: Value?) {
            if case .text(let text)? = identity { self.identity = .string(text) }
        }

        static func haveOneIdentity(_ a: Marks, _ b: Marks) -> Bool {
            a.identity != nil && a.identity == b.identity
        }

        static func haveOnePhone(_ a: Marks, _ b: Marks) -> Bool {
            !a.phones.isDisjoint(with: b.phones)
        }

        /// Without two document numbers a changed telephone number is a change.
        static func mayBeOne(_ a: Marks, _ b: Marks) -> Bool {
            a.identity == nil || b.identity == nil
        }
    }
}

extension RegisterEntry {
    static let personKey = "person/"
    static let occupancyKey = "occupancy/"

    /// Of a person the key without the number of a namesake; nil for anything else.
    fileprivate var plainKey: String? {
        guard case .occupant(let household, let name, _, _) = recognition else { return nil }
        return "\(Self.personKey)\(household)/\(name)"
    }

    /// Has the people of these keys go by others, in what is said of them as well.
    fileprivate mutating func rename(_ keys: [String: String]) {
        switch recognition {
        case .occupant(let household, let name, let identity, _):
            guard let new = keys[key] else { return }
            recognition = .occupant(
                household: household, name: name, identity: identity, isOther: new != plainKey)
            key = new
        case .occupancy(let household, let person, let role):
            guard let new = keys[person] else { return }
            recognition = .occupancy(household: household, person: new, role: role)
            key = Self.occupancyKey + new.dropFirst(Self.personKey.count)
            says("person", .entry(new))
        case .never, .household, .number, .same:
            break
        }
    }
}
