import Records
import SyncCore

/// A record's fields in the two parts of its page and form: what everyone looks at, and the rest.
///
/// Main is what the declaration itself points out: required fields, the label and the columns of
/// lists.
struct RecordSections {
    let main: [Field]
    let rest: [Field]

    /// - Parameter fields: those to show, in the order of declaration.
    init(_ type: RecordType, _ fields: [Field]) {
        let names = Set(type.label + type.columns)
        func isMain(_ field: Field) -> Bool { field.isRequired || names.contains(field.name) }
        main = fields.filter(isMain)
        rest = fields.filter { !isMain($0) }
    }
}

extension RecordType {
    /// Whether a value of the field can be seen at a node of this role at all.
    func isVisible(_ field: Field, to role: Role) -> Bool {
        field.privacy != .officeOnly || role == .office
    }
}

extension Field.Privacy {
    /// A few words beside the field; nil for everyday business.
    func note(in language: Language) -> String? {
        switch self {
        case .business: nil
        case .public: Title("可公开", "Public")[language]
        case .personal: Title("个人信息", "Personal")[language]
        case .officeOnly: Title("只在本处", "This office only")[language]
        case .shielded: Title("保密", "Confidential")[language]
        }
    }
}
