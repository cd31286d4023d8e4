import Foundation
import Records
import Store
import SyncCore

/// A ticket's fields by their numbers.
typealias TicketContents = [UInt32: RecordEdit.Content]

/// One row of make_tickets.py.
struct BenchRow: Decodable, Sendable {
    var id: String
    var ticketNo: String
    var branchId: String
    var community: String
    var room: String
    var ownerName: String
    var phone: String
    var category: String
    var priority: Int64
    var status: String
    var title: String
    var description: String
    var assignee: String
    var source: String
    var costCents: Int64
    var rating: Int64?
    var remark: String
    var createdAt: Int64
    var updatedAt: Int64
    var dueAt: Int64

    /// Reads newline-separated JSON.
    static func read<Line: Decodable>(_ url: URL, as type: Line.Type = Line.self) throws -> [Line] {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try Data(contentsOf: url).split(separator: UInt8(ascii: "\n")).map {
            try decoder.decode(Line.self, from: $0)
        }
    }

    /// The row as a Ticket record, every column but the branch in a field of its own.
    func contents() -> TicketContents {
        var values: [String: Value] = [
            "no": .text(ticketNo), "place": .text("\(community)\(room)"),
            "caller_name": .text(ownerName), "caller_phone": .text(phone),
            "category": .text(category), "priority": .integer(priority),
            "status": .text(Self.statuses[status] ?? "open"), "title": .text(title),
            "content": .text(description), "handler_name": .text(assignee),
            "channel": .text(Self.channels[source] ?? "phone"), "amount": .integer(costCents),
            "kind": .text("repair"), "class": .text("ordinary"),
            "occurred_at": .text(Self.time(createdAt)),
            "finished_at": .text(Self.time(updatedAt)),
            "planned_date": .text(String(Self.time(dueAt).prefix(10))),
            "responsible_unit": .text(branchId),
        ]
        if let rating { values["rating"] = .integer(rating) }
        if !remark.isEmpty { values["remark"] = .text(remark) }
        return Self.contents(values)
    }

    static func contents(_ values: [String: Value]) -> TicketContents {
        values.reduce(into: [:]) { contents, entry in
            guard let field = RecordType.ticket.field(named: entry.key) else {
                preconditionFailure("tickets have no field \(entry.key)")
            }
            contents[field.number] = .value(entry.value)
        }
    }

    private static func time(_ milliseconds: Int64) -> String {
        LocalTime(milliseconds: milliseconds / 1_000 * 1_000).description
    }

    /// Each to another one: two values that differ in the generator's edits must differ here.
    static let statuses = [
        "待受理": "open", "已派单": "assigned", "处理中": "in_progress", "待回访": "replied",
        "已完成": "resolved", "已关闭": "closed", "已挂起": "under_review",
    ]

    private static let channels = [
        "电话": "phone", "前台": "visit", "业主小程序": "online", "巡查": "staff", "微信群": "wechat",
    ]
}

/// A line of w2-N.ndjson, w4a or w4b.
struct BenchEdit: Codable, Sendable {
    /// Of the generator's row, or of the record that was made of it.
    var id: String
    var status: String?
    var remark: String?
    var assignee: String?

    func contents() -> TicketContents {
        var values: [String: Value] = [:]
        if let status { values["status"] = .text(BenchRow.statuses[status] ?? "open") }
        if let remark { values["remark"] = .text(remark) }
        if let assignee { values["handler_name"] = .text(assignee) }
        return BenchRow.contents(values)
    }

    /// The same records once more, with other values than those of any turn before.
    func turned(_ turn: Int) -> BenchEdit {
        var edit = self
        let names = BenchRow.statuses.keys.sorted()
        if let status, let place = names.firstIndex(of: status) {
            edit.status = names[(place + turn) % names.count]
        }
        if let remark { edit.remark = "\(remark)（\(turn)）" }
        return edit
    }

    /// What the row says after the edit.
    func apply(to row: inout BenchRow) {
        if let status { row.status = status }
        if let remark { row.remark = remark }
        if let assignee { row.assignee = assignee }
    }
}
