/// The one seam through which a node reaches a peer: `Transport` is the real one, the simulator's
/// network the other.
public protocol PeerChannel: Sendable {
    /// Sends an encoded request and returns the encoded response.
    ///
    /// - Parameters:
    ///   - address: where at the peer, such as `/sync/v1/exchange`.
    ///   - credential: the bearer token; nil when joining.
    ///   - body: at most `Limits.maximumDecompressedBytes`.
    func send(_ body: [UInt8], to address: ExchangeAddress, credential: [UInt8]?)
        async throws(PeerFailure) -> [UInt8]
}

/// Where a peer answers (Protocol/exchange.md §1).
public enum ExchangeAddress: String, Sendable, CaseIterable {
    case join = "/sync/v1/join"
    case exchange = "/sync/v1/exchange"
}

/// Why a peer did not answer as hoped.
public enum PeerFailure: Error, Hashable, Sendable {
    /// The peer was not reached, or the line was cut. The code is the transport's; the sentence is
    /// for people.
    case notReached(code: String, message: String)
    /// The peer was reached and refused.
    case refused(Problem)
}
