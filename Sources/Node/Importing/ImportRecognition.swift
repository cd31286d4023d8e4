import Records
import Store
import SyncCore

/// Records of the office that no import of this node knows, found again by what a register says of
/// them: entered by hand, or imported at another node of the office.
struct ImportRecognition: Sendable {
    private let directory: OfficeDirectory
    /// By type number and the number a record bears.
    private var numbered: [UInt32: [String: RecordID]] = [:]
    /// By type number and the values of the fields that tell such records apart.
    private var same: [UInt32: [[Value]: RecordID]] = [:]

    /// Reads what is needed for these entries, each kind in one pass.
    init(
        _ entries: [RegisterEntry], _ directory: OfficeDirectory, _ store: Store, office: SpaceID
    ) async throws {
        self.directory = directory
        var numbers: [UInt32: (type: RecordType, numbers: [String])] = [:]
        var fields: [UInt32: (type: RecordType, fields: [String])] = [:]
        for entry in entries {
            switch entry.recognition {
            case .number(let number):
                numbers[entry.type.number, default: (entry.type, [])].numbers.append(number)
            case .same(let names):
                fields[entry.type.number] = (entry.type, names)
            case .household, .occupant, .occupancy, .never:
                break
            }
        }
        for (number, wanted) in numbers {
            numbered[number] = try await store.records(
                wanted.type, numbered: wanted.numbers, office: office)
        }
        for (number, wanted) in fields {
            let found = try await store.values(wanted.type, wanted.fields, office: office)
            same[number] = Dictionary(
                found.map { ($0.values, $0.id) }, uniquingKeysWith: { min($0, $1) })
        }
    }

    /// - Parameters:
    ///   - ids: the records of the entries before, by key.
    ///   - values: what the entry says in some fields, with its references resolved.
    func record(
        of entry: RegisterEntry, _ ids: [String: RecordID], values: ([String]) -> [Value]
    ) -> RecordID? {
        switch entry.recognition {
        case .never: nil
        case .household(let estate, let room): directory.household(room: room, in: estate)
        case .occupant(let household, let name, let identity, let isOther):
            ids[household].flatMap {
                directory.person(named: name, in: $0, identity: identity, isOther: isOther)
            }
        case .occupancy(let household, let person, let role):
            ids[household].flatMap { id in
                directory.occupants(of: id).first {
                    $0.person == ids[person] && $0.role == role
                }?.occupancy
            }
        case .number(let number): numbered[entry.type.number]?[number]
        case .same(let fields): same[entry.type.number]?[values(fields)]
        }
    }
}
