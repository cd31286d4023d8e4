import Records
import SyncCore

extension Register {
    /// Visits the office paid: a row for each, known by time, place and person visited. Two rows of
    /// one visit add their topics together.
    static let visits = Register(
        "visits", Title("访问登记表", "Visit register"), columns: visitColumns,
        needs: [["started_at"], ["room"], ["mode"]]
    ) { row in
        let started = row.value("started_at")
        let place = row.place()
        if place == nil && row.text("room").isEmpty { row.reject("room", .missingRoom) }
        let person = row.value("person_name")
        let key = [place?.text ?? "", started?.text ?? "", person?.text ?? ""]
        var visit = RegisterEntry(
            .visit, key: ["visit"] + key,
            recognition: .same(["place", "started_at", "person_name"]))
        visit.says("started_at", started.map { .value($0) })
        visit.says(place)
        if row.has("person_name") { visit.says("person_name", .value(person ?? .empty)) }
        if let found = place?.person(named: person, row.directory) { visit.says("person", found) }
        // Who keeps such a register enters a visit when it is over.
        if !row.has("status") { visit.says("status", "completed") }
        row.fill(&visit)
        if let (field, topics) = row.topics() { visit.says(field, topics) }
        return [visit]
    }

    private static let visitColumns: [RegisterColumn] = {
        let own = [
            RegisterColumn(
                .visit, "started_at", ["时间", "走访时间"], missing: .required, isDirect: false),
            Register.roomColumn, Register.estateColumn,
            RegisterColumn(.visit, "person_name", ["姓名", "业主姓名"], isDirect: false),
            RegisterColumn(.visit, "mode", ["访问方式"]),
            RegisterColumn(.visit, "visitor_names", ["走访人"]),
            RegisterColumn(.visit, "topics", isDirect: false),
            RegisterColumn(.visit, "content", isDirect: false),
            RegisterColumn(.visit, "satisfaction", ["满意度"]),
            RegisterColumn(.visit, "suggestion", ["意见", "建议"]),
            RegisterColumn(.visit, "signature"),
        ]
        return own + RegisterColumn.plain(.visit, except: own)
    }()
}

extension RegisterRow {
    /// The content as topics where every word of it is one, else as text.
    fileprivate mutating func topics() -> (field: String, said: RegisterEntry.Said)? {
        guard has("content") else {
            return said("topics").map { ("topics", $0) }
        }
        guard let field = RecordType.visit.field(named: "topics") else { return nil }
        let text = text("content")
        let words = text.split { "、，,；;\n".contains($0) }.map { $0.filter { !$0.isWhitespace } }
        let topics = words.compactMap { try? field.value(fromText: $0) }
        if topics.count == words.count && !text.hasPrefix("{") {
            return ("topics", .elements(topics))
        }
        // No topic by that name is no fault: it is an account in words.
        return said("content").map { ("content", $0) }
    }
}
