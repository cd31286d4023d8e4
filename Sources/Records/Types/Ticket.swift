import SyncCore

extension RecordType {
    /// One matter of a customer until its result is fed back: enquiry, suggestion, repair, special
    /// service or complaint (domain.md §3.3, §4.2, S20–S35).
    public static let ticket = RecordType(
        31, "tickets", Title("服务单", "Ticket"), home: .office,
        series: NumberSeries(field: "no", by: "kind", prefixes: ["complaint": "TS", "": "FW"]),
        label: ["no", "title"],
        columns: [
            "no", "occurred_at", "kind", "class", "place", "title", "status", "handler_name",
        ],
        rules: [.inOrder("occurred_at", then: "finished_at")],
        fields: ticketRegistration + ticketJudgement + ticketHandling + ticketResult)

    /// What is noted when the matter comes in.
    private static let ticketRegistration: [Field] = [
        // Given out by the series when it is missing, and kept whatever the kind becomes.
        Field(16, "no", Title("编号", "Number"), .text, merge: .appendOnly, search: .number),
        Field(17, "kind", Title("类别", "Kind"), .choice(.ticketKinds), required: true),
        Field(18, "contacts", Title("接待记录", "Contacts"), .reference("contacts"), merge: .set),
        Field(19, "estate", Title("小区", "Estate"), .reference("estates")),
        Field(
            20, "household", Title("户", "Household"), .reference("households"), privacy: .personal,
            search: .room),
        Field(21, "person", Title("客户", "Customer"), .reference("persons"), privacy: .personal),
        // The room as it was said, where no household matches; a place in the grounds.
        Field(22, "place", Title("地点", "Place"), .text, privacy: .personal, search: .place),
        Field(
            23, "caller_name", Title("报事人", "Caller"), .text, privacy: .personal, search: .text),
        Field(
            24, "caller_phone", Title("联系电话", "Caller's phone"), .phone, privacy: .personal,
            search: .phone),
        Field(25, "channel", Title("渠道", "Channel"), .choice(.channels)),
        Field(26, "document_no", Title("文号", "Document number"), .text, search: .number),
        Field(27, "occurred_at", Title("受理时间", "Received at"), .time, required: true),
        Field(28, "received_by", Title("受理人", "Received by"), .reference("staff")),
        Field(29, "received_by_name", Title("受理人姓名", "Received by (name)"), .text),
        // People write the room into it, so it is personal.
        Field(30, "title", Title("标题", "Title"), .text, privacy: .personal, search: .text),
        Field(
            31, "content", Title("内容", "Content"), .longText, required: true, privacy: .shielded,
            search: .text),
        Field(32, "demand", Title("客户要求", "Customer's demand"), .longText, privacy: .shielded),
        Field(
            33, "against_staff", Title("被投诉人", "Against whom"), .reference("staff"),
            privacy: .shielded),
        Field(34, "against_dept", Title("被投诉部门", "Against which department"), .text),
        Field(35, "read_back", Title("已向客户复述", "Read back to the customer"), .flag),
    ]

    private static let ticketJudgement: [Field] = [
        Field(
            36, "class", Title("等级", "Class"),
            .choice([
                Field.Choice("ordinary", "一般", "Ordinary", also: ["普通"]),
                Field.Choice("special", "特约", "Special"),
                Field.Choice("emergency", "紧急", "Emergency", also: ["急修"]),
            ])),
        Field(37, "category", Title("分类", "Category"), .text),
        Field(38, "priority", Title("优先级", "Priority"), .integer, range: 1...9),
        Field(
            39, "level", Title("投诉级别", "Level"),
            .choice([
                Field.Choice("general", "一般投诉", "General", also: ["一般"]),
                Field.Choice("major", "重大投诉", "Major", also: ["重大"]),
            ]), merge: .conflict(preferring: .headquarters)),
        Field(40, "justified", Title("投诉成立", "Justified"), .flag),
        Field(41, "judgement_reason", Title("判定理由", "Reason of the judgement"), .longText),
        Field(42, "apology_given", Title("已致歉", "Apology given"), .flag),
        Field(
            43, "investigation", Title("调查", "Investigation"),
            .structure([
                Field.Part("cause", Title("原因", "Cause"), .longText),
                Field.Part("method", Title("方式", "Method"), .text),
                Field.Part("by", Title("调查人", "By"), .text),
                Field.Part("at", Title("时间", "At"), .time),
            ])),
    ]

    private static let ticketHandling: [Field] = [
        Field(
            44, "status", Title("状态", "Status"), .choice(.ticketStatuses), required: true,
            merge: .conflict(preferring: .none)),
        // One value, so that office, time and number of the move never mix. No office: at
        // headquarters.
        Field(
            45, "custody", Title("经办归属", "Custody"),
            .structure([
                Field.Part("seq", Title("序号", "Sequence"), .integer),
                Field.Part("office", Title("管理处", "Office"), .reference("offices")),
                Field.Part("since", Title("起始时间", "Since"), .time),
            ]), writer: .headquarters, merge: .singleWriter),
        Field(
            46, "handler", Title("处理人", "Handler"), .reference("staff"),
            merge: .conflict(preferring: .office)),
        Field(47, "handler_name", Title("处理人姓名", "Handler (name)"), .text, search: .text),
        Field(48, "responsible_unit", Title("责任单位", "Responsible unit"), .text),
        Field(49, "plan", Title("处理方案", "Plan"), .longText),
        Field(
            50, "planned_date", Title("计划完成日期", "Planned date"), .date,
            merge: .conflict(preferring: .headquarters)),
        Field(51, "customer_agreed", Title("客户同意方案", "Customer agreed"), .flag),
        Field(
            52, "hq_instruction", Title("总部指示", "Instruction of headquarters"), .longText,
            writer: .headquarters, merge: .singleWriter),
        Field(53, "merged_into", Title("已并入", "Merged into"), .reference("tickets")),
        Field(
            54, "flags", Title("标记", "Flags"),
            .choice([
                Field.Choice("escalated", "已上报", "Escalated"),
                Field.Choice("hq_instruction_pending", "总部指示待确认", "Instruction pending"),
                Field.Choice("disputed", "有争议", "Disputed"),
                Field.Choice("late_published", "逾期公布", "Published late"),
            ]), merge: .set),
    ]

    private static let ticketResult: [Field] = [
        Field(55, "finished_at", Title("完成时间", "Finished at"), .time),
        Field(56, "result", Title("处理结果", "Result"), .longText),
        Field(
            57, "reply", Title("答复", "Reply"),
            .structure([
                Field.Part(
                    "mode", Title("方式", "Mode"),
                    .choice([
                        Field.Choice("letter", "信函", "Letter"),
                        Field.Choice("phone", "电话", "Phone"),
                        Field.Choice("fax", "传真", "Fax"),
                        Field.Choice("email", "电子邮件", "Email"),
                        Field.Choice("visit", "上门", "Visit"),
                    ])),
                Field.Part("at", Title("时间", "At"), .time),
            ])),
        Field(58, "satisfaction", Title("满意度", "Satisfaction"), .choice(.satisfaction)),
        Field(59, "rating", Title("评分", "Rating"), .integer, range: 1...5),
        Field(60, "amount", Title("费用", "Amount"), .money),
        Field(61, "remark", Title("备注", "Remark"), .longText),
        Field(
            62, "public_summary", Title("公布摘要", "Public summary"), .longText, privacy: .public,
            merge: .conflict(preferring: .none)),
        Field(
            63, "public_explanation", Title("公布说明", "Public explanation"), .longText,
            privacy: .public, merge: .conflict(preferring: .none)),
    ]
}

extension [Field.Choice] {
    static let ticketKinds: Self = [
        Field.Choice("enquiry", "咨询", "Enquiry", also: ["问询"]),
        Field.Choice("suggestion", "建议", "Suggestion", also: ["意见"]),
        Field.Choice("repair", "报修", "Repair", also: ["维修"]),
        Field.Choice("special", "特约服务", "Special service", also: ["特约"]),
        Field.Choice("complaint", "投诉", "Complaint"),
        Field.Choice("contract_matter", "合同事项", "Contract matter"),
        Field.Choice("rectification", "整改", "Rectification"),
    ]

    /// The states of SM3 and SM4 (domain.md §2.2) in one list, in the order in which a matter meets
    /// them.
    static let ticketStatuses: Self = [
        Field.Choice("open", "待处理", "Open", also: ["待派", "待派单", "待受理", "未处理"]),
        Field.Choice("registered", "已登记", "Registered"),
        Field.Choice("judged", "已判定", "Judged"),
        Field.Choice("explained", "已解释", "Explained"),
        Field.Choice("investigated", "已调查", "Investigated"),
        Field.Choice("assigned", "已派单", "Assigned", also: ["已派"]),
        Field.Choice("handed_over", "已转交", "Handed over"),
        Field.Choice("under_review", "研究中", "Under review", also: ["已挂起"]),
        Field.Choice("plan_proposed", "已提方案", "Plan proposed"),
        Field.Choice("plan_accepted", "方案已同意", "Plan accepted"),
        Field.Choice("notified", "已通知", "Notified"),
        Field.Choice("in_progress", "处理中", "In progress"),
        Field.Choice("answered", "已答复", "Answered"),
        Field.Choice("clarified", "已澄清", "Clarified"),
        Field.Choice("agreed", "已达成一致", "Agreed"),
        Field.Choice("adopted", "已采纳", "Adopted"),
        Field.Choice("not_adopted", "未采纳", "Not adopted"),
        Field.Choice("replied", "已回复", "Replied"),
        Field.Choice("resolved", "已完成", "Resolved", also: ["已处理", "待回访"]),
        Field.Choice("followed_up", "已回访", "Followed up"),
        Field.Choice("closed", "已关闭", "Closed", also: ["已结案", "已办结"]),
        Field.Choice("withdrawn", "已撤诉", "Withdrawn", also: ["已撤回"]),
        Field.Choice("cancelled", "已取消", "Cancelled", also: ["取消"]),
        Field.Choice("merged", "已合并", "Merged"),
    ]
}
