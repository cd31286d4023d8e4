/// What the bench tells the office in its own process to do; one line of JSON each.
enum OfficeCommand: Codable {
    case join(url: String, code: String)
    /// One exchange, to its end.
    case exchange(url: String)
    /// Exchanges with nothing to say, each beside a request for `/healthz` over the same client.
    case idle(url: String, count: Int)
    /// Saves the edits of a file, so many records in one transaction.
    case edit(file: String, perGroup: Int)
    case reproject
    case verify
    /// What the records of a file say, and what is in conflict about them.
    case read(file: String)
}

/// What came of it.
struct OfficeReply: Codable {
    /// Of each piece of work.
    var seconds: [Double] = []
    /// Of what was measured beside each.
    var floors: [Double] = []
    var rounds = 0
    var tickets: [TicketWord] = []
    /// Why it did not work.
    var failure: String?
}

/// What a node says about one ticket after conflicting edits.
struct TicketWord: Codable, Equatable {
    var remark: String?
    var assignee: String?
    /// All values that stand in conflict, sorted.
    var statuses: [String]
}
