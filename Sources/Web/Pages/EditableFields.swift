import Records
import Store
import SyncCore

/// The fields a form shows: those this node may write, by the declaration.
struct EditableFields {
    let fields: [Field]
    /// Visible, but the other side's to write.
    let others: [Field]

    /// For a new record.
    init(creating type: RecordType, home: SpaceID, _ role: Role) {
        self.init(type, home: home, role, isCreating: true)
    }

    /// For a record that exists.
    init(_ record: StoredRecord, _ role: Role) {
        self.init(record.type, home: record.id.home, role, isCreating: false)
    }

    private init(_ type: RecordType, home: SpaceID, _ role: Role, isCreating: Bool) {
        let visible = type.fields.filter { type.isVisible($0, to: role) }
        func isEditable(_ field: Field) -> Bool {
            type.admits(
                field: field.number, by: role, home: home, in: type.space(of: field, home: home),
                isCreating: isCreating)
        }
        fields = visible.filter(isEditable)
        others = visible.filter { !isEditable($0) }
    }
}
