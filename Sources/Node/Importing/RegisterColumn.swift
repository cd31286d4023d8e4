import Records
import SyncCore

/// One column of a register: how its header may read, and what its cells mean.
struct RegisterColumn: Sendable {
    /// What the register's reading calls it; unique in the register.
    let name: String
    let title: Title
    /// The record type its cells go to, and the field; nil when the register reads the cell itself.
    let type: RecordType?
    let field: Field?
    /// Whether `RegisterRow.fill` carries the cells over as they are.
    let isDirect: Bool
    /// The reason in the report for an empty cell, where one is not allowed.
    let missing: ImportReason?
    /// The reason in the report for a cell that cannot be read, instead of the field's own.
    let bad: ImportReason?
    /// All headers that mean this column, folded.
    let headers: Set<String>

    /// A column that fills one field. Its header may be the field's name, its title in either
    /// language, or one of the words that offices use.
    init(
        _ type: RecordType, _ field: String, _ headers: [String] = [], as name: String? = nil,
        missing: ImportReason? = nil, bad: ImportReason? = nil, isDirect: Bool = true
    ) {
        guard let declared = type.field(named: field) else {
            preconditionFailure("\(type.name) has no field \(field)")
        }
        self.name = name ?? field
        title = declared.title
        self.type = type
        self.field = declared
        self.isDirect = isDirect
        self.missing = missing
        self.bad = bad
        let own = [declared.name, declared.title.zh, declared.title.en]
        self.headers = Set((headers + own).map(Self.folded))
    }

    /// A column that the register reads in its own way.
    init(_ name: String, _ title: Title, _ headers: [String] = []) {
        self.name = name
        self.title = title
        type = nil
        field = nil
        isDirect = false
        missing = nil
        bad = nil
        self.headers = Set((headers + [name, title.zh, title.en]).map(Self.folded))
    }

    /// Columns for the plain fields of a type, so that what was exported can come in again.
    ///
    /// Left out: references, which a cell cannot name safely, structures, and what headquarters
    /// alone writes.
    static func plain(_ type: RecordType, except others: [RegisterColumn]) -> [RegisterColumn] {
        let taken = Set(others.filter { $0.type?.number == type.number }.compactMap(\.field?.name))
        let headers = others.reduce(into: Set<String>()) { $0.formUnion($1.headers) }
        return type.fields.compactMap { field in
            switch field.kind {
            case .reference, .structure: return nil
            default: break
            }
            guard field.writer.includes(.office), !taken.contains(field.name) else { return nil }
            let column = RegisterColumn(type, field.name)
            // Where two types call a field alike, the one declared by hand has the header.
            return column.headers.isDisjoint(with: headers) ? column : nil
        }
    }

    /// A header as it is compared: without blanks and what stands in brackets, in small letters.
    /// 建筑面积（㎡） is 建筑面积.
    static func folded(_ header: String) -> String {
        let bare = header.prefix { $0 != "(" && $0 != "（" }
        let text = bare.isEmpty ? Substring(header) : bare
        return String(text.filter { !$0.isWhitespace && $0 != "*" && $0 != "\u{FEFF}" })
            .lowercased()
    }
}
