#if PLANTED
    import Glibc
#endif

/// Mistakes put into the engine on purpose, one at a time, to test the tests (reliability.md R22).
///
/// They exist only in builds with `PLANTED` defined (`make planted`), where the environment names
/// one: `GATEHOUSE_PLANT=name-every-live-write`. Every other build answers no.
public enum PlantedBug: String, CaseIterable, Sendable {
    // Saving.
    case nameEveryLiveWrite = "name-every-live-write"
    case settleOnlyWhatIsShown = "settle-only-what-is-shown"
    case forgetWhatTheFormShowed = "forget-what-the-form-showed"
    case removeUnseenElements = "remove-unseen-elements"
    case writePrivateFieldsShared = "write-private-fields-shared"
    case countNumbersFromOne = "count-numbers-from-one"
    case keepNumbersOfEarlierLives = "keep-numbers-of-earlier-lives"
    case trustTheWallClock = "trust-the-wall-clock"
    case keepLifeAfterRestore = "keep-life-after-restore"

    // Logging and projecting.
    case logWithoutPast = "log-without-past"
    case dropTheSecondBranch = "drop-the-second-branch"
    case acceptAnyAuthor = "accept-any-author"
    case acceptAnySpace = "accept-any-space"
    case acceptAnySeal = "accept-any-seal"
    case keepNamedWritesLive = "keep-named-writes-live"
    case showTheLastToArrive = "show-the-last-to-arrive"
    case forgetOneSideIsPreferred = "forget-one-side-is-preferred"
    case deleteForGood = "delete-for-good"
    case reviveDeleted = "revive-deleted"
    case admitEveryRole = "admit-every-role"
    case keepOldProjection = "keep-old-projection"

    // Exchanging.
    case digestOfEverything = "digest-of-everything"
    case compareBySeq = "compare-by-seq"
    case giveReceiptForMore = "give-receipt-for-more"
    case skipDoubtfulStreams = "skip-doubtful-streams"

    // Storage.
    case commitWithoutSync = "commit-without-sync"
    case goOnAfterFailedDisk = "go-on-after-failed-disk"
    case forgetWhatCounts = "forget-what-counts"

    /// Whether this one is in the program now.
    public var isPlanted: Bool {
        #if PLANTED
            Self.planted == self
        #else
            false
        #endif
    }

    #if PLANTED
        private static let planted: PlantedBug? = {
            guard let name = getenv("GATEHOUSE_PLANT") else { return nil }
            guard let bug = PlantedBug(rawValue: String(cString: name)) else {
                preconditionFailure("GATEHOUSE_PLANT names no planted bug")
            }
            return bug
        }()
    #endif
}
