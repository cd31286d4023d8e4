import HTTPTypes
import Hummingbird
import Node
import Records
import Store
import SyncCore

/// Who sits here: until staff have accounts, a person says so once and the browser remembers.
///
/// The type Staff is known here: the actor of a save is a member of staff (Protocol/merge.md §2).
struct WhoPage: Page {
    static let template = "who"

    let frame: Frame
    let action: String
    let returnAddress: String
    let people: [Choice]
    let newAddress: String
    let texts: Texts

    struct Choice: Sendable {
        let id: String
        let name: String
        let detail: String
        let isChosen: Bool
    }

    static let texts: [String: Title] = [
        "title": Title("我是谁", "Who am I"),
        "intro": Title(
            "保存时会记下是谁改的。选一次，这台电脑会记住。",
            "Every save notes who made it. Choose once; this computer remembers."),
        "save": Title("就是我", "That is me"),
        "nobody": Title("不记名", "Nobody in particular"),
        "empty": Title("还没有员工名单。", "There are no members of staff yet."),
        "new": Title("登记员工", "Register a member of staff"),
    ]

    private static let yearSeconds = 365 * 24 * 3600

    static func show(_ request: PageRequest) async throws -> Response {
        var query = RecordQuery(.staff)
        query.office = request.services.node.identity.space
        query.limit = 500
        let staff = try await request.services.store.list(query).records
            .filter { $0.value("active") != .integer(0) }
        let department = RecordType.staff.field(named: "department")
        let texts = Texts(texts, request.language)
        let returnAddress = Site.ownPath(request.query["return"])
        return .page(
            WhoPage(
                frame: try await request.frame(texts["title"], returnTo: returnAddress),
                action: Site.Pattern.who, returnAddress: returnAddress,
                people: staff.map { person in
                    Choice(
                        id: person.id.description, name: person.label(in: request.language),
                        detail: department.map {
                            $0.text(of: person.value($0.name), in: request.language)
                        } ?? "",
                        isChosen: person.id == request.actor)
                }.sorted { $0.name < $1.name },
                newAddress: Site.new(.staff), texts: texts))
    }

    static func choose(_ request: PageRequest) async throws -> Response {
        let chosen = request.form["person"] ?? ""
        guard chosen.isEmpty || RecordID(chosen) != nil else { throw PageProblem.notFound }
        return remember(
            PageRequest.staffCookie, chosen, then: Site.ownPath(request.form["return"]))
    }

    static func chooseLanguage(_ request: PageRequest) async throws -> Response {
        guard let language = request.form["language"].flatMap(Language.init) else {
            throw PageProblem.notFound
        }
        return remember(
            PageRequest.languageCookie, language.rawValue,
            then: Site.ownPath(request.form["return"]))
    }

    private static func remember(_ name: String, _ value: String, then address: String) -> Response
    {
        var response = Response.seeOther(address)
        response.setCookie(
            Cookie(
                name: name, value: value, maxAge: yearSeconds, path: "/", httpOnly: true,
                sameSite: .strict))
        return response
    }
}
