import SyncCore

extension RecordType {
    /// One call, visit or letter in the reception log (domain.md §3.3, S15–S19). What was noted
    /// when it came in stays as it is (M1); what is learned later is added.
    public static let contact = RecordType(
        30, "contacts", Title("接待记录", "Contact"), home: .office,
        series: NumberSeries(field: "no", prefix: "JD"),
        label: ["no", "subject"],
        columns: ["no", "occurred_at", "channel", "caller_name", "subject", "kind", "status"],
        fields: [
            // Given out by the series when it is missing.
            Field(16, "no", Title("编号", "Number"), .text, merge: .appendOnly, search: .number),
            Field(
                17, "channel", Title("渠道", "Channel"), .choice(.channels), required: true,
                merge: .appendOnly),
            Field(
                18, "direction", Title("方向", "Direction"),
                .choice([
                    Field.Choice("in", "来", "Incoming"),
                    Field.Choice("out", "去", "Outgoing"),
                ]), merge: .appendOnly),
            Field(
                19, "occurred_at", Title("时间", "Time"), .time, required: true, merge: .appendOnly),
            Field(
                20, "caller_name", Title("来人姓名", "Caller"), .text, privacy: .personal,
                merge: .appendOnly, search: .text),
            Field(
                21, "caller_phone", Title("联系电话", "Caller's phone"), .phone, privacy: .personal,
                merge: .appendOnly, search: .phone),
            Field(
                22, "place", Title("住址", "Dwelling"), .text, privacy: .personal,
                merge: .appendOnly, search: .place),
            Field(23, "estate", Title("小区", "Estate"), .reference("estates")),
            Field(
                24, "household", Title("户", "Household"), .reference("households"),
                privacy: .personal, search: .room),
            Field(
                25, "person", Title("客户", "Customer"), .reference("persons"), privacy: .personal),
            Field(
                26, "subject", Title("事由", "Subject"), .text, required: true, merge: .appendOnly,
                search: .text),
            Field(
                27, "body", Title("详情", "Details"), .longText, privacy: .personal, search: .text),
            Field(28, "kind", Title("类别", "Kind"), .text, merge: .appendOnly),
            Field(29, "external", Title("涉外", "External"), .flag, merge: .appendOnly),
            Field(
                30, "relayed_by_dept", Title("由部门转告", "Relayed by department"), .flag,
                merge: .appendOnly),
            Field(
                31, "document_no", Title("文号", "Document number"), .text, merge: .appendOnly,
                search: .number),
            Field(
                32, "origin", Title("来源", "Origin"),
                .choice([
                    Field.Choice("customer", "客户", "Customer"),
                    Field.Choice("company_forwarded", "公司转办", "Forwarded by the company"),
                    Field.Choice("leader_instructed", "领导批示", "Instructed by a leader"),
                ]), merge: .appendOnly),
            Field(
                33, "first_asked_by", Title("首问人", "First asked"), .reference("staff"),
                merge: .appendOnly),
            Field(
                34, "taken_by", Title("接待人", "Taken by"), .reference("staff"), merge: .appendOnly),
            Field(
                35, "taken_by_name", Title("接待人姓名", "Taken by (name)"), .text,
                merge: .appendOnly),
            Field(
                36, "wanted_staff", Title("找何人", "Wanted colleague"), .reference("staff"),
                merge: .appendOnly),
            Field(
                37, "off_hours", Title("非接待时间", "Outside hours"), .flag, merge: .appendOnly),
            Field(38, "result", Title("处理结果", "Result"), .longText),
            Field(39, "promised_at", Title("承诺回复时间", "Reply promised for"), .time),
            Field(40, "relayed_at", Title("转告时间", "Relayed at"), .time),
            Field(41, "replied_at", Title("回复时间", "Replied at"), .time),
            Field(42, "reply_form", Title("回复方式", "Form of the reply"), .text),
            Field(43, "collective_study", Title("需集体研究", "Needs collective study"), .flag),
            Field(
                44, "status", Title("状态", "Status"),
                .choice([
                    Field.Choice("logged", "已登记", "Logged"),
                    Field.Choice("resolved", "已答复", "Resolved", also: ["已处理", "已完成"]),
                    Field.Choice("linked", "已转服务单", "Linked to a ticket"),
                    Field.Choice("promised", "待回复", "Reply promised"),
                    Field.Choice("left", "已留言", "Message left"),
                    Field.Choice("relayed", "已转告", "Message relayed"),
                    Field.Choice("acknowledged", "已确认", "Message acknowledged"),
                ]), merge: .conflict(preferring: .none)),
        ])
}
