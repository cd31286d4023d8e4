/// Why there is no answer: a code for programs, a sentence for people, the cause underneath.
public struct TransportError: Error, Sendable, Equatable {
    /// Stable words; never reused.
    public enum Code: String, Sendable, CaseIterable {
        /// The name cannot be resolved, or there is no way to the address.
        case peerNotFound = "peer-not-found"
        /// Nothing listens there, or a proxy refuses to go there.
        case connectionRefused = "connection-refused"
        /// The connection broke before the answer was complete.
        case connectionLost = "connection-lost"
        /// A time limit of the configuration passed.
        case timedOut = "timed-out"
        /// The transfer fell below the lowest speed of the configuration.
        case tooSlow = "too-slow"
        /// No TLS session came about, for another reason than trust.
        case tlsFailed = "tls-failed"
        /// The peer's certificate or key is not the one expected.
        case tlsUntrusted = "tls-untrusted"
        /// What answered does not speak HTTP properly.
        case invalidResponse = "invalid-response"
        /// The answer exceeds a limit of ours.
        case responseTooLarge = "response-too-large"
        /// The task was cancelled or the client closed.
        case cancelled = "cancelled"
        /// The request or the configuration was refused before anything was sent.
        case invalidRequest = "invalid-request"
        /// A fault of this program or of libcurl.
        case `internal` = "internal"

        /// The peer was not reached, or not until the end, so trying again later can help.
        public var isNetwork: Bool {
            switch self {
            case .peerNotFound, .connectionRefused, .connectionLost, .timedOut, .tooSlow,
                .tlsFailed, .invalidResponse:
                true
            case .tlsUntrusted, .responseTooLarge, .cancelled, .invalidRequest, .internal:
                false
            }
        }
    }

    /// What libcurl said.
    public struct Cause: Sendable, Equatable {
        /// A `CURLcode`.
        public let curlCode: Int

        /// For logs. Names hosts and ports, never credentials.
        public let text: String
    }

    public let code: Code

    /// Names the peer and the next step.
    public let message: String

    public let cause: Cause?

    /// See `Code.isNetwork`.
    public var isNetwork: Bool { code.isNetwork }

    init(_ code: Code, _ message: String, cause: Cause? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }
}

extension TransportError: CustomStringConvertible {
    public var description: String {
        let reason = cause.map { " (curl \($0.curlCode): \($0.text))" } ?? ""
        return "\(code.rawValue): \(message)\(reason)"
    }
}
