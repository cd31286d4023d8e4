import Records
import SyncCore

/// The writes to one record, apart by space and by whether they are personal.
struct PendingWrites {
    let type: RecordType
    let id: RecordID
    /// Shared before private, plain before personal.
    private(set) var parts: [Part] = []
    private var listed: [WriteID] = []

    struct Part {
        let space: SpaceID
        let personal: Bool
        var writes: [WriteDraft]

        func precedes(_ space: SpaceID, _ personal: Bool) -> Bool {
            self.space == space ? !self.personal && personal : self.space < space
        }
    }

    init(type: RecordType, id: RecordID) {
        self.type = type
        self.id = id
    }

    var isEmpty: Bool { parts.isEmpty }

    func touches(_ space: SpaceID) -> Bool { parts.contains { $0.space == space } }

    mutating func add(_ field: Field, _ value: Value, names: [WriteID]) {
        add(
            field.number, value, in: type.space(of: field, home: id.home),
            personal: field.privacy.isPersonal, names: names)
    }

    mutating func add(
        _ field: UInt32, _ value: Value, in space: SpaceID, personal: Bool, names: [WriteID] = []
    ) {
        let write = WriteDraft(field: field, value: value, names: names)
        let place = parts.firstIndex { !$0.precedes(space, personal) } ?? parts.endIndex
        if place < parts.endIndex, parts[place].space == space, parts[place].personal == personal {
            parts[place].writes.append(write)
        } else {
            parts.insert(Part(space: space, personal: personal, writes: [write]), at: place)
        }
    }

    mutating func list(_ writes: [WriteID]) {
        listed = writes
    }

    /// A deletion's list goes with the deletion.
    func listed(in part: Part) -> [WriteID] {
        guard !listed.isEmpty, part.writes.contains(where: { $0.field == ReservedField.deleted })
        else { return [] }
        return listed
    }
}
