extension HTTPClient {
    /// How a client treats every request: how long it waits, how much it takes, whom it trusts.
    ///
    /// There is no switch that turns the checks of certificate and host name off. Certificates made
    /// by the office itself are trusted through `certificateAuthorityFile`.
    public struct Configuration: Sendable, Equatable {
        /// A transfer ends as `too-slow` when it moves fewer than `bytesPerSecond`, both directions
        /// together, for as long as `period`. The time a server spends thinking counts, so `period`
        /// must be longer than that.
        public struct LowSpeed: Sendable, Equatable {
            public var bytesPerSecond: Int

            /// At least one second; a fraction is rounded up.
            public var period: Duration

            public init(bytesPerSecond: Int, period: Duration) {
                self.bytesPerSecond = bytesPerSecond
                self.period = period
            }
        }

        /// How long name look-up, connection and TLS handshake may take together.
        public var connectTimeout: Duration

        /// How long a transfer may take once it is its turn; nil for as long as it moves.
        public var totalTimeout: Duration?

        public var lowSpeed: LowSpeed

        /// The largest body of a response, in bytes, counted as they are given to the caller. A
        /// transfer coding that unpacks to more is stopped here; a content coding is not unpacked
        /// and has to be limited by whoever unpacks it.
        public var maximumResponseBytes: Int

        public var userAgent: String

        /// A file of PEM certificates. When it is given, only these are trusted; else the system's.
        public var certificateAuthorityFile: String?

        /// The keys a server may have, whatever its certificate says: one or more of `sha256//` and
        /// the base64 SHA-256 of the key (RFC 7469 section 2.4), joined with `;`. The second is for
        /// the key that will come next. They are asked for in addition to the certificate.
        public var pinnedPublicKey: String?

        /// Plain HTTP reaches loopback addresses and Unix sockets only, unless this is true.
        public var allowPlainHTTP: Bool

        public init(
            maximumResponseBytes: Int,
            userAgent: String,
            connectTimeout: Duration = .seconds(20),
            totalTimeout: Duration? = nil,
            lowSpeed: LowSpeed = LowSpeed(bytesPerSecond: 64, period: .seconds(60)),
            certificateAuthorityFile: String? = nil,
            pinnedPublicKey: String? = nil,
            allowPlainHTTP: Bool = false
        ) {
            self.maximumResponseBytes = maximumResponseBytes
            self.userAgent = userAgent
            self.connectTimeout = connectTimeout
            self.totalTimeout = totalTimeout
            self.lowSpeed = lowSpeed
            self.certificateAuthorityFile = certificateAuthorityFile
            self.pinnedPublicKey = pinnedPublicKey
            self.allowPlainHTTP = allowPlainHTTP
        }
    }

    /// The largest head of a response, in bytes, all its lines together. A fixed limit, because no
    /// peer of ours comes near it.
    static let maximumHeadBytes = 65_536
}
