import Hummingbird
import Node
import Records
import Store

/// An office's first page: the search box, what needs attention, and how much there is of
/// everything.
struct FrontPage: Page {
    static let template = "front"

    let frame: Frame
    let searchAction: String
    let attention: [Attention]
    let hasAttention: Bool
    let counts: [Count]
    let texts: Texts

    /// One thing a person should look at.
    struct Attention: Sendable {
        let sentence: String
        let address: String
    }

    struct Count: Sendable {
        let title: String
        let number: String
        let address: String
        let newAddress: String?
    }

    static let texts: [String: Title] = [
        "searchLabel": Title(
            "房号、电话（末四位以上）、姓名、编号或文字", "Room, phone (last four digits or more), name, number or text"),
        "search": Title("查找", "Search"),
        "attention": Title("需要处理", "Needs attention"),
        "nothing": Title("没有需要处理的。", "Nothing needs attention."),
        "counts": Title("登记的内容", "What is registered"),
        "countsCaption": Title("每类记录的数量", "How many records of each kind"),
        "type": Title("类别", "Kind"),
        "number": Title("数量", "Number"),
        "action": Title("操作", "Action"),
        "new": Title("新登记", "New"),
    ]

    static func show(_ request: PageRequest) async throws -> Response {
        let services = request.services
        if services.isHeadquarters { return .page(try await DashboardPage(request)) }
        var counts: [Count] = []
        for type in services.store.types {
            counts.append(
                Count(
                    title: type.title[request.language],
                    number: String(try await services.store.count(RecordQuery(type))),
                    address: Site.list(type),
                    newAddress: type.creator.includes(services.role) ? Site.new(type) : nil))
        }
        let attention = try await attention(request)
        let name = services.node.identity.name
        return .page(
            FrontPage(
                frame: try await request.frame(name), searchAction: Site.Pattern.search,
                attention: attention, hasAttention: !attention.isEmpty, counts: counts,
                texts: Texts(texts, request.language)))
    }

    static func attention(_ request: PageRequest) async throws -> [Attention] {
        var list: [Attention] = []
        for (type, count) in try await conflictsByType(request.services.store) {
            list.append(
                Attention(
                    sentence: request.text(
                        "\(type.title.zh)：\(count) 条有冲突，请核对",
                        "\(type.title.en): \(count) with a conflict; please decide"),
                    address: Site.conflicts([("type", type.name)])))
        }
        if let job = request.services.syncJob {
            let status = try await job.status()
            if [.rejected, .blocked, .offline].contains(status.state) {
                let words = SyncWords(language: request.language, now: request.services.now)
                list.append(
                    Attention(sentence: words.sentence(status), address: Site.Pattern.sync))
            }
        }
        if let advice = try await request.services.node.damageAdvice(request.services.backups) {
            list.append(
                Attention(
                    sentence: request.text(
                        "本机磁盘上有数据损坏。\(advice.zh)", "Data is damaged on this disk. \(advice.en)"),
                    address: Site.Pattern.sync))
        }
        return list
    }

    static func conflictsByType(_ store: Store) async throws -> [(RecordType, Int)] {
        let counts = try await store.conflictCounts()
        return store.types.compactMap { type in
            let count = counts.filter { $0.type.number == type.number }.reduce(0) { $0 + $1.count }
            return count > 0 ? (type, count) : nil
        }
    }
}
