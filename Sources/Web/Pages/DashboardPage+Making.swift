import Node
import Records
import Store
import SyncCore

extension DashboardPage {
    /// An office is up to date when all it said to have was here at its last contact, and that is no longer ago than this.
    private static let freshMilliseconds: UInt64 = 15 * 60_000

    init(_ request: PageRequest) async throws {
        let services = request.services
        let language = request.language
        let words = SyncWords(language: language, now: services.now)
        let offices = try await Offices(services.store)
        let members = try await services.store.members()
        let texts = Texts(Self.texts, language)
        let types = services.store.types.filter(\.isEverydayWork)
        var counts: [[Int]] = []
        var rows: [OfficeRow] = []
        var late: [String] = []
        let now = services.now
        for office in offices.all {
            var numbers: [Int] = []
            for type in types {
                var query = RecordQuery(type)
                query.office = office.space
                numbers.append(try await services.store.count(query))
            }
            let complete = members.filter { $0.space == office.space }.map(\.completeAt).max() ?? 0
            let isLate = complete == 0 || now > complete + Self.freshMilliseconds
            if isLate { late.append(office.code) }
            counts.append(numbers)
            rows.append(
                OfficeRow(
                    name: "\(office.code) \(office.name)", cells: numbers.map(String.init),
                    asOf: complete == 0 ? "—" : words.minute(complete), isLate: isLate,
                    lateWord: texts["late"]))
        }
        self.texts = texts
        frame = try await request.frame(texts["title"])
        self.rows = rows
        columns = types.map { $0.title[language] }
        totals = types.indices.map { column in String(counts.reduce(0) { $0 + $1[column] }) }
        hasOffices = !rows.isEmpty
        isFresh = late.isEmpty
        let names = late.joined(separator: language == .zh ? "、" : ", ")
        let fresh = rows.count - late.count
        freshness =
            late.isEmpty
            ? request.text(
                "\(rows.count) 个管理处都是最新。", "All \(rows.count) offices are up to date.")
            : request.text(
                "\(rows.count) 个管理处中 \(fresh) 个是最新；不是最新的：\(names)。合计里它们的数字是旧的。",
                "\(fresh) of \(rows.count) offices are up to date; not: \(names). Totals hold their older numbers.")
        charts = types.enumerated().filter { $0.element.series != nil }.map { column, type in
            Chart(
                id: "chart.\(type.name)", title: type.title[language],
                values: zip(rows, counts).map { ($0.name, $1[column]) }, language: language)
        }
        let attention = try await FrontPage.attention(request)
        self.attention = attention
        hasAttention = !attention.isEmpty
    }
}
