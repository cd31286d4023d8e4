import SyncCore

extension RecordType {
    /// The form that carries quote, work, amount and the customer's confirmation (domain.md §3.3,
    /// S23, S25). The office that has the ticket writes it.
    public static let workOrder = RecordType(
        32, "work-orders", Title("维修服务任务单", "Work order"), home: .office, creator: .office,
        series: NumberSeries(field: "no", prefix: "WX"),
        label: ["no", "content"],
        columns: [
            "no", "place", "content", "appointment", "technician_names", "status", "final_amount",
        ],
        rules: [
            .inOrder("dispatched_at", then: "arrived_at"),
            .inOrder("started_at", then: "finished_at"),
        ],
        fields: workOrderTask + workOrderQuote + workOrderResult)

    private static let workOrderTask: [Field] = [
        // Given out by the series when it is missing.
        Field(
            16, "no", Title("编号", "Number"), .text, writer: .office, merge: .appendOnly,
            search: .number),
        Field(
            17, "ticket", Title("服务单", "Ticket"), .reference("tickets"), required: true,
            writer: .office, merge: .singleWriter),
        Field(
            18, "kind", Title("类型", "Kind"),
            .choice([
                Field.Choice("repair", "维修", "Repair", also: ["报修"]),
                Field.Choice("special_service", "特约服务", "Special service", also: ["特约"]),
            ]), writer: .office, merge: .singleWriter),
        Field(
            19, "place", Title("地点", "Place"), .text, privacy: .personal, writer: .office,
            merge: .singleWriter, search: .place),
        Field(
            20, "content", Title("内容", "Content"), .longText, required: true, writer: .office,
            merge: .singleWriter, search: .text),
        Field(
            21, "contact_name", Title("联系人", "Contact person"), .text, privacy: .personal,
            writer: .office, merge: .singleWriter, search: .text),
        Field(
            22, "contact_phone", Title("联系电话", "Contact phone"), .phone, privacy: .personal,
            writer: .office, merge: .singleWriter, search: .phone),
        Field(
            23, "appointment", Title("预约时间", "Appointment"), .time, writer: .office,
            merge: .singleWriter),
        Field(24, "urgent", Title("急修", "Urgent"), .flag, writer: .office, merge: .singleWriter),
        Field(25, "leak", Title("渗漏水", "Leak"), .flag, writer: .office, merge: .singleWriter),
        Field(
            26, "technicians", Title("维修人员", "Technicians"), .reference("staff"),
            writer: .office, merge: .set),
        Field(
            27, "technician_names", Title("维修人员姓名", "Technicians (names)"), .text,
            writer: .office, merge: .set),
        Field(
            28, "supplier", Title("供应商", "Supplier"), .text, writer: .office,
            merge: .singleWriter),
        Field(
            29, "scope", Title("服务范围", "Scope"), .longText, writer: .office,
            merge: .singleWriter),
        Field(
            30, "steps", Title("服务步骤", "Steps"), .longText, writer: .office,
            merge: .singleWriter),
        Field(
            31, "schedule", Title("时间安排", "Schedule"), .longText, writer: .office,
            merge: .singleWriter),
        Field(
            32, "progress", Title("进展记录", "Progress notes"), .longText, writer: .office,
            merge: .singleWriter),
    ]

    private static let workOrderQuote: [Field] = [
        Field(
            33, "dispatched_at", Title("派工时间", "Dispatched at"), .time, writer: .office,
            merge: .singleWriter),
        Field(
            34, "arrived_at", Title("到场时间", "Arrived at"), .time, writer: .office,
            merge: .singleWriter),
        Field(
            35, "content_confirmed", Title("客户已确认内容", "Content confirmed"), .flag,
            writer: .office, merge: .singleWriter),
        Field(
            36, "quote_lines", Title("报价明细", "Quote lines"), .structure(amountLine),
            writer: .office, merge: .set),
        Field(
            37, "quoted_at", Title("报价时间", "Quoted at"), .time, writer: .office,
            merge: .singleWriter),
        Field(
            38, "decision", Title("客户决定", "Decision"),
            .choice([
                Field.Choice("accepted", "接受", "Accepted", also: ["同意"]),
                Field.Choice("declined", "不接受", "Declined", also: ["拒绝"]),
            ]), writer: .office, merge: .singleWriter),
        Field(
            39, "decided_by", Title("决定人", "Decided by"), .text, privacy: .personal,
            writer: .office, merge: .singleWriter),
        Field(
            40, "decided_at", Title("决定时间", "Decided at"), .time, writer: .office,
            merge: .singleWriter),
    ]

    private static let workOrderResult: [Field] = [
        Field(
            41, "started_at", Title("开工时间", "Started at"), .time, writer: .office,
            merge: .singleWriter),
        Field(
            42, "finished_at", Title("完工时间", "Finished at"), .time, writer: .office,
            merge: .singleWriter),
        Field(
            43, "final_lines", Title("结算明细", "Final lines"), .structure(amountLine),
            writer: .office, merge: .set),
        Field(
            44, "final_amount", Title("结算金额", "Final amount"), .money, writer: .office,
            merge: .singleWriter),
        Field(
            45, "cleaned", Title("工完料清", "Cleaned up"), .flag, writer: .office,
            merge: .singleWriter),
        Field(
            46, "confirmed_by", Title("确认人", "Confirmed by"), .text, privacy: .personal,
            writer: .office, merge: .singleWriter),
        Field(
            47, "confirmed_at", Title("确认时间", "Confirmed at"), .time, writer: .office,
            merge: .singleWriter),
        Field(
            48, "satisfaction", Title("满意度", "Satisfaction"), .choice(.satisfaction),
            writer: .office, merge: .singleWriter),
        Field(
            49, "status", Title("状态", "Status"),
            .choice([
                Field.Choice("created", "已建单", "Created", also: ["待派", "待派工"]),
                Field.Choice("dispatched", "已派工", "Dispatched"),
                Field.Choice("on_site", "已到场", "On site"),
                Field.Choice("quoted", "已报价", "Quoted"),
                Field.Choice("accepted", "已接受报价", "Quote accepted"),
                Field.Choice("declined", "已拒绝报价", "Quote declined"),
                Field.Choice("working", "维修中", "Working", also: ["处理中"]),
                Field.Choice("finished", "已完工", "Finished", also: ["已完成"]),
                Field.Choice("confirmed", "客户已确认", "Confirmed"),
                Field.Choice("disputed", "有争议", "Disputed"),
                Field.Choice("settled", "已结算", "Settled"),
                Field.Choice("closed", "已关闭", "Closed"),
                Field.Choice("cancelled", "已取消", "Cancelled"),
            ]), required: true, writer: .office, merge: .conflict(preferring: .none)),
    ]

    private static let amountLine: [Field.Part] = [
        Field.Part("item", Title("项目", "Item"), .text),
        Field.Part("price", Title("单价", "Standard price"), .money),
        Field.Part("quantity", Title("数量", "Quantity"), .decimal(places: 2, unit: "")),
        Field.Part("amount", Title("金额", "Amount"), .money),
    ]
}
