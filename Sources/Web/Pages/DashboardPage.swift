import Hummingbird
import Node
import Records
import Store
import SyncCore

/// Headquarters' first page: every office and all together, with how fresh each number is.
struct DashboardPage: Page {
    static let template = "dashboard"

    let frame: Frame
    /// Names the offices whose numbers may be old; every total says so.
    let freshness: String
    let isFresh: Bool
    let columns: [String]
    let rows: [OfficeRow]
    let totals: [String]
    let hasOffices: Bool
    /// Of all offices together.
    let tickets: [TicketRow]
    let charts: [Chart]
    let attention: [FrontPage.Attention]
    let hasAttention: Bool
    let texts: Texts

    struct OfficeRow: Sendable {
        let name: String
        let cells: [String]
        let asOf: String
        let isLate: Bool
        let lateWord: String
    }

    struct TicketRow: Sendable {
        let kind: String
        let urgency: String
        let open: String
        let closed: String
    }

    /// A bar for each office, drawn by the server.
    struct Chart: Sendable {
        let id: String
        let title: String
        let chartDescription: String
        let height: Int
        let bars: [Bar]
    }

    struct Bar: Sendable {
        let label: String
        let value: String
        let y: Int
        let width: Int
        let textY: Int
        let valueX: Int
    }

    static let texts: [String: Title] = [
        "title": Title("总览", "Overview"),
        "attention": Title("需要处理", "Needs attention"),
        "nothing": Title("没有需要处理的。", "Nothing needs attention."),
        "compare": Title("各管理处", "Offices compared"),
        "compareCaption": Title(
            "每个管理处的数字，以及数据完整到什么时候", "The numbers of every office, and as of when they are complete"),
        "office": Title("管理处", "Office"),
        "asOf": Title("数据完整到", "Complete as of"),
        "total": Title("合计", "Total"),
        "late": Title("不是最新", "Not up to date"),
        "none": Title("还没有管理处加入。到同步页邀请。", "No office has joined yet. Invite one on the sync page."),
        "sync": Title("同步", "Sync"),
        "charts": Title("图", "Charts"),
        "tickets": Title("服务单（合计）", "Tickets (total)"),
        "ticketsCaption": Title("按类别和等级", "By kind and class"),
        "kind": Title("类别", "Kind"),
        "class": Title("等级", "Class"),
        "open": Title("未结", "Open"),
        "closed": Title("已结", "Closed"),
    ]
}

extension DashboardPage.Chart {
    private static let barHeight = 26
    private static let labelWidth = 190
    private static let barWidth = 420

    /// - Parameter values: one for each office, in the order of the table.
    init(id: String, title: String, values: [(name: String, value: Int)], language: Language) {
        let greatest = max(1, values.map(\.value).max() ?? 1)
        self.id = id
        self.title = title
        chartDescription = values.map { "\($0.name) \($0.value)" }
            .joined(separator: language == .zh ? "；" : "; ")
        height = values.count * Self.barHeight + 8
        bars = values.enumerated().map { place, entry in
            let width = entry.value * Self.barWidth / greatest
            let y = place * Self.barHeight + 6
            return DashboardPage.Bar(
                label: entry.name, value: String(entry.value), y: y, width: width, textY: y + 14,
                valueX: Self.labelWidth + width + 6)
        }
    }
}
