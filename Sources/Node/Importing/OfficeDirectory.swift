import Records
import Store
import SyncCore

/// What registers look up in the office's own records, read once before an import: estates, rooms
/// and who lives where.
struct OfficeDirectory: Sendable {
    struct Estate: Hashable, Sendable {
        var id: RecordID
        var name: String
    }

    struct Household: Hashable, Sendable {
        var id: RecordID
        var estate: RecordID?
    }

    struct Occupant: Hashable, Sendable {
        var person: RecordID
        var name: String
        var occupancy: RecordID
        var role: Value
    }

    private(set) var estates: [Estate] = []
    /// By the key of the room's address.
    private var households: [String: [Household]] = [:]
    private var occupants: [RecordID: [Occupant]] = [:]
    /// Document numbers of people.
    private var identities: [RecordID: Value] = [:]

    /// The estate a row without a name of one means.
    var onlyEstate: Estate? { estates.count == 1 ? estates[0] : nil }

    func estate(named text: String) -> Estate? {
        let text = text.filter { !$0.isWhitespace }
        return estates.first { $0.name.filter { !$0.isWhitespace } == text }
            ?? estates.first { $0.id.description == text }
    }

    /// Nil when there is none, or several in different estates and none is named.
    func household(room: String, in estate: RecordID?) -> RecordID? {
        let found = households[room] ?? []
        if let estate { return found.first { $0.estate == estate }?.id }
        return found.count == 1 ? found[0].id : nil
    }

    func occupants(of household: RecordID) -> [Occupant] { occupants[household] ?? [] }

    /// Nil when nobody or more than one of that name lives there.
    func person(named name: String, in household: RecordID) -> RecordID? {
        let found = Set(occupants(of: household).filter { $0.name == name }.map(\.person))
        return found.count == 1 ? found.first : nil
    }

    /// Who of that name in the household a document number means: the one who bears it, or else the
    /// only one, unless that one bears another.
    ///
    /// - Parameter isOther: whether only who bears the number is meant.
    func person(
        named name: String, in household: RecordID, identity: Value?, isOther: Bool
    ) -> RecordID? {
        let found = Set(occupants(of: household).filter { $0.name == name }.map(\.person))
        if let identity, let bearer = found.first(where: { self.identity(of: $0) == identity }) {
            return bearer
        }
        let possible = found.filter { identity == nil || self.identity(of: $0) == nil }
        return possible.count == 1 && !isOther ? possible.first : nil
    }

    /// A person's document number; nil when none is known here.
    func identity(of person: RecordID) -> Value? { identities[person] }

    /// The directory of an office that has nothing but its estates yet.
    init(estates: [Estate]) {
        self.estates = estates
    }

    /// Reads the directory of one office.
    init(_ store: Store, office: SpaceID) async throws {
        for (id, values) in try await store.values(.estate, ["name"], office: office) {
            estates.append(Estate(id: id, name: values[0].text))
        }
        let rooms = try await store.values(
            .household, ["building", "unit", "room", "estate"], office: office)
        for (id, values) in rooms {
            let address = RoomAddress(
                building: values[0].text, unit: values[1].text, room: values[2].text)
            households[address.key, default: []].append(
                Household(id: id, estate: values[3].record))
        }
        var names: [RecordID: String] = [:]
        for (id, values) in try await store.values(.person, ["name", "id_no"], office: office) {
            names[id] = values[0].text
            if values[1] != .empty { identities[id] = values[1] }
        }
        let stays = try await store.values(
            .occupancy, ["household", "person", "role"], office: office)
        for (id, values) in stays {
            guard let household = values[0].record, let person = values[1].record,
                let name = names[person]
            else { continue }
            occupants[household, default: []].append(
                Occupant(person: person, name: name, occupancy: id, role: values[2]))
        }
    }
}

extension Value {
    /// Empty for anything but a text.
    var text: String { if case .text(let text) = self { text } else { "" } }

    var record: RecordID? { if case .record(let id) = self { id } else { nil } }
}
