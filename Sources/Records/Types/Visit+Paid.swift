extension RecordType {
    /// The states of a visit that took place (domain.md SM6); figures of visits count these.
    public static let paidVisitStatuses: Set<String> = ["completed", "reviewed"]
}
