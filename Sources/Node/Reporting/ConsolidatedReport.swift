import Records
import SyncCore

/// The figures of every office and of all together, each with the moment it is true for (domain.md
/// S78).
public struct ConsolidatedReport: Sendable {
    /// `2025-05`: the month whose visits are counted.
    public let month: String
    /// When the report was made, in milliseconds since 1970 UTC.
    public let madeAt: UInt64
    /// How old the data of an office may be to count as up to date.
    public let staleAfter: Duration
    /// By code.
    public let offices: [Office]

    /// One office's part.
    public struct Office: Sendable {
        public let space: SpaceID
        public let code: String
        public let name: String
        public let figures: OfficeFigures
        /// The last moment at which this node held all that the office had, by this node's clock in
        /// milliseconds since 1970 UTC; nil while that was never so. At the office itself it is
        /// now.
        public let asOf: UInt64?
        /// When a node of the office was last heard of; nil at the office itself and before the
        /// first contact.
        public let lastContact: UInt64?
        public let isUpToDate: Bool
    }

    /// The sum over all offices, also those that are not up to date.
    public var total: OfficeFigures { offices.reduce(OfficeFigures()) { $0 + $1.figures } }

    /// Codes of the offices whose newest work may be missing in the total.
    public var notUpToDate: [String] { offices.filter { !$0.isUpToDate }.map(\.code) }

    /// Names are part of the outward contract. Times are office time (RFC 3339).
    public func json() -> JSONValue {
        .object([
            JSONValue.Member("month", .string(month)),
            JSONValue.Member("madeAt", Self.time(madeAt)),
            JSONValue.Member("staleAfterHours", .integer(staleAfter.components.seconds / 3_600)),
            JSONValue.Member("offices", .array(offices.map(\.json))),
            JSONValue.Member(
                "total",
                .object([
                    JSONValue.Member("figures", total.json()),
                    JSONValue.Member("notUpToDate", .array(notUpToDate.map(JSONValue.string))),
                ])),
        ])
    }

    fileprivate static func time(_ milliseconds: UInt64?) -> JSONValue {
        guard let milliseconds else { return .null }
        return .string(LocalTime(milliseconds: Int64(clamping: milliseconds)).description)
    }
}

extension ConsolidatedReport.Office {
    fileprivate var json: JSONValue {
        .object([
            JSONValue.Member("code", .string(code)),
            JSONValue.Member("name", .string(name)),
            JSONValue.Member("space", .string(space.description)),
            JSONValue.Member("asOf", ConsolidatedReport.time(asOf)),
            JSONValue.Member("isUpToDate", .bool(isUpToDate)),
            JSONValue.Member("lastContact", ConsolidatedReport.time(lastContact)),
            JSONValue.Member("figures", figures.json()),
        ])
    }
}
