import SyncCore

extension RecordType {
    /// A day of rain at an estate, from which follow-ups of leak repairs are due (domain.md R28.3).
    ///
    /// Two posts may mark the same rain; the rule counts an estate's day once.
    public static let rainMark = RecordType(
        16, "rain-marks", Title("降雨标记", "Rain mark"), home: .office, creator: .office,
        label: ["date"],
        columns: ["date", "estate", "start_time", "revoked"],
        fields: [
            Field(
                16, "estate", Title("小区", "Estate"), .reference("estates"), required: true,
                writer: .office, merge: .appendOnly),
            Field(
                17, "date", Title("日期", "Date"), .date, required: true, writer: .office,
                merge: .appendOnly),
            Field(
                18, "start_time", Title("开始时间", "Began at"), .time, writer: .office,
                merge: .appendOnly),
            Field(19, "revoked", Title("已撤销", "Revoked"), .flag, writer: .office),
        ])
}
