import Node
import Records
import Store
import SyncCore

extension DashboardPage {
    /// What is compared between offices. The figures themselves and what counts as up to date are
    /// the report's.
    private static let columns: [(title: Title, figure: @Sendable (OfficeFigures) -> Int)] = [
        (Title("户", "Households"), { $0.households }),
        (Title("客户", "Customers"), { $0.people }),
        (Title("未结服务单", "Open tickets"), { $0.openTickets }),
        (Title("已结服务单", "Closed tickets"), { $0.closedTickets }),
        (Title("本月访问", "Visits this month"), { $0.visits }),
        (Title("冲突", "Conflicts"), { $0.conflicts }),
    ]

    /// The columns that are drawn as well: work to be done and work done.
    private static let charted = 2...4

    init(_ request: PageRequest) async throws {
        let services = request.services
        let language = request.language
        let words = SyncWords(language: language, now: services.now)
        let report = try await services.node.consolidatedReport()
        let texts = Texts(Self.texts, language)
        let offices = report.offices.map { "\($0.code) \($0.name)" }

        self.texts = texts
        frame = try await request.frame(texts["title"])
        columns = Self.columns.map { $0.title[language] }
        rows = zip(report.offices, offices).map { office, name in
            OfficeRow(
                name: name, cells: Self.columns.map { String($0.figure(office.figures)) },
                asOf: office.asOf.map(words.minute) ?? "—", isLate: !office.isUpToDate,
                lateWord: texts["late"])
        }
        totals = Self.columns.map { String($0.figure(report.total)) }
        hasOffices = !report.offices.isEmpty
        isFresh = report.notUpToDate.isEmpty
        freshness = Self.freshness(report, request)
        tickets = Self.tickets(report.total, language)
        charts = Self.charted.map { column in
            Chart(
                id: "chart.\(column)", title: Self.columns[column].title[language],
                values: zip(offices, report.offices).map { name, office in
                    (name, Self.columns[column].figure(office.figures))
                }, language: language)
        }
        let attention = try await FrontPage.attention(request)
        self.attention = attention
        hasAttention = !attention.isEmpty
    }

    private static func freshness(_ report: ConsolidatedReport, _ request: PageRequest) -> String {
        let all = report.offices.count
        let late = report.notUpToDate
        if late.isEmpty {
            return request.text("\(all) 个管理处都是最新。", "All \(all) offices are up to date.")
        }
        let names = late.joined(separator: request.language == .zh ? "、" : ", ")
        return request.text(
            "\(all) 个管理处中 \(all - late.count) 个是最新；不是最新的：\(names)。合计里它们的数字是旧的。",
            "\(all - late.count) of \(all) offices are up to date; not: \(names). Totals hold their older numbers."
        )
    }

    /// The type Ticket is known here: headquarters' report is about the work that tickets stand for
    /// (issue 2, item 9).
    private static func tickets(_ total: OfficeFigures, _ language: Language) -> [TicketRow] {
        func title(_ code: String, _ field: String) -> String {
            guard !code.isEmpty, let field = RecordType.ticket.field(named: field) else {
                return "—"
            }
            return field.text(of: .text(code), in: language)
        }
        return total.tickets.map { tickets in
            TicketRow(
                kind: title(tickets.kind, "kind"), urgency: title(tickets.classCode, "class"),
                open: String(tickets.open), closed: String(tickets.closed))
        }
    }
}
