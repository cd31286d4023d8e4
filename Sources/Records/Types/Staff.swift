import SyncCore

extension RecordType {
    /// Somebody who works at an office (domain.md §3.1). Passwords are kept by each node for itself
    /// and are no field.
    public static let staff = RecordType(
        12, "staff", Title("员工", "Staff member"), home: .office,
        label: ["name", "staff_no"],
        columns: ["staff_no", "name", "roles", "department", "phone", "active"],
        fields: [
            Field(
                16, "staff_no", Title("工号", "Staff number"), .text, required: true,
                writer: .headquarters, merge: .singleWriter, search: .number),
            Field(17, "name", Title("姓名", "Name"), .text, required: true, search: .text),
            Field(
                18, "roles", Title("岗位", "Posts"), .choice(.posts), required: true,
                writer: .headquarters, merge: .set),
            Field(
                19, "office", Title("管理处", "Office"), .reference("offices"),
                writer: .headquarters, merge: .singleWriter),
            Field(20, "department", Title("部门", "Department"), .text),
            Field(21, "phone", Title("电话", "Phone"), .phone, search: .phone),
            Field(
                22, "active", Title("在职", "Active"), .flag, required: true, writer: .headquarters,
                merge: .singleWriter),
        ])
}
