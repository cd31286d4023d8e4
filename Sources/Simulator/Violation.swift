/// An invariant of reliability.md §4 that did not hold.
public struct Violation: Error, Sendable, CustomStringConvertible {
    /// `I1` to `I16`.
    public var invariant: String
    /// What was found, and where.
    public var finding: String

    /// The engine refused a file as damaged.
    public var isOfDamage = false

    init(_ invariant: String, _ finding: String, isOfDamage: Bool = false) {
        self.invariant = invariant
        self.finding = finding
        self.isOfDamage = isOfDamage
    }

    public var description: String { "\(invariant): \(finding)" }
}

/// Stops the schedule when an invariant does not hold.
func demand(
    _ holds: Bool, _ invariant: String, _ finding: @autoclosure () -> String
) throws {
    guard holds else { throw Violation(invariant, finding()) }
}
