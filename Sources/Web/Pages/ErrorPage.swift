import HTTPTypes
import Hummingbird
import Records

/// Says that a page cannot be shown, and what to do.
struct ErrorPage: Page {
    static let template = "error"

    let frame: Frame
    let sentence: String
    let nextStep: String
    /// What the log calls this failure; nil where there is nothing to look up.
    let reference: String?
    let texts: Texts

    static let texts: [String: Title] = [
        "reference": Title("查询号", "Reference number"),
        "home": Title("回首页", "To the front page"),
    ]

    private static let notFound = (
        Title("没有这个页面或记录", "There is no such page or record"),
        Title(
            "它可能还没有同步到这里，或者地址有误。请用上面的查找。",
            "It may not have arrived here yet, or the address is wrong. Use the search above.")
    )
    private static let forbidden = (
        Title("这个改动不能在这里做", "This change cannot be made here"),
        Title(
            "它由另一方填写，或来自别的网站。请从本站页面重新操作。",
            "It is the other side's to make, or it came from another site. Begin again from a page here."
        )
    )
    private static let badRequest = (
        Title("发来的内容看不懂", "What was sent cannot be read"),
        Title("请返回上一页，核对后重试。", "Go back, check the form and try again.")
    )
    private static let failed = (
        Title("本机出了问题，没有保存", "Something went wrong here; nothing was saved"),
        Title(
            "请再试一次；如果还不行，请把查询号告诉管理员。",
            "Try again; if it fails again, give the administrator the reference number.")
    )

    /// For addresses that no page and no program's route has. Programs get a problem, not a page.
    static func nowhere(_ request: PageRequest) async throws -> Response {
        guard !request.address.hasPrefix("/api/"), !request.address.hasPrefix("/sync/v1/") else {
            throw HTTPError(.notFound)
        }
        throw PageProblem.notFound
    }

    static func response(
        _ status: HTTPResponse.Status, _ request: PageRequest, sentence: Title? = nil,
        reference: String?
    ) async throws -> Response {
        let (title, step) =
            switch status {
            case .notFound: notFound
            case .forbidden: forbidden
            case .badRequest: badRequest
            default: failed
            }
        let page = ErrorPage(
            frame: try await request.frame(
                title[request.language], returnTo: Site.Pattern.front),
            sentence: title[request.language], nextStep: (sentence ?? step)[request.language],
            reference: reference, texts: Texts(texts, request.language))
        return .page(page, status: status)
    }
}
