import Records

/// Registers from spreadsheets.
enum ImportPage {
    /// The reason of a rejected row in words.
    static func sentence(_ reason: String, _ language: Language) -> String { reason }
}
