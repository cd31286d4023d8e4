import HTTPTypes
import Hummingbird

/// Keeps foreign web sites away from the node while a browser on the same machine has both open.
///
/// A site can point its own name at 127.0.0.1 (DNS rebinding), so over TCP the `Host` must be a
/// loopback name. And it can make the browser send a form here, so what changes something must come
/// from the node's own pages, or from no browser.
struct RequestGuard: RouterMiddleware {
    func handle(
        _ request: Request, context: WebContext,
        next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        // With two, programs in a row may each believe another (RFC 9112 §3.2).
        guard request.headers[values: .host].isEmpty else {
            throw APIProblem(.badRequest, detail: "A request has one Host.")
        }
        if !context.isLocalSocket { try checkHost(request) }
        if !Self.safeMethods.contains(request.method) { try checkOrigin(request) }
        return try await next(request, context)
    }

    private static let safeMethods: Set<HTTPRequest.Method> = [.get, .head, .options]

    private func checkHost(_ request: Request) throws {
        guard let authority = request.head.authority,
            let (host, _) = HostAndPort.parts(of: authority), HostAndPort.isLoopback(host)
        else {
            throw APIProblem(
                .unknownHost, detail: "This node answers to localhost and 127.0.0.1 only.")
        }
    }

    private func checkOrigin(_ request: Request) throws {
        if let site = request.headers[.secFetchSite], site != "same-origin", site != "none" {
            throw Self.crossSite
        }
        if let origin = request.headers[.origin] {
            let own = request.head.authority.map { ["http://\($0)", "https://\($0)"] } ?? []
            guard own.contains(origin) else { throw Self.crossSite }
        }
    }

    private static let crossSite = APIProblem(
        .crossSite, detail: "A page of another site must not change anything here.")
}

extension HTTPField.Name {
    // The texts are tokens of RFC 9110, so none of these is nil.
    /// The first one is `HTTPRequest.authority`; here stand any others.
    static let host = HTTPField.Name("Host")!
    static let secFetchSite = HTTPField.Name("Sec-Fetch-Site")!
    static let frameOptions = HTTPField.Name("X-Frame-Options")!
    static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
    static let resourcePolicy = HTTPField.Name("Cross-Origin-Resource-Policy")!
    static let idempotencyKey = HTTPField.Name("Idempotency-Key")!
    static let actor = HTTPField.Name("Gatehouse-Actor")!
}

/// The headers every response carries.
struct ResponseHeaders: RouterMiddleware {
    func handle(
        _ request: Request, context: WebContext,
        next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        response.headers[.xContentTypeOptions] = "nosniff"
        response.headers[.contentSecurityPolicy] =
            "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        response.headers[.frameOptions] = "DENY"
        response.headers[.referrerPolicy] = "same-origin"
        response.headers[.resourcePolicy] = "same-origin"
        // Residents' data must not stay in a browser's cache; stylesheets may say otherwise for
        // themselves.
        if response.headers[.cacheControl] == nil {
            response.headers[.cacheControl] = "no-store"
        }
        return response
    }
}
