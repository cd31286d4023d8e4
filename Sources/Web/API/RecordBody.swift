import Records
import Store
import SyncCore

/// What a program wants a record to say, read from a JSON body and judged as a whole.
struct RecordBody {
    /// By field number, for the store.
    let contents: [UInt32: RecordEdit.Content]
    /// The member `_note`: why; kept in the history.
    let note: String?
    /// The member `_office`, or `office` where the type has no such field.
    let office: String?
    /// The fields as they were sent, for the answer to a save that came too late.
    let sent: [JSONValue.Member]

    /// Many more than any type has fields; a body of unknown names would be answered with a
    /// sentence for each.
    private static let maximumMembers = Limits.maximumWritesPerChange

    /// - Throws: `validation-failed` with everything that is wrong.
    init(
        _ body: JSONBody, _ type: RecordType, creating: Bool, _ language: Language
    ) throws {
        guard body.members.count <= Self.maximumMembers else {
            throw APIProblem(
                .badRequest,
                detail: "A record has at most \(Self.maximumMembers) members. Send fewer.")
        }
        var contents: [UInt32: RecordEdit.Content] = [:]
        var values: [String: Value] = [:]
        var elements: [String: [Value]] = [:]
        var problems: [FieldProblem] = []
        var sent: [JSONValue.Member] = []
        let officeName = type.field(named: "office") == nil ? "office" : "_office"
        for member in body.members
        where
            !(member.name == "_note" || creating && ["_office", officeName].contains(member.name))
        {
            sent.append(member)
            guard let field = type.field(named: member.name) else {
                values[member.name] = .empty
                continue
            }
            do {
                if field.isSet {
                    let found = try field.elements(fromJSON: member.value)
                    elements[field.name] = found
                    contents[field.number] = .elements(found)
                } else {
                    let value = try field.value(fromJSON: member.value)
                    values[field.name] = value
                    contents[field.number] = .value(value)
                }
            } catch {
                problems.append(error)
            }
        }
        // A value that could not be read is not also missing.
        let unread = Set(problems.map { $0.field.prefix { $0 != "." } })
        problems += type.problems(in: values, elements: elements, creating: creating).filter {
            !unread.contains($0.field.prefix { $0 != "." })
        }
        if !problems.isEmpty { throw APIProblem(invalid: problems, language) }
        self.contents = contents
        self.sent = sent
        note = try body.text("_note")
        office = creating ? try body.text("_office") ?? body.text(officeName) : nil
    }
}
