/// Takes what a transfer brings, up to the limits, and passes on how far it has come.
final class Receiver {
    private let maximumBodyBytes: Int
    private let progress: (@Sendable (TransferProgress) -> Void)?
    private let isGivenUpNow: () -> Bool
    private var lastProgress: TransferProgress?
    private var headBytes = 0

    private(set) var body: [UInt8] = []

    /// The peer sent more than a limit allows, and the transfer was stopped for it.
    private(set) var isFull = false

    init(
        maximumBodyBytes: Int,
        progress: (@Sendable (TransferProgress) -> Void)?,
        isGivenUp: @escaping () -> Bool
    ) {
        self.maximumBodyBytes = maximumBodyBytes
        self.progress = progress
        isGivenUpNow = isGivenUp
    }

    var isGivenUp: Bool { isGivenUpNow() }

    /// Whether there was room for these bytes of the body.
    func takeBody(_ bytes: some Collection<UInt8>) -> Bool {
        guard bytes.count <= maximumBodyBytes - body.count else {
            isFull = true
            return false
        }
        body.append(contentsOf: bytes)
        return true
    }

    /// Whether there was room for another line of the head. Interim responses and trailers count,
    /// else a peer could send them for ever.
    func takeHead(byteCount: Int) -> Bool {
        headBytes += byteCount
        isFull = isFull || headBytes > HTTPClient.maximumHeadBytes
        return !isFull
    }

    /// The length of the body was announced, and it is over the limit.
    func refuseLength() {
        isFull = true
    }

    func report(_ current: TransferProgress) {
        guard let progress, current != lastProgress else { return }
        lastProgress = current
        progress(current)
    }
}
