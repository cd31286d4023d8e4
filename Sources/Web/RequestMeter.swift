import Hummingbird
import Synchronization

/// Counts requests and their time since the start of the node, for `/metrics`.
final class RequestMeter: Sendable {
    struct Reading {
        /// Requests by class of status: 2 for 200 to 299.
        var requests: [Int: Int] = [:]
        var total = Duration.zero
    }

    private let state = Mutex(Reading())

    func note(status: Int, took duration: Duration) {
        state.withLock { reading in
            reading.requests[status / 100, default: 0] += 1
            reading.total += duration
        }
    }

    var reading: Reading { state.withLock { $0 } }
}

/// Tells the meter about every request.
struct RequestMetering: RouterMiddleware {
    let meter: RequestMeter

    func handle(
        _ request: Request, context: WebContext,
        next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        let began = ContinuousClock.now
        let response = try await next(request, context)
        meter.note(status: response.status.code, took: ContinuousClock.now - began)
        return response
    }
}
