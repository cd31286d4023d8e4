/// Lists of choices that more than one record type uses. A list of one type stands in that type's
/// file.
extension [Field.Choice] {
    /// Posts of an office, of headquarters and of the sales teams (domain.md §0.4).
    static let posts: Self = [
        Field.Choice("OD", "管理处主任", "Office director", also: ["项目经理", "主任"]),
        Field.Choice("CSS", "客服主管", "Customer-service supervisor"),
        Field.Choice("REC", "接待员", "Receptionist", also: ["前台"]),
        Field.Choice("CSP", "客服专员", "Customer-service specialist", also: ["客服"]),
        Field.Choice("PO", "物管员", "Property officer"),
        Field.Choice("STW", "物业管家", "Steward", also: ["管家", "区域管家"]),
        Field.Choice("TEC", "维修人员", "Repair technician", also: ["维修工", "维修员"]),
        Field.Choice("TEAM", "班组", "Team", also: ["工程部", "工程部门"]),
        Field.Choice("CASH", "收费员", "Cashier", also: ["出纳"]),
        Field.Choice("SEC", "巡逻保安员", "Security patrol", also: ["保安"]),
        Field.Choice("DH", "部门主管", "Department head"),
        Field.Choice("ANY", "员工", "Any employee"),
        Field.Choice("HCC", "公司客户投诉中心", "Complaint centre"),
        Field.Choice("HLD", "公司分管领导", "Leader in charge"),
        Field.Choice("HCL", "公司领导", "Company leader"),
        Field.Choice("HGM", "总经理", "General manager"),
        Field.Choice("HMG", "公司经理", "Company manager"),
        Field.Choice("HFD", "财务部", "Finance"),
        Field.Choice("HGA", "综合管理部", "General management"),
        Field.Choice("HQA", "品质管理部", "Quality"),
        Field.Choice("HOP", "运作部", "Operations"),
        Field.Choice("HPD", "物业部", "Property department"),
        Field.Choice("SC", "置业顾问", "Sales consultant"),
        Field.Choice("SPM", "销售项目经理", "Sales project manager"),
        Field.Choice("SCC", "销控人员", "Sales-control clerk"),
        Field.Choice("SFI", "销售财务", "Sales finance"),
    ]

    /// Everybody who can have done something: the posts and those outside the company.
    static let actors: Self =
        posts + [
            Field.Choice("CUS", "客户", "Customer", also: ["业主", "住户"]),
            Field.Choice("OC", "业主委员会", "Owners' committee", also: ["业委会"]),
            Field.Choice("OCH", "业主委员会主任", "Chair of the owners' committee"),
            Field.Choice("DEV", "开发商", "Developer"),
            Field.Choice("CON", "施工单位", "Contractor", also: ["供应商"]),
        ]

    /// How a matter reached the office (domain.md S15–S17, S20).
    static let channels: Self = [
        Field.Choice("phone", "来电", "Phone", also: ["电话", "热线"]),
        Field.Choice("visit", "来访", "Visit to the office", also: ["前台", "上门反映"]),
        Field.Choice("letter", "来信", "Letter", also: ["信件"]),
        Field.Choice("fax", "传真", "Fax"),
        Field.Choice("email", "电子邮件", "Email", also: ["邮件", "邮箱"]),
        Field.Choice("box", "意见箱", "Suggestion box"),
        Field.Choice("website", "网站", "Website"),
        Field.Choice("app", "小程序", "App", also: ["业主小程序"]),
        Field.Choice("wechat", "微信", "WeChat", also: ["微信群"]),
        Field.Choice("chat", "在线客服", "Online chat"),
        Field.Choice("gm_hotline", "总经理热线", "General manager's hotline"),
        Field.Choice("hq_forward", "公司转办", "Forwarded by headquarters", also: ["总部转办"]),
        Field.Choice("visit_finding", "走访发现", "Found on a visit"),
        Field.Choice("survey", "意见调查", "Survey"),
        Field.Choice("inspection", "巡查", "Inspection", also: ["检查发现"]),
        Field.Choice("social_media", "社交媒体", "Social media"),
    ]

    static let satisfaction: Self = [
        Field.Choice("satisfied", "满意", "Satisfied", also: ["非常满意"]),
        Field.Choice("basically_satisfied", "基本满意", "Basically satisfied", also: ["较满意"]),
        Field.Choice("dissatisfied", "不满意", "Dissatisfied"),
    ]
}
