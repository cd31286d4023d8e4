import Dispatch
import Foundation
import Synchronization

/// The thread on which a client's transfers run, one after the other in the order they came.
///
/// The thread keeps itself alive until `close()`; the client calls it in its `deinit`.
final class TransferThread: Sendable {
    private struct State {
        var waiting: [Transfer] = []
        var running: Transfer?
        var isClosed = false
        var isEnded = false
        var watchers: [CheckedContinuation<Void, Never>] = []
    }

    private let configuration: HTTPClient.Configuration
    private let state = Mutex(State())

    /// Raised once for each transfer added and once for closing.
    private let news = DispatchSemaphore(value: 0)

    init(_ configuration: HTTPClient.Configuration) {
        self.configuration = configuration
        let thread = Thread { [self] in
            run()
        }
        thread.name = "http-transfers"
        thread.start()
    }

    func add(_ transfer: Transfer) {
        let isClosed = state.withLock { state in
            if !state.isClosed {
                state.waiting.append(transfer)
            }
            return state.isClosed
        }
        if isClosed {
            transfer.giveUp()
        } else {
            news.signal()
        }
    }

    /// Gives up everything under way and lets the thread end. May be called more than once.
    func close() {
        let left = state.withLock { state in
            state.isClosed = true
            defer { state.waiting = [] }
            return state.waiting + [state.running].compactMap(\.self)
        }
        for transfer in left {
            transfer.giveUp()
        }
        news.signal()
    }

    /// Waits until the thread has freed its handle and connections.
    func ended() async {
        await withCheckedContinuation { watcher in
            let isEnded = state.withLock { state in
                if !state.isEnded {
                    state.watchers.append(watcher)
                }
                return state.isEnded
            }
            if isEnded {
                watcher.resume()
            }
        }
    }

    private func run() {
        blockBrokenPipeSignal()
        runTransfers()
        let watchers = state.withLock { state in
            state.isEnded = true
            return state.watchers
        }
        for watcher in watchers {
            watcher.resume()
        }
    }

    /// The handle lives in this function, so it is freed on this thread before `ended()` returns.
    private func runTransfers() {
        var handle: CurlHandle?
        while let transfer = next() {
            transfer.finish(outcome(of: transfer, with: &handle))
            state.withLock { $0.running = nil }
        }
    }

    /// Waits for the next transfer; nil when the client has closed.
    private func next() -> Transfer? {
        news.wait()
        return state.withLock { state in
            guard !state.isClosed else { return nil }
            state.running = state.waiting.removeFirst()
            return state.running
        }
    }

    private func outcome(of transfer: Transfer, with handle: inout CurlHandle?) -> Transfer.Outcome
    {
        let request = transfer.request
        let receiver = Receiver(
            maximumBodyBytes: configuration.maximumResponseBytes,
            progress: transfer.progress,
            isGivenUp: { transfer.isGivenUp })
        do throws(CurlFailure) {
            let curl = if let handle { handle } else { try CurlHandle() }
            handle = curl
            guard transfer.begin(interrupt: { curl.interrupt() }) else {
                return .failure(.cancelled(request.place))
            }
            return .success(try curl.perform(request, configuration, receiver))
        } catch {
            if receiver.isFull {
                return .failure(
                    .responseTooLarge(
                        request.place, configuration.maximumResponseBytes, after: error))
            }
            if transfer.isGivenUp {
                return .failure(.cancelled(request.place))
            }
            return .failure(TransportError(error, request.place, configuration))
        }
    }

    /// Under `CURLOPT_NOSIGNAL` libcurl leaves SIGPIPE to the program: where it or OpenSSL writes
    /// without asking the system not to raise it, a peer that hangs up would end the process.
    /// Blocked here, the write fails with an error instead, and other threads are not affected.
    private func blockBrokenPipeSignal() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        let result = pthread_sigmask(SIG_BLOCK, &signals, nil)
        precondition(result == 0, "pthread_sigmask failed with \(result)")
    }
}
