/// Every record type of the program, in the order pages show them.
public enum Catalogue {
    /// Raised when a type or a field is added, so that older logs are projected again (design.md
    /// §3.9).
    public static let schema: UInt32 = 1

    public static let types: [RecordType] = [
        .contact, .ticket, .workOrder, .followUp, .visit, .event,
        .household, .person, .occupancy,
        .office, .estate, .staff, .rainMark,
        .policy, .dayMark, .node,
    ]

    private static let byNumber = Dictionary(uniqueKeysWithValues: types.map { ($0.number, $0) })
    private static let byName = Dictionary(uniqueKeysWithValues: types.map { ($0.name, $0) })

    public static func type(number: UInt32) -> RecordType? { byNumber[number] }

    public static func type(named name: String) -> RecordType? { byName[name] }
}
