import HTTPTypes
import Hummingbird
import Logging
import Records
import Store

/// The pages of the node for people at a browser.
public enum Pages {
    /// Adds every page to the router.
    public static func add<Context: RequestContext>(
        to router: some RouterMethods<Context>, _ services: PageServices
    ) {
        let routes = PageRoutes<Context>(router: router, services: services)
        routes.get(Site.Pattern.front, FrontPage.show)
        routes.get(Site.Pattern.search, SearchPage.show)
        routes.get(Site.Pattern.list, ListPage.show)
        routes.get(Site.Pattern.new, FormPage.new)
        routes.post(Site.Pattern.new, FormPage.create)
        routes.get(Site.Pattern.record, RecordPage.show)
        routes.get(Site.Pattern.edit, FormPage.edit)
        routes.post(Site.Pattern.edit, FormPage.save)
        routes.get(Site.Pattern.delete, DeletionPage.show)
        routes.post(Site.Pattern.delete, DeletionPage.delete)
        routes.post(Site.Pattern.restore, DeletionPage.restore)
        routes.get(Site.Pattern.conflicts, ConflictsPage.show)
        routes.get(Site.Pattern.conflict, ConflictPage.show)
        routes.post(Site.Pattern.conflict, ConflictPage.resolve)
        routes.get(Site.Pattern.sync, SyncPage.show)
        routes.post(Site.Pattern.syncNow, SyncPage.now)
        routes.post(Site.Pattern.syncPause, SyncPage.pause)
        routes.post(Site.Pattern.syncResume, SyncPage.resume)
        routes.post(Site.Pattern.join, SyncPage.join)
        routes.post(Site.Pattern.invite, SyncPage.invite)
        routes.post(Site.Pattern.backup, SyncPage.backUp)
        routes.get(Site.Pattern.job, JobPage.show)
        routes.get(Site.Pattern.importing, ImportPage.show)
        routes.post(Site.Pattern.importing, ImportPage.begin)
        routes.post(Site.Pattern.undoImport, ImportPage.undo)
        routes.get(Site.Pattern.who, WhoPage.show)
        routes.post(Site.Pattern.who, WhoPage.choose)
        routes.post(Site.Pattern.language, WhoPage.chooseLanguage)
        routes.get(Site.Pattern.asset, AssetPage.show)
        routes.get(Site.Pattern.syncChip, AssetPage.syncChip)
        routes.get(Site.Pattern.anythingElse, ErrorPage.nowhere)
    }
}

/// Adds handlers with everything around them: reading the request, and a page for what goes wrong.
struct PageRoutes<Context: RequestContext> {
    typealias Handler = @Sendable (PageRequest) async throws -> Response

    let router: any RouterMethods<Context>
    let services: PageServices

    init(router: some RouterMethods<Context>, services: PageServices) {
        self.router = router
        self.services = services
    }

    func get(_ pattern: String, _ handler: @escaping Handler) { on(.get, pattern, handler) }

    func post(_ pattern: String, _ handler: @escaping Handler) { on(.post, pattern, handler) }

    private func on(
        _ method: HTTPRequest.Method, _ pattern: String, _ handler: @escaping Handler
    ) {
        let services = services
        router.on(RouterPath(pattern), method: method) { request, context -> Response in
            let visit: PageRequest
            do {
                visit = try await PageRequest(request, context.parameters, services)
            } catch PageProblem.badRequest(let sentence) {
                // The body could not be read; the page around the answer needs none.
                let plain = PageRequest(without: request, context.parameters, services)
                return try await ErrorPage.response(
                    .badRequest, plain, sentence: sentence, reference: nil)
            }
            do {
                return try await handler(visit)
            } catch PageProblem.notFound {
                return try await ErrorPage.response(.notFound, visit, reference: nil)
            } catch PageProblem.badRequest(let sentence) {
                return try await ErrorPage.response(
                    .badRequest, visit, sentence: sentence, reference: nil)
            } catch let error as StoreError where error.code == .recordNotFound {
                return try await ErrorPage.response(.notFound, visit, reference: nil)
            } catch let error as StoreError where error.code == .notAllowed {
                return try await ErrorPage.response(.forbidden, visit, reference: nil)
            } catch let error as StoreError where StorageWords.sentence(error.code) != nil {
                context.logger.warning("The disk refused.", metadata: ["error": "\(error)"])
                return try await ErrorPage.response(
                    StorageWords.status(error.code), visit,
                    sentence: StorageWords.sentence(error.code), reference: nil)
            } catch {
                // The page shows a number, the log says what it stands for.
                let reference = String(context.id.suffix(8))
                context.logger.error(
                    "A page failed.", metadata: ["error": "\(error)", "page": "\(pattern)"])
                return try await ErrorPage.response(
                    .internalServerError, visit, reference: reference)
            }
        }
    }
}

extension Response {
    /// A page; the headers all responses share are added by the server.
    static func page(_ page: some Page, status: HTTPResponse.Status = .ok) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = "text/html; charset=utf-8"
        let body = ByteBuffer(string: Templates.render(page))
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: body))
    }

    /// After a form: the browser fetches the next page, so that reloading it does not send the form
    /// again.
    static func seeOther(_ address: String) -> Response {
        .redirect(to: address, type: .normal)
    }
}
