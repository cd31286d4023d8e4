import SyncCore

extension RecordType {
    /// One attempt to learn from the customer what a service was worth (domain.md §3.3, S28). Which
    /// follow-ups are due is computed, never typed.
    public static let followUp = RecordType(
        34, "follow-ups", Title("回访", "Follow-up"), home: .office,
        label: ["at", "mode"],
        columns: ["at", "ticket", "mode", "reached", "satisfaction", "by_name"],
        rules: [.oneOf(["ticket", "work_order", "contact"])],
        fields: [
            // The subject: one of these.
            Field(16, "ticket", Title("服务单", "Ticket"), .reference("tickets"), merge: .appendOnly),
            Field(
                17, "work_order", Title("任务单", "Work order"), .reference("work-orders"),
                merge: .appendOnly),
            Field(
                18, "contact", Title("接待记录", "Contact"), .reference("contacts"),
                merge: .appendOnly),
            // A list, and so a set: an append-only field holds one value.
            Field(
                19, "reasons", Title("回访事由", "Reasons"),
                .choice([
                    Field.Choice("urgent_repair", "急修", "Urgent repair"),
                    Field.Choice("leak_repair", "渗漏水维修", "Leak repair"),
                    Field.Choice("rectification", "入伙整改", "Move-in rectification"),
                    Field.Choice("complaint", "投诉", "Complaint"),
                    Field.Choice("letter", "来信", "Letter"),
                    Field.Choice("special_service", "特约服务", "Special service"),
                    Field.Choice("other", "其他", "Other"),
                ]), merge: .set),
            Field(20, "by", Title("回访人", "By"), .reference("staff"), merge: .appendOnly),
            Field(21, "by_name", Title("回访人姓名", "By (name)"), .text, merge: .appendOnly),
            Field(
                22, "organiser", Title("组织人", "Organiser"), .reference("staff"),
                merge: .appendOnly),
            // A major complaint needs one organised by the director (R28.5).
            Field(
                23, "organiser_role", Title("组织人岗位", "Organiser's post"), .choice(.posts),
                merge: .appendOnly),
            Field(
                24, "mode", Title("方式", "Mode"),
                .choice([
                    Field.Choice("phone", "电话", "Phone"),
                    Field.Choice("visit", "上门", "Visit"),
                    Field.Choice("other", "其他", "Other"),
                ]), required: true, merge: .appendOnly),
            Field(25, "at", Title("回访时间", "Time"), .time, required: true, merge: .appendOnly),
            Field(
                26, "reached", Title("已联系上", "Reached"), .flag, required: true, merge: .appendOnly),
            Field(
                27, "scores", Title("评分", "Scores"),
                .structure([
                    Field.Part("manners", Title("礼仪", "Manners"), .integer),
                    Field.Part("attitude", Title("态度", "Attitude"), .integer),
                    Field.Part("skill", Title("技能", "Skill"), .integer),
                    Field.Part("timeliness", Title("及时性", "Timeliness"), .integer),
                ]), merge: .appendOnly),
            Field(28, "effect", Title("效果", "Effect"), .longText, merge: .appendOnly),
            Field(29, "omissions", Title("遗漏", "Omissions"), .longText, merge: .appendOnly),
            Field(
                30, "satisfaction", Title("满意度", "Satisfaction"), .choice(.satisfaction),
                merge: .appendOnly),
            Field(
                31, "opinions", Title("意见", "Opinions"), .longText, privacy: .personal,
                merge: .appendOnly, search: .text),
            Field(
                32, "new_ticket", Title("新服务单", "New ticket"), .reference("tickets"),
                merge: .appendOnly),
        ])
}
