import Hummingbird
import Records
import Store

/// One box over all types: what was found, by type, with a way to the whole list.
struct SearchPage: Page {
    static let template = "search"

    let frame: Frame
    let action: String
    let typed: String
    let groups: [Group]
    let hint: String?
    let texts: Texts

    struct Group: Sendable {
        let title: String
        let hits: [Hit]
        let moreAddress: String?
    }

    struct Hit: Sendable {
        let label: String
        let address: String
        let detail: String
        let office: String?
    }

    static let texts: [String: Title] = [
        "title": Title("查找", "Search"),
        "more": Title("全部结果", "All results"),
        "label": Title(
            "房号、电话（末四位以上）、姓名、编号或文字", "Room, phone (last four digits or more), name, number or text"),
        "search": Title("查找", "Search"),
    ]

    private static let hitsPerType = 8

    static func show(_ request: PageRequest) async throws -> Response {
        let typed = request.query["search"] ?? ""
        let texts = Texts(texts, request.language)
        let groups = try await groups(typed, request)
        return .page(
            SearchPage(
                frame: try await request.frame(texts["title"], searched: typed),
                action: Site.Pattern.search, typed: typed, groups: groups,
                hint: groups.isEmpty
                    ? request.text(
                        typed.isEmpty
                            ? "请输入要找的内容。" : "没有找到。请少写几个字，或换一种写法。",
                        typed.isEmpty
                            ? "Type what you look for."
                            : "Nothing was found. Type less, or another way.")
                    : nil,
                texts: texts))
    }

    static func groups(_ typed: String, _ request: PageRequest) async throws -> [Group] {
        guard typed.contains(where: { !$0.isWhitespace }) else { return [] }
        let services = request.services
        let offices = try await Offices(services.store)
        var groups: [Group] = []
        for type in services.store.types where type.fields.contains(where: { $0.search != .none }) {
            var query = RecordQuery(type)
            query.search = typed
            query.limit = hitsPerType
            let (records, more) = try await services.store.list(query)
            guard !records.isEmpty else { continue }
            let fields = type.columns.filter { !type.label.contains($0) }.prefix(4)
                .compactMap(type.field(named:))
            let display = try await ValueDisplay(records, fields: Array(fields), request)
            groups.append(
                Group(
                    title: type.title[request.language],
                    hits: records.map { record in
                        Hit(
                            label: record.label(in: request.language),
                            address: Site.record(type, record.id),
                            detail: fields.map { display.cell(record, $0) }
                                .filter { !$0.isEmpty }.joined(separator: " · "),
                            office: services.isHeadquarters
                                ? offices.name(record.homeOffice, request.language) : nil)
                    },
                    moreAddress: more ? Site.list(type, [("search", typed)]) : nil))
        }
        return groups
    }
}
