import SyncCore

extension RecordType {
    /// One visit that the office paid to ask for opinions (domain.md §3.4, S36–S39). The office
    /// writes the record; headquarters answers among the decisions.
    public static let visit = RecordType(
        40, "visits", Title("访问", "Visit"), home: .office, creator: .office,
        label: ["started_at", "place"],
        columns: [
            "started_at", "household", "place", "person_name", "mode", "visitor_names",
            "satisfaction", "signature", "status",
        ],
        rules: [.oneOf(["household", "place"]), .inOrder("started_at", then: "ended_at")],
        fields: visitPlan + visitRecord)

    private static let visitPlan: [Field] = [
        Field(
            16, "household", Title("户", "Household"), .reference("households"), writer: .office,
            merge: .singleWriter, search: .room),
        // The room as it was written, where no household matches.
        Field(
            17, "place", Title("房号", "Room"), .text, privacy: .personal, writer: .office,
            merge: .singleWriter, search: .place),
        Field(
            18, "person", Title("客户", "Customer"), .reference("persons"), writer: .office,
            merge: .singleWriter),
        Field(
            19, "person_name", Title("受访人", "Person visited"), .text, privacy: .personal,
            writer: .office, merge: .singleWriter, search: .text),
        Field(
            20, "mode", Title("方式", "Mode"),
            .choice([
                Field.Choice("home", "上门", "At home", also: ["家访", "入户"]),
                Field.Choice("office", "办公室", "At the office", also: ["来访"]),
                Field.Choice("outdoors", "户外", "Outdoors"),
                Field.Choice("questionnaire", "问卷", "By questionnaire"),
                Field.Choice("phone", "电话", "By phone"),
                Field.Choice("other", "其他", "Other"),
            ]), required: true, writer: .office, merge: .singleWriter),
        Field(
            21, "purpose", Title("目的", "Purpose"), .text, writer: .office, merge: .singleWriter),
        Field(
            22, "planned_at", Title("计划时间", "Planned for"), .time, writer: .office,
            merge: .singleWriter),
        Field(
            23, "appointed_at", Title("预约时间", "Appointed for"), .time, writer: .office,
            merge: .singleWriter),
        Field(
            24, "appointed_with", Title("预约对象", "Appointment made with"), .text,
            privacy: .personal, writer: .office, merge: .singleWriter),
        Field(
            25, "visitors", Title("访问员工", "Visitors"), .reference("staff"), writer: .office,
            merge: .set),
        Field(
            26, "visitor_names", Title("访问人", "Visitors (names)"), .text, writer: .office,
            merge: .set, search: .text),
        Field(
            27, "cancel_reason", Title("取消原因", "Reason of cancellation"), .text,
            writer: .office, merge: .singleWriter),
        Field(
            28, "status", Title("状态", "Status"),
            .choice([
                Field.Choice("planned", "已计划", "Planned"),
                Field.Choice("appointed", "已预约", "Appointed"),
                Field.Choice("completed", "已完成", "Completed"),
                Field.Choice("reviewed", "已审阅", "Reviewed"),
                Field.Choice("refused", "客户谢绝", "Refused"),
                Field.Choice("no_show", "客户未到", "Customer absent"),
                Field.Choice("cancelled", "已取消", "Cancelled"),
            ]), required: true, writer: .office, merge: .conflict(preferring: .none)),
    ]

    private static let visitRecord: [Field] = [
        Field(
            29, "started_at", Title("访问时间", "Began at"), .time, writer: .office,
            merge: .singleWriter),
        Field(
            30, "ended_at", Title("结束时间", "Ended at"), .time, writer: .office,
            merge: .singleWriter),
        Field(
            31, "topics", Title("话题", "Topics"),
            .structure([
                Field.Part("topic", Title("话题", "Topic"), .choice(.visitTopics)),
                Field.Part("opinion", Title("意见", "Opinion"), .longText),
                Field.Part("suggestion", Title("建议", "Suggestion"), .longText),
            ]), writer: .office, merge: .set),
        Field(
            32, "content", Title("内容", "Content"), .longText, writer: .office,
            merge: .singleWriter, search: .text),
        Field(
            33, "suggestion", Title("意见建议", "Opinions and suggestions"), .longText,
            writer: .office, merge: .singleWriter, search: .text),
        Field(
            34, "satisfaction", Title("评价", "Satisfaction"), .choice(.satisfaction),
            writer: .office, merge: .singleWriter),
        Field(
            35, "signature", Title("签名", "Signature"),
            .choice([
                Field.Choice("signed", "已签名", "Signed", also: ["已签"]),
                Field.Choice("refused", "拒签", "Refused", also: ["拒绝签名"]),
                Field.Choice("not_asked", "未请签", "Not asked"),
            ]), writer: .office, merge: .singleWriter),
        Field(
            36, "feedback_needed", Title("需反馈", "Feedback needed"), .flag, writer: .office,
            merge: .singleWriter),
        Field(
            37, "feedback_given_at", Title("反馈时间", "Feedback given at"), .time,
            writer: .office, merge: .singleWriter),
        Field(
            38, "private_remark", Title("私密备注", "Private remark"), .longText,
            privacy: .officeOnly, writer: .office, merge: .singleWriter),
        Field(
            39, "css_opinion", Title("客服主管意见", "Supervisor's opinion"), .longText,
            writer: .office, merge: .singleWriter),
        // Decisions of the director, and headquarters' answers to what went beyond him (R39.3).
        Field(
            40, "od_decisions", Title("处理决定", "Decisions"),
            .structure([
                Field.Part("item", Title("事项", "Item"), .text),
                Field.Part(
                    "decision", Title("决定", "Decision"),
                    .choice([
                        Field.Choice("adopt", "采纳", "Adopt"),
                        Field.Choice("not_adopt", "不采纳", "Do not adopt"),
                        Field.Choice("escalate", "上报公司", "Send to the company"),
                    ])),
                Field.Part("answer", Title("答复", "Answer"), .longText),
                Field.Part("by", Title("决定人", "By"), .text),
            ]), merge: .set),
    ]
}

extension [Field.Choice] {
    /// The ten topics of a visit (domain.md S37).
    static let visitTopics: Self = [
        Field.Choice("security", "保安", "Security", also: ["安全", "秩序"]),
        Field.Choice("cleaning", "保洁", "Cleaning", also: ["清洁"]),
        Field.Choice("greening", "绿化", "Greening"),
        Field.Choice("repair", "维修", "Repair", also: ["维修及时性", "维修技能", "维修态度"]),
        Field.Choice("leisure_facilities", "休闲娱乐设施", "Leisure and play facilities"),
        Field.Choice("management_staff", "管理人员", "Management staff"),
        Field.Choice("convenience_services", "便民服务", "Convenience services"),
        Field.Choice("special_difficulties", "特殊困难与需求", "Special difficulties and needs"),
        Field.Choice("community_culture", "社区文化", "Community culture"),
        Field.Choice("other", "其他", "Other"),
    ]
}
