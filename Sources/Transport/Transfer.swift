import Synchronization

/// A request on its way: who waits for it, and whether they still do.
///
/// A caller who gives up before its turn is answered at once, however long the request before it
/// takes. One who gives up in the middle is answered when the connection is closed.
final class Transfer: Sendable {
    typealias Outcome = Result<HTTPResponse, TransportError>

    private struct State {
        var waiter: CheckedContinuation<Outcome, Never>?
        var isGivenUp = false
        var interrupt: (@Sendable () -> Void)?
    }

    let request: CheckedRequest
    let progress: (@Sendable (TransferProgress) -> Void)?
    private let state = Mutex(State())

    init(_ request: CheckedRequest, progress: (@Sendable (TransferProgress) -> Void)?) {
        self.request = request
        self.progress = progress
    }

    var isGivenUp: Bool {
        state.withLock { $0.isGivenUp }
    }

    /// Says who gets the outcome.
    func await(_ waiter: CheckedContinuation<Outcome, Never>) {
        let isGivenUp = state.withLock { state in
            state.waiter = waiter
            return state.isGivenUp
        }
        if isGivenUp {
            finish(.failure(.cancelled(request.place)))
        }
    }

    /// Begins the transfer, unless its caller has given up. `interrupt` wakes the thread that waits
    /// for the peer; it is called under a lock and must not block.
    func begin(interrupt: @escaping @Sendable () -> Void) -> Bool {
        state.withLock { state in
            guard !state.isGivenUp else { return false }
            state.interrupt = interrupt
            return true
        }
    }

    func giveUp() {
        let isWaiting = state.withLock { state in
            state.isGivenUp = true
            // Called under the lock so that `finish` cannot let go of the handle in the meantime.
            state.interrupt?()
            return state.interrupt == nil
        }
        if isWaiting {
            finish(.failure(.cancelled(request.place)))
        }
    }

    /// Gives the outcome to the caller, once; later outcomes have nobody to go to.
    func finish(_ outcome: Outcome) {
        let waiter = state.withLock { state in
            state.interrupt = nil
            return state.waiter.take()
        }
        waiter?.resume(returning: outcome)
    }
}
