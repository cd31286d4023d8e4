import HTTPTypes
import Hummingbird

/// Adds addresses with all they answer to at once, so that any other method gets 405 with the list
/// and not 404.
struct Routes {
    let router: Router<WebContext>

    typealias Handler = @Sendable (Request, WebContext) async throws -> Response

    /// - Parameter path: with `:name` for a part that varies.
    func resource(_ path: String, _ handlers: [HTTPRequest.Method: Handler]) {
        for (method, handler) in handlers {
            router.on(RouterPath(path), method: method, use: handler)
        }
        if let get = handlers[.get] {
            router.on(RouterPath(path), method: .head) { request, context in
                try await get(request, context).createHeadResponse()
            }
        }
        var allowed = Set(handlers.keys)
        if allowed.contains(.get) { allowed.insert(.head) }
        let list = allowed.map(\.rawValue).sorted().joined(separator: ", ")
        for method in Self.known where !allowed.contains(method) {
            router.on(RouterPath(path), method: method) { _, _ -> Response in
                throw APIProblem(
                    .methodNotAllowed, detail: "This address answers to \(list).",
                    headers: [.allow: list])
            }
        }
    }

    private static let known: [HTTPRequest.Method] = [
        .get, .head, .post, .put, .patch, .delete, .options,
    ]
}
