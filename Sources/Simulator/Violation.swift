/// An invariant of reliability.md §4 that did not hold.
public struct Violation: Error, Sendable, CustomStringConvertible {
    /// `I1` to `I16`.
    public var invariant: String
    /// What was found, and where.
    public var finding: String

    init(_ invariant: String, _ finding: String) {
        self.invariant = invariant
        self.finding = finding
    }

    public var description: String { "\(invariant): \(finding)" }
}

/// Stops the schedule when an invariant does not hold.
func demand(
    _ holds: Bool, _ invariant: String, _ finding: @autoclosure () -> String
) throws {
    guard holds else { throw Violation(invariant, finding()) }
}
