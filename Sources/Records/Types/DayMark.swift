import SyncCore

extension RecordType {
    /// A public holiday or a make-up working day of the company calendar (domain.md §3.1, S82.2).
    /// Rain is a `rainMark`.
    public static let dayMark = RecordType(
        14, "day-marks", Title("日历标记", "Calendar mark"), home: .company, creator: .headquarters,
        label: ["date", "kind"],
        columns: ["date", "kind", "revoked"],
        fields: [
            Field(
                16, "date", Title("日期", "Date"), .date, required: true, writer: .headquarters,
                merge: .singleWriter),
            Field(
                17, "kind", Title("类型", "Kind"),
                .choice([
                    Field.Choice("holiday", "节假日", "Public holiday", also: ["放假", "休"]),
                    Field.Choice(
                        "makeup_workday", "调休上班日", "Make-up working day", also: ["调休", "班"]),
                ]), required: true, writer: .headquarters, merge: .singleWriter),
            Field(
                18, "revoked", Title("已撤销", "Revoked"), .flag, writer: .headquarters,
                merge: .singleWriter),
        ])
}
