/// What one message, group or value may hold. The same table stands in Protocol/exchange.md §7; a
/// test compares them.
///
/// A local save that would exceed one is refused at once, so that no peer ever has to refuse it.
public enum Limits {
    public static let maximumBodyBytes = 8_388_608
    public static let maximumDecompressedBytes = 33_554_432
    public static let maximumDecompressedRatio = 100
    public static let maximumJoinBytes = 4_096
    public static let pageTargetBytes = 1_048_576
    public static let maximumPageTargetBytes = 4_194_304
    public static let maximumGroupBytes = 1_048_576
    public static let maximumGroupsPerPage = 10_000
    public static let maximumChangesPerGroup = 1_000
    public static let maximumWritesPerChange = 256
    public static let maximumNamedPerChange = 10_000
    public static let maximumReferencedPerGroup = 10_000
    public static let maximumSeenPerGroup = 1_024
    public static let maximumValueBytes = 65_536
    public static let maximumTipsPerSpace = 1_024
    public static let maximumTipsPerKey = 768
    public static let maximumPastPerSpace = 1_024
    public static let maximumWantPerSpace = 256
    public static let maximumSpacesPerExchange = 64
    public static let maximumFieldNumber = 65_535

    /// Every limit with its name, in the order of the table.
    public static let all: [(name: String, value: Int)] = [
        ("maximumBodyBytes", maximumBodyBytes),
        ("maximumDecompressedBytes", maximumDecompressedBytes),
        ("maximumDecompressedRatio", maximumDecompressedRatio),
        ("maximumJoinBytes", maximumJoinBytes),
        ("pageTargetBytes", pageTargetBytes),
        ("maximumPageTargetBytes", maximumPageTargetBytes),
        ("maximumGroupBytes", maximumGroupBytes),
        ("maximumGroupsPerPage", maximumGroupsPerPage),
        ("maximumChangesPerGroup", maximumChangesPerGroup),
        ("maximumWritesPerChange", maximumWritesPerChange),
        ("maximumNamedPerChange", maximumNamedPerChange),
        ("maximumReferencedPerGroup", maximumReferencedPerGroup),
        ("maximumSeenPerGroup", maximumSeenPerGroup),
        ("maximumValueBytes", maximumValueBytes),
        ("maximumTipsPerSpace", maximumTipsPerSpace),
        ("maximumTipsPerKey", maximumTipsPerKey),
        ("maximumPastPerSpace", maximumPastPerSpace),
        ("maximumWantPerSpace", maximumWantPerSpace),
        ("maximumSpacesPerExchange", maximumSpacesPerExchange),
        ("maximumFieldNumber", maximumFieldNumber),
    ]
}
