import Records
import SyncCore

extension Register {
    /// The list of repairs, complaints, enquiries and suggestions: a row for each, known by its
    /// number.
    ///
    /// A row is the ticket, the contact by which it came in, and the event of its completion. What
    /// was said stands in the ticket only, whose content is shielded; the contact's subject is the
    /// kind.
    static let tickets = Register(
        "tickets", Title("服务登记表", "Ticket register"), columns: ticketColumns,
        needs: [["no"], ["occurred_at"], ["kind"], ["content"], ["status"]]
    ) { row in
        let number = row.value("no").map(\.text) ?? ""
        let kind = row.value("kind") ?? .empty
        let place = row.place()
        let caller = row.value("caller_name")
        var ticket = RegisterEntry(.ticket, key: ["ticket", number], recognition: .number(number))
        ticket.says("no", number)
        ticket.says("kind", .value(kind))
        ticket.says(place)
        if row.has("caller_name") { ticket.says("caller_name", .value(caller ?? .empty)) }
        if let person = place?.person(named: caller, row.directory) {
            ticket.says("person", person)
        }
        let status = row.status(of: kind.text)
        ticket.says("status", status.map { .value($0) })
        row.fill(&ticket)
        var entries = [ticket]
        if let contact = contact(of: ticket, number: number, in: &row) {
            entries[0].says("contacts", .entry(contact.key))
            entries.append(contact)
        }
        if let event = completion(of: ticket, number: number) { entries.append(event) }
        return entries
    }

    /// The way the matter reached the office. It has the number of the register's line, which is
    /// the one on paper.
    private static func contact(
        of ticket: RegisterEntry, number: String, in row: inout RegisterRow
    ) -> RegisterEntry? {
        guard case .value(.text)? = ticket.said["channel"],
            case .value(.text(let kind))? = ticket.said["kind"]
        else { return nil }
        var contact = RegisterEntry(
            .contact, key: ["contact", number], recognition: .number(number))
        contact.says("no", number)
        for field in [
            "channel", "occurred_at", "caller_name", "caller_phone", "place", "household", "person",
        ] {
            contact.says(field, ticket.said[field])
        }
        let word = RecordType.ticket.field(named: "kind")?.text(of: .text(kind), in: .zh) ?? kind
        contact.says("kind", word)
        contact.says("subject", word)
        contact.says("status", "linked")
        return contact
    }

    private static func completion(of ticket: RegisterEntry, number: String) -> RegisterEntry? {
        guard case .value(.text(let finished))? = ticket.said["finished_at"],
            case .value(.text(let status))? = ticket.said["status"],
            RecordType.endedTicketStatuses.contains(status)
        else { return nil }
        var event = RegisterEntry(
            .event, key: ["event", number, "completion"],
            recognition: .same(["ticket", "type", "to", "occurred_at"]))
        event.says("ticket", .entry(ticket.key))
        event.says("type", "status")
        event.says("to", status)
        event.says("occurred_at", finished)
        event.says("actor_name", ticket.said["handler_name"])
        return event
    }

    private static let ticketColumns: [RegisterColumn] = {
        let own = [
            RegisterColumn(
                .ticket, "no", ["单号", "工单号", "序号"], missing: .required, isDirect: false),
            RegisterColumn(.ticket, "occurred_at", ["报修时间", "登记时间", "时间"]),
            roomColumn, Register.estateColumn,
            RegisterColumn(.ticket, "caller_name", ["姓名", "业主姓名", "联系人"], isDirect: false),
            RegisterColumn(.ticket, "caller_phone", ["电话", "手机"]),
            RegisterColumn(.ticket, "channel", ["来源", "方式"]),
            RegisterColumn(.ticket, "kind", ["类型"], isDirect: false),
            RegisterColumn(.ticket, "class"),
            RegisterColumn(.ticket, "content", ["事项", "详情"]),
            RegisterColumn(.ticket, "status", isDirect: false),
            RegisterColumn(.ticket, "handler_name", ["处理人", "经办人"]),
            RegisterColumn(.ticket, "finished_at", ["办结时间"]),
        ]
        return own + RegisterColumn.plain(.ticket, except: own)
    }()

    /// A room, or in a register of services any place of the grounds.
    static let roomColumn = RegisterColumn(
        "room", Title("房号", "Room"), ["楼栋房号", "房间号", "户", "住址", "地点", "place"])
}

extension RegisterRow {
    /// Where something took place, and whose room it is when it is one.
    struct Place {
        var text: String
        /// The room's key; nil for a place that is no room.
        var room: String?
        var household: RecordID?

        /// A person of that name in the household; nil when the place is no room or nobody is
        /// named.
        func person(named name: Value?, _ directory: OfficeDirectory) -> RegisterEntry.Said? {
            guard let room, let name, case .text(let text) = name else { return nil }
            let person = household.flatMap { directory.person(named: text, in: $0) }
            return .found("\(room)/\(text)", person)
        }
    }

    /// Nil when the cell is empty, or names an unknown estate, which is noted.
    mutating func place() -> Place? {
        var estate: RecordID?
        if !text("estate").isEmpty {
            guard let named = self.estate() else { return nil }
            estate = named.id
        }
        let text = text("room")
        guard !text.isEmpty else { return nil }
        guard let address = RoomAddress(text) else {
            guard let field = RecordType.ticket.field(named: "place"),
                case .text(let spoken)? = value("room", as: field)
            else { return nil }
            return Place(text: spoken, room: nil, household: nil)
        }
        return Place(
            text: address.text, room: address.key,
            household: directory.household(
                room: address.key, in: estate ?? directory.onlyEstate?.id))
    }

    /// The words of the register, then those of the field itself. A matter that nobody has begun is
    /// `registered` when it is a complaint (domain.md SM4) and `open` otherwise (SM3).
    fileprivate mutating func status(of kind: String) -> Value? {
        switch text("status").filter({ !$0.isWhitespace }) {
        case "已完成": .text("closed")
        case "待派": .text(kind == "complaint" ? "registered" : "open")
        default: value("status")
        }
    }
}

extension RegisterEntry {
    /// The place as text, and the household by its room.
    mutating func says(_ place: RegisterRow.Place?) {
        guard let place else { return }
        says("place", place.text)
        if let room = place.room { says("household", .found(room, place.household)) }
    }
}
