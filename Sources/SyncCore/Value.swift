/// What a write says: a text, a number, a reference to a record, or nothing.
///
/// The field's declaration gives it meaning (a date is a text, money is an integer in fen, a choice
/// is a text).
public enum Value: Hashable, Sendable {
    /// Clears a field; in a set, removes the elements the write names.
    case empty
    case text(String)
    case integer(Int64)
    case record(RecordID)
}
