import SyncCore

extension RecordType {
    /// A computer that takes part in the exchange, with its key (Protocol/exchange.md §2). Key,
    /// space and role are those of the record's creation for ever; `active` decides about
    /// credentials only.
    public static let node = RecordType(
        15, "nodes", Title("节点", "Node"), home: .company, creator: .headquarters,
        label: ["name", "key"],
        columns: ["name", "office", "role", "active"],
        fields: [
            Field(
                16, "key", Title("公钥", "Public key"), .text, required: true,
                writer: .headquarters, merge: .appendOnly, search: .number,
                format: .hexadecimal(digits: 64)),
            // Headquarters' own node has no office space.
            Field(
                17, "office", Title("管理处空间", "Office space"), .text, writer: .headquarters,
                merge: .appendOnly, format: .officeSpace),
            Field(
                18, "role", Title("角色", "Role"),
                .choice([
                    Field.Choice("office", "管理处", "Office"),
                    Field.Choice("hq", "总部", "Headquarters"),
                ]), required: true, writer: .headquarters, merge: .appendOnly),
            Field(
                19, "active", Title("启用", "Active"), .flag, required: true, writer: .headquarters,
                merge: .singleWriter),
            Field(
                20, "name", Title("名称", "Name"), .text, writer: .headquarters,
                merge: .singleWriter, search: .text),
        ])
}
