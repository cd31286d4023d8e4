import Records

/// What is counted of one office, or of all together.
public struct OfficeFigures: Hashable, Sendable {
    public var households = 0
    public var people = 0
    /// In the order of the catalogue; combinations without a ticket are left out.
    public private(set) var tickets: [Tickets] = []
    /// Visits of the month that took place.
    public var visits = 0
    /// Records with fields that a person has to decide. Their figures count as unsettled.
    public var conflicts = 0

    /// Tickets of one kind and class.
    public struct Tickets: Hashable, Sendable {
        /// Code of the choice.
        public var kind: String
        /// Code of the choice; empty where none was noted.
        public var classCode: String
        public var open: Int
        public var closed: Int
    }

    public init() {}

    public var openTickets: Int { tickets.reduce(0) { $0 + $1.open } }
    public var closedTickets: Int { tickets.reduce(0) { $0 + $1.closed } }

    /// Adds tickets of one kind, class and status.
    mutating func add(_ count: Int, kind: String, classCode: String, status: String) {
        let isClosed = RecordType.endedTicketStatuses.contains(status)
        add(
            Tickets(
                kind: kind, classCode: classCode, open: isClosed ? 0 : count,
                closed: isClosed ? count : 0))
    }

    private mutating func add(_ more: Tickets) {
        let place = tickets.firstIndex { $0.kind == more.kind && $0.classCode == more.classCode }
        if let place {
            tickets[place].open += more.open
            tickets[place].closed += more.closed
        } else {
            tickets.append(more)
            tickets.sort { Self.order($0) < Self.order($1) }
        }
    }

    static func + (a: Self, b: Self) -> Self {
        var sum = a
        sum.households += b.households
        sum.people += b.people
        sum.visits += b.visits
        sum.conflicts += b.conflicts
        for tickets in b.tickets { sum.add(tickets) }
        return sum
    }

    /// Kinds and classes as they are declared; what this version does not know comes last.
    private static func order(_ tickets: Tickets) -> (Int, String, Int, String) {
        func place(_ code: String, in field: String) -> Int {
            guard case .choice(let choices)? = RecordType.ticket.field(named: field)?.kind else {
                return 0
            }
            return choices.firstIndex { $0.code == code } ?? choices.count
        }
        return (
            place(tickets.kind, in: "kind"), tickets.kind, place(tickets.classCode, in: "class"),
            tickets.classCode
        )
    }

    /// Names are part of the outward contract.
    public func json() -> JSONValue {
        let kinds = tickets.map { tickets in
            JSONValue.object([
                JSONValue.Member("kind", .string(tickets.kind)),
                JSONValue.Member(
                    "class", tickets.classCode.isEmpty ? .null : .string(tickets.classCode)),
                JSONValue.Member("open", .integer(tickets.open)),
                JSONValue.Member("closed", .integer(tickets.closed)),
            ])
        }
        return .object([
            JSONValue.Member("households", .integer(households)),
            JSONValue.Member("people", .integer(people)),
            JSONValue.Member(
                "tickets",
                .object([
                    JSONValue.Member("open", .integer(openTickets)),
                    JSONValue.Member("closed", .integer(closedTickets)),
                    JSONValue.Member("byKind", .array(kinds)),
                ])),
            JSONValue.Member("visits", .integer(visits)),
            JSONValue.Member("conflicts", .integer(conflicts)),
        ])
    }
}
