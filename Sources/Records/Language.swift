/// The languages people read: every title and every sentence exists in both.
public enum Language: String, Hashable, Sendable, CaseIterable {
    case zh
    case en
}
