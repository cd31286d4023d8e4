extension RecordType {
    /// The states in which a ticket asks nothing more of anybody (domain.md §2.2, SM3 and SM4):
    /// closed, or at an end without result. `resolved` is not among them: the follow-up is still
    /// owed (S28).
    ///
    /// Figures of open and closed tickets come from this list alone.
    public static let endedTicketStatuses: Set<String> = [
        "closed", "withdrawn", "cancelled", "merged",
    ]
}
