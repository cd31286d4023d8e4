import SyncCore

extension RecordType {
    /// A residential area that an office serves (domain.md §3.1). The number of its households is
    /// counted, not stored.
    public static let estate = RecordType(
        11, "estates", Title("小区", "Estate"), home: .office,
        label: ["name"],
        columns: ["name", "has_committee", "uses_ic_cards", "gas", "buildings"],
        fields: [
            Field(
                16, "office", Title("管理处", "Office"), .reference("offices"), required: true,
                writer: .headquarters, merge: .singleWriter),
            Field(
                17, "name", Title("小区名称", "Estate name"), .text, required: true,
                writer: .headquarters, merge: .singleWriter, search: .text),
            // The office proposes, headquarters' word stands (§4.2): both write.
            Field(
                18, "has_committee", Title("有业主委员会", "Has an owners' committee"), .flag,
                merge: .conflict(preferring: .headquarters)),
            Field(
                19, "uses_ic_cards", Title("使用IC卡", "Uses IC cards"), .flag,
                writer: .headquarters, merge: .singleWriter),
            Field(
                20, "gas", Title("有燃气", "Has gas"), .flag, writer: .headquarters,
                merge: .singleWriter),
            Field(21, "buildings", Title("楼栋", "Buildings"), .roomPart, merge: .set),
        ])
}
