import SyncCore

extension RecordType {
    /// Who lives in a household or owns it, from when to when (domain.md §3.2, §4.2). A change of
    /// occupant closes one and opens another (R8.3).
    public static let occupancy = RecordType(
        22, "occupancies", Title("居住关系", "Occupancy"), home: .office,
        naturalKey: ["household", "person", "role", "from"],
        label: ["role", "from"],
        columns: ["household", "person", "role", "from", "to", "primary_contact"],
        rules: [.inOrder("from", then: "to")],
        fields: [
            Field(
                16, "household", Title("户", "Household"), .reference("households"), required: true),
            Field(17, "person", Title("客户", "Customer"), .reference("persons"), required: true),
            Field(
                18, "role", Title("关系", "Role"),
                .choice([
                    Field.Choice("owner", "业主", "Owner", also: ["产权人"]),
                    Field.Choice("tenant", "租户", "Tenant", also: ["租客", "承租人"]),
                    Field.Choice("user", "使用人", "Other user", also: ["物业使用人"]),
                    Field.Choice("family", "家属", "Family member", also: ["家庭成员"]),
                ]), required: true),
            Field(19, "from", Title("入住日期", "From"), .date, required: true),
            Field(20, "to", Title("迁出日期", "To"), .date),
            Field(21, "primary_contact", Title("主要联系人", "Primary contact"), .flag),
        ])
}
