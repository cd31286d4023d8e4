import SyncCore

extension RecordType {
    /// A customer, or a company as a customer (domain.md §3.2, §4.2). What only the office may know
    /// is written in its private space.
    public static let person = RecordType(
        21, "persons", Title("客户", "Customer"), home: .office,
        label: ["name"],
        columns: ["name", "kind", "preferred_phone", "phones", "tags"],
        fields: [
            Field(
                16, "name", Title("姓名", "Name"), .text, required: true, privacy: .personal,
                merge: .conflict(preferring: .office), search: .text),
            Field(
                17, "kind", Title("客户性质", "Kind"),
                .choice([
                    Field.Choice("individual", "个人", "Individual"),
                    Field.Choice("company", "单位", "Company", also: ["公司", "企业"]),
                ])),
            Field(
                18, "phones", Title("电话", "Phones"),
                .structure([
                    Field.Part("no", Title("号码", "Number"), .phone),
                    Field.Part("label", Title("说明", "Label"), .text),
                ]), privacy: .personal, merge: .set, search: .phone),
            Field(
                19, "preferred_phone", Title("首选电话", "Preferred phone"), .phone,
                privacy: .personal, merge: .conflict(preferring: .office), search: .phone),
            Field(
                20, "id_type", Title("证件类型", "Document type"), .text, privacy: .officeOnly,
                writer: .office, merge: .singleWriter),
            Field(
                21, "id_no", Title("证件号码", "Document number"), .text, privacy: .officeOnly,
                writer: .office, merge: .singleWriter, search: .number),
            Field(
                22, "birthday", Title("出生日期", "Birthday"), .date, privacy: .officeOnly,
                writer: .office, merge: .singleWriter),
            Field(
                23, "family_size", Title("家庭人数", "Family size"), .integer, privacy: .officeOnly,
                writer: .office, merge: .singleWriter, range: 0...99),
            Field(
                24, "vehicles", Title("车牌", "Vehicles"), .text, privacy: .officeOnly,
                writer: .office, merge: .set, search: .number),
            // One value for each dimension (R10.1): of two, the later element counts.
            Field(
                25, "tags", Title("分类标签", "Tags"),
                .structure([
                    Field.Part("value", Title("标签", "Tag"), .text),
                    Field.Part("dimension", Title("维度", "Dimension"), .text),
                ]), merge: .set),
            Field(
                26, "note", Title("备注", "Note"), .longText, privacy: .officeOnly,
                writer: .office, merge: .singleWriter),
        ])
}
