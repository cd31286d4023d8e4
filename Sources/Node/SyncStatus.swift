import Store
import SyncCore
import Wire

/// One vocabulary for page, command line, API, log and metrics (ux.md §5.3).
public enum SyncState: String, Sendable, CaseIterable {
    /// Headquarters' receipt covers the last local change.
    case delivered
    /// Changes newer than the receipt; the next try is known.
    case waiting
    /// An exchange is running.
    case syncing
    /// The last try failed on the network.
    case offline
    /// Headquarters refused something.
    case rejected
    /// Conflicts that this office may decide.
    case conflict
    /// By a person or a schedule.
    case paused
    /// Stopped until a person did something: not joined, no room on a disk, or the digests differ.
    case blocked
}

/// What the sync chip, `sync status` and `GET /sync` say. Times are milliseconds since 1970 UTC.
public struct SyncStatus: Sendable {
    public var state: SyncState
    /// Groups headquarters has not confirmed.
    public var waiting: Int
    public var oldestWaiting: UInt64?
    /// When headquarters last confirmed everything.
    public var lastDelivered: UInt64?
    public var lastAttempt: UInt64?
    public var nextAttempt: UInt64?
    /// While an exchange is running.
    public var progress: ExchangeProgress?
    /// Records with fields to decide.
    public var conflicts: Int
    public var pausedUntil: UInt64?
    public var pausedBy: String?
    /// Stable code of what went wrong last, if anything did.
    public var code: String?
    /// A sentence for people about it, naming the next step.
    public var message: String?
    /// Streams that a restored or cloned copy wrote on.
    public var forkedStreams: Int
    /// What is damaged or missing on this disk and being asked for again.
    public var damage: DamageSummary
}

/// When the periodic job runs.
public struct SyncSchedule: Sendable {
    /// Between two exchanges when nothing happens.
    public var interval: Duration
    /// Part of the interval that is drawn by chance, so that offices do not call at the same
    /// moment: 0 to 1.
    public var jitter: Double
    /// The longest wait after failures, which double it from two seconds on.
    public var longestBackOff: Duration
    /// How long local changes are gathered before an exchange is made for them.
    public var gathering: Duration

    public init(
        interval: Duration = .seconds(60), jitter: Double = 0.2,
        longestBackOff: Duration = .seconds(600), gathering: Duration = .milliseconds(300)
    ) {
        self.interval = interval
        self.jitter = jitter
        self.longestBackOff = longestBackOff
        self.gathering = gathering
    }

    /// The wait before the next try.
    ///
    /// - Parameters:
    ///   - failures: failed tries in a row.
    ///   - retryAfter: what the peer asked for, in seconds.
    ///   - chance: 0 to 1.
    public func wait(failures: Int, retryAfter: Int?, chance: Double) -> Duration {
        let base =
            failures == 0
            ? interval
            : min(longestBackOff, .seconds(2) * (1 << min(failures - 1, 16)))
        let drawn = base * (1 - jitter + jitter * chance)
        return max(drawn, .seconds(retryAfter ?? 0))
    }
}
