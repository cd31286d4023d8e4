import SyncCore

extension RecordType {
    /// A management office (domain.md §3.1). The office creates its own record, so that it works
    /// before it joins; from then on headquarters keeps it (§4.2).
    public static let office = RecordType(
        10, "offices", Title("管理处", "Office"), home: .office,
        label: ["name", "code"],
        columns: ["code", "name", "reception_phone", "director", "active"],
        fields: [
            Field(
                16, "code", Title("代码", "Code"), .text, required: true, writer: .headquarters,
                merge: .singleWriter, search: .number),
            Field(
                17, "name", Title("名称", "Name"), .text, required: true, writer: .headquarters,
                merge: .singleWriter, search: .text),
            Field(
                18, "functions", Title("职能", "Functions"), .longText, writer: .headquarters,
                merge: .singleWriter),
            Field(
                19, "reception_phone", Title("接待电话", "Reception phone"), .phone,
                writer: .headquarters, merge: .singleWriter, search: .phone),
            Field(
                20, "director", Title("主任", "Director"), .reference("staff"),
                writer: .headquarters, merge: .singleWriter),
            Field(
                21, "active", Title("启用", "Active"), .flag, required: true, writer: .headquarters,
                merge: .singleWriter),
        ])
}
