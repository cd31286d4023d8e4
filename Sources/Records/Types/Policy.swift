import SyncCore

extension RecordType {
    /// A parameter that headquarters set for all offices or for one (domain.md §2.7, S82). Defaults
    /// are the program's, not records.
    public static let policy = RecordType(
        13, "policies", Title("参数", "Policy"), home: .company, creator: .headquarters,
        label: ["key"],
        columns: ["key", "office", "value", "effective_from", "author"],
        fields: [
            Field(
                16, "key", Title("参数名", "Key"), .text, required: true, writer: .headquarters,
                merge: .singleWriter, search: .number),
            Field(
                17, "office", Title("适用管理处", "Office it is for"), .reference("offices"),
                writer: .headquarters, merge: .singleWriter),
            Field(
                18, "value", Title("参数值", "Value"), .longText, required: true,
                writer: .headquarters, merge: .singleWriter),
            Field(
                19, "effective_from", Title("生效日期", "Effective from"), .date, required: true,
                writer: .headquarters, merge: .singleWriter),
            Field(
                20, "author", Title("制定人", "Author"), .text, required: true,
                writer: .headquarters, merge: .singleWriter),
            Field(
                21, "reason", Title("理由", "Reason"), .longText, writer: .headquarters,
                merge: .singleWriter),
        ])
}
