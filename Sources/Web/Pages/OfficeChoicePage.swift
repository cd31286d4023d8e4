import Records
import Store

/// At headquarters: whose office a new record is to belong to.
struct OfficeChoicePage: Page {
    static let template = "office-choice"

    let frame: Frame
    let offices: [Office]
    let isEmpty: Bool
    let texts: Texts

    struct Office: Sendable {
        let name: String
        let address: String
    }

    static let texts: [String: Title] = [
        "which": Title("登记到哪个管理处？", "For which office?"),
        "none": Title("还没有管理处加入总部。", "No office has joined headquarters yet."),
    ]

    init(_ type: RecordType, _ request: PageRequest) async throws {
        let all = try await Offices(request.services.store).all
        frame = try await request.frame(
            request.text("新登记\(type.title.zh)", "New \(type.title.en)"))
        offices = all.map {
            Office(name: "\($0.code) \($0.name)", address: Site.new(type, [("home", $0.code)]))
        }
        isEmpty = all.isEmpty
        texts = Texts(Self.texts, request.language)
    }
}
