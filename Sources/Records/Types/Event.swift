import SyncCore

extension RecordType {
    /// One thing that happened to a record, such as a step from state to state (domain.md §3.3,
    /// §2.2). Written once and never changed; which node wrote it stands in the log.
    public static let event = RecordType(
        33, "events", Title("事件", "Event"), home: .office,
        label: ["type", "occurred_at"],
        columns: ["occurred_at", "type", "from", "to", "actor_name", "role"],
        rules: [.oneOf(["ticket", "work_order", "contact", "visit", "household"])],
        fields: [
            // The subject: one of these. A reference says which type it points to, so that a page
            // can follow it.
            Field(16, "ticket", Title("服务单", "Ticket"), .reference("tickets"), merge: .appendOnly),
            Field(
                17, "work_order", Title("任务单", "Work order"), .reference("work-orders"),
                merge: .appendOnly),
            Field(
                18, "contact", Title("接待记录", "Contact"), .reference("contacts"),
                merge: .appendOnly),
            Field(19, "visit", Title("访问", "Visit"), .reference("visits"), merge: .appendOnly),
            Field(
                20, "household", Title("户", "Household"), .reference("households"),
                merge: .appendOnly),
            Field(21, "type", Title("类型", "Type"), .text, required: true, merge: .appendOnly),
            Field(
                22, "occurred_at", Title("时间", "Time"), .time, required: true, merge: .appendOnly),
            Field(23, "actor", Title("经办人", "Actor"), .reference("staff"), merge: .appendOnly),
            Field(
                24, "actor_name", Title("经办人姓名", "Actor (name)"), .text, merge: .appendOnly),
            Field(25, "role", Title("身份", "Acting as"), .choice(.actors), merge: .appendOnly),
            Field(26, "from", Title("原状态", "From"), .text, merge: .appendOnly),
            Field(27, "to", Title("新状态", "To"), .text, merge: .appendOnly),
            Field(
                28, "payload", Title("内容", "Details"), .longText, privacy: .shielded,
                merge: .appendOnly),
        ])
}
