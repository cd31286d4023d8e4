/// How far a transfer has come, for showing to a person. Counts bodies only, as sent over the line.
public struct TransferProgress: Sendable, Equatable {
    public var sentBytes: Int

    /// The length of the request's body; zero without one.
    public var sentBytesInAll: Int

    public var receivedBytes: Int

    /// The length of the response's body; nil as long as the peer has not told it.
    public var receivedBytesInAll: Int?

    public init(
        sentBytes: Int, sentBytesInAll: Int, receivedBytes: Int, receivedBytesInAll: Int?
    ) {
        self.sentBytes = sentBytes
        self.sentBytesInAll = sentBytesInAll
        self.receivedBytes = receivedBytes
        self.receivedBytesInAll = receivedBytesInAll
    }
}
