/// Asks peers over HTTP, one request at a time, over connections that it keeps alive.
///
/// libcurl blocks, so each client has a thread of its own, which ends with the client. An exchange
/// every minute finds the connection of the last one still open. Proxies are taken from the
/// environment (`https_proxy`, `no_proxy`) as other programs do, never for loopback addresses and
/// Unix sockets.
///
/// A connection that the peer closed while it was idle is replaced, and the request sent again if
/// no byte of an answer had come: a request must bear repetition.
public final class HTTPClient: Sendable {
    private let configuration: Configuration
    let thread: TransferThread

    public init(_ configuration: Configuration) {
        precondition(
            configuration.maximumResponseBytes > 0,
            "maximumResponseBytes is \(configuration.maximumResponseBytes)")
        precondition(
            configuration.connectTimeout > .zero,
            "connectTimeout is \(configuration.connectTimeout)")
        self.configuration = configuration
        thread = TransferThread(configuration)
    }

    deinit {
        thread.close()
    }

    /// Sends the request in its turn and waits for the whole answer.
    ///
    /// `progress` is called on the client's thread, each time something has moved, and must return
    /// at once. Cancelling the task ends the transfer and closes its connection; the peer may have
    /// acted on the request all the same. Throws `cancelled` after `close()`.
    public func send(
        _ request: HTTPRequest,
        progress: (@Sendable (TransferProgress) -> Void)? = nil
    ) async throws(TransportError) -> HTTPResponse {
        let transfer = Transfer(try CheckedRequest(request, configuration), progress: progress)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                transfer.await(continuation)
                thread.add(transfer)
            }
        } onCancel: {
            transfer.giveUp()
        }
        return try result.get()
    }

    /// Cancels what is under way or waiting, closes the connections and waits for the thread's end.
    public func close() async {
        thread.close()
        await thread.ended()
    }
}
