import Hummingbird
import Node
import Records
import Store
import SyncCore

/// Every record with a field that several people changed at the same time, by office and type.
struct ConflictsPage: Page {
    static let template = "conflicts"

    let frame: Frame
    let groups: [Group]
    let isEmpty: Bool
    let texts: Texts

    struct Group: Sendable {
        let title: String
        let rows: [Row]
        let moreAddress: String?
    }

    struct Row: Sendable {
        let label: String
        let address: String
        let fieldNames: String
        let office: String
    }

    static let texts: [String: Title] = [
        "title": Title("冲突", "Conflicts"),
        "intro": Title(
            "两边同时改了同一处的记录：核对之前先显示其中一个值，两个值都保存着。编号相同的记录也列在这里。",
            "Records of which both sides changed the same thing: until you decide, one value is shown and both are kept. Records that bear the same number stand here too."
        ),
        "empty": Title("没有冲突。", "There are no conflicts."),
        "record": Title("记录", "Record"),
        "fields": Title("字段", "Fields"),
        "office": Title("管理处", "Office"),
        "more": Title("全部", "All"),
    ]

    private static let shownPerType = 50

    static func show(_ request: PageRequest) async throws -> Response {
        let services = request.services
        let offices = try await Offices(services.store)
        var groups: [Group] = []
        for (type, count) in try await FrontPage.conflictsByType(services.store)
        where request.query["type"].map({ $0 == type.name }) ?? true {
            var query = RecordQuery(type)
            query.onlyConflicts = true
            query.limit = shownPerType
            let (records, more) = try await services.store.list(query)
            groups.append(
                Group(
                    title: request.text(
                        "\(type.title.zh)：\(count) 条", "\(type.title.en): \(count)"),
                    rows: records.map { record in
                        Row(
                            label: record.label(in: request.language),
                            address: Site.conflict(type, record.id),
                            fieldNames: record.conflicts.compactMap {
                                type.field(named: $0)?.title[request.language]
                            }.joined(separator: request.language == .zh ? "、" : ", "),
                            office: offices.name(record.homeOffice, request.language))
                    }.sorted { $0.office < $1.office },
                    moreAddress: more ? Site.list(type, [("conflicts", "1")]) : nil))
        }
        let texts = Texts(texts, request.language)
        return .page(
            ConflictsPage(
                frame: try await request.frame(texts["title"]), groups: groups,
                isEmpty: groups.isEmpty, texts: texts))
    }
}

/// The values of a record's conflicted fields side by side, with who, where and when, and a way to
/// decide each; and the other records that bear its number.
struct ConflictPage: Page {
    static let template = "conflict"

    let frame: Frame
    let action: String
    let recordAddress: String
    let recordLabel: String
    let version: String
    let fields: [Side]
    let sharedNumbers: [SharedNumber]
    let hasValues: Bool
    let isSettled: Bool
    let problem: String?
    let texts: Texts

    /// One field with the values that stand against each other.
    struct Side: Sendable {
        let name: String
        let title: String
        /// The writes that are shown, so that a decision about others is refused.
        let shownWrites: String
        let candidates: [Candidate]
        let canDecide: Bool
        let control: FormControl?
        let reason: String
    }

    struct Candidate: Sendable {
        let choice: String
        /// Not while its value is not here.
        let canChoose: Bool
        let text: String
        let who: String
        let when: String
        let stands: Bool
        let isChosen: Bool
    }

    static let texts: [String: Title] = [
        "intro": Title(
            "请选一个值，或填写另一个值，并写明原因。选定后两边都会收到。",
            "Keep one of the values or enter another, and say why. Both sides get the decision."),
        "stands": Title("现在显示的是它", "Shown for now"),
        "keep": Title("用这个", "Keep this"),
        "other": Title("用另一个值", "Another value"),
        "reason": Title("原因", "Reason"),
        "decide": Title("确定", "Decide"),
        "sharedCause": Title(
            "多半是同一份数据在两台机器上各用过一阵，或者导入的编号与已有的相同。",
            "Most often one office's data was at work on two machines for a while, or an imported number equals one that was here."
        ),
        "sharedAdvice": Title(
            "请按时间和客户分清各条。同一件事登记了两次的，请打开多出的那一条，把它删除；只剩一条时，冲突标记自动消失。",
            "Tell them apart by time and customer. If one matter was registered twice, open the superfluous record and delete it; once a single one is left, the mark goes away."
        ),
        "thisRecord": Title("这一条", "This one"),
        "settled": Title("这条记录现在没有冲突。", "This record has no conflict now."),
        "by": Title("谁", "By"),
        "at": Title("时间", "When"),
        "record": Title("看这条记录", "See the record"),
        "notHere": Title("这个字段由另一方决定。", "This field is the other side's to decide."),
        "required": Title("必填", "required"),
        "now": Title("现在的值：", "Present value: "),
        "conflicted": Title("", ""),
        "more": Title("再加一行", "One more row"),
    ]

    static func show(_ request: PageRequest) async throws -> Response {
        .page(try await ConflictPage(request, draft: Draft()))
    }

    /// What a person had chosen when a decision could not be saved.
    struct Draft {
        var field = ""
        var choice = ""
        var typed = TypedRecord()
        var problems: [FormReader.Problem] = []
        var reason = ""
        var sentence: String?
    }

    init(_ request: PageRequest, draft: Draft) async throws {
        let type = try request.type()
        let services = request.services
        guard let record = try await services.store.record(type, try request.id()) else {
            throw PageProblem.notFound
        }
        let conflicts = try await services.store.conflicts(type, record.id)
        let offices = try await Offices(services.store)
        let display = try await ValueDisplay(
            [], fields: [],
            extra: conflicts.flatMap { conflict in
                conflict.candidates.compactMap { one in one.value.map { (conflict.field, $0) } }
            }, request)
        let actors = try await services.store.labels(
            of: conflicts.flatMap(\.candidates).compactMap { one in
                one.author.actor.map { (RecordType.staff, $0) }
            })
        let language = request.language
        let words = SyncWords(language: language, now: services.now)
        let editable = EditableFields(record, services.role).fields.map(\.name)
        let controls = FormControls(
            language: language, typed: draft.typed, problems: draft.problems, others: [:],
            conflicts: [], series: nil, moreRows: [:])
        let label = record.label(in: language)

        frame = try await request.frame(
            request.text("核对 \(label)", "Decide \(label)"),
            returnTo: Site.conflict(type, record.id))
        action = Site.conflict(type, record.id)
        recordAddress = Site.record(type, record.id)
        recordLabel = label
        version = record.version.description
        sharedNumbers = try await SharedNumber.all(of: record, conflicts, request)
        fields = conflicts.filter { $0.kind == .values }.map { conflict in
            let isDrafted = draft.field == conflict.field.name
            let canDecide = editable.contains(conflict.field.name)
            return Side(
                name: conflict.field.name, title: conflict.field.title[language],
                shownWrites: Self.writes(conflict),
                candidates: conflict.candidates.enumerated().map { place, one in
                    let office = offices.name(
                        one.author.role == .headquarters ? nil : one.author.space, language)
                    let actor = one.author.actor.flatMap { actors[$0]?.label(in: language) }
                    return Candidate(
                        choice: String(place), canChoose: canDecide && one.value != nil,
                        text: one.value.map { value in
                            value == .empty
                                ? request.text("（空）", "(empty)")
                                : display.text(value, conflict.field)
                        } ?? MissingWords.notHere[language],
                        who: actor.map { request.text("\($0)，\(office)", "\($0), \(office)") }
                            ?? office,
                        when: words.minute(UInt64(max(0, one.author.wallClock))),
                        stands: one.isShown,
                        isChosen: isDrafted && draft.choice == String(place))
                },
                canDecide: canDecide,
                control: controls.control(conflict.field),
                reason: isDrafted ? draft.reason : "")
        }
        hasValues = !fields.isEmpty
        isSettled = conflicts.isEmpty
        problem = draft.sentence
        texts = Texts(Self.texts, language)
    }

    fileprivate static func writes(_ conflict: Conflict) -> String {
        conflict.candidates.map { "\($0.write.group).\($0.write.index)" }.sorted()
            .joined(separator: " ")
    }
}

extension ConflictPage {
    /// Decides one field: the value of a candidate, or another one.
    static func resolve(_ request: PageRequest) async throws -> Response {
        let type = try request.type()
        let id = try request.id()
        let services = request.services
        guard let name = request.form["field"], let field = type.field(named: name),
            let version = request.form["version"].flatMap({ RecordVersion($0) }),
            let record = try await services.store.record(type, id)
        else { throw PageProblem.notFound }
        var draft = Draft(field: name, choice: request.form["choice"] ?? "")
        draft.reason = (request.form["reason"] ?? "").trimmed
        draft.typed = TypedRecord(request.form, [field])
        let conflicts = try await services.store.conflicts(type, record.id)
            .filter { $0.field.name == name }
        let now = conflicts.first { $0.kind == .values }
        if now == nil, !conflicts.isEmpty {
            draft.sentence = request.text(
                "编号相同的记录都保留着，没有要选的值。登记了两次的，请删除多出的那一条。",
                "Records that bear the same number are all kept, and there is no value to choose. If one matter was registered twice, delete the superfluous record."
            )
            return .page(try await ConflictPage(request, draft: draft), status: .conflict)
        }
        guard let now, Self.writes(now) == request.form["shown"] else {
            draft.sentence = request.text(
                "别处刚刚又改了或已经核对过。请按现在的值重新核对。",
                "It was changed or decided elsewhere meanwhile. Decide again on what is there now.")
            return .page(
                try await ConflictPage(request, draft: draft), status: .conflict)
        }
        guard let value = try await value(of: &draft, now, record, request) else {
            return .page(
                try await ConflictPage(request, draft: draft), status: .unprocessableContent)
        }
        do {
            try await services.node.save(
                [
                    RecordEdit(
                        type, .change(record.id), contents: [field.number: .resolution(value)],
                        note: draft.reason.isEmpty ? nil : draft.reason, shown: .version(version))
                ], actor: try await request.savingActor(), checksVersions: true)
        } catch is ChangedMeanwhile {
            draft.sentence = request.text(
                "别处刚刚又改了。请按现在的值重新核对。",
                "It was changed elsewhere meanwhile. Decide again on what is there now.")
            return .page(try await ConflictPage(request, draft: draft), status: .conflict)
        }
        return .seeOther(Site.record(type, record.id, [("done", "resolved")]))
    }

    /// The chosen value; nil with the reason in the draft.
    private static func value(
        of draft: inout Draft, _ conflict: Conflict, _ record: StoredRecord, _ request: PageRequest
    ) async throws -> Value? {
        if let place = Int(draft.choice), conflict.candidates.indices.contains(place) {
            if let value = conflict.candidates[place].value { return value }
            draft.sentence = request.text(
                "这个值还没到本机，请等同步后再核对，或选另一个值。",
                "This value is not here yet. Decide after the next exchange, or choose another one."
            )
            return nil
        }
        guard draft.choice == "other" else {
            draft.sentence = request.text("请先选一个值。", "Choose one of the values first.")
            return nil
        }
        let office = record.homeOffice
        let reader = FormReader(finder: request.finder(office, known: [:]))
        let reading = try await reader.read(
            draft.typed, [conflict.field], record.type, present: record)
        guard reading.problems.isEmpty,
            case .value(let value)? = reading.contents[conflict.field.number]
        else {
            draft.problems = reading.problems
            draft.sentence = reading.problems.first?.sentence
            return nil
        }
        return value
    }
}
