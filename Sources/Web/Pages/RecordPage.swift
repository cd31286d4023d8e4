import Hummingbird
import Records
import Store
import SyncCore

/// One record: its fields, what refers to it, and its history.
struct RecordPage: Page {
    static let template = "record"

    let frame: Frame
    let typeTitle: String
    let listAddress: String
    let office: String?
    let main: [FieldRow]
    let rest: [FieldRow]
    let hasRest: Bool
    let unfilled: [String]
    let hasUnfilled: Bool
    let version: String
    let editAddress: String?
    let deleteAddress: String?
    let restoreAddress: String?
    let isDisputed: Bool
    let isHidden: Bool
    let conflictAddress: String?
    let conflictSentences: [String]
    let conflictLink: String
    let aliasNote: String?
    let referring: [Referring]
    let hasReferring: Bool
    let history: [HistoryItem]
    let wholeHistoryAddress: String?
    let texts: Texts

    struct FieldRow: Sendable {
        let title: String
        let lines: [ValueDisplay.Line]
        let privacyNote: String?
        let isConflicted: Bool
    }

    static let texts: [String: Title] = [
        "edit": Title("修改", "Edit"),
        "delete": Title("删除", "Delete"),
        "restore": Title("恢复这条记录", "Restore this record"),
        "main": Title("概要", "Summary"),
        "rest": Title("详情", "Details"),
        "unfilled": Title("没有填的字段", "Fields without a value"),
        "conflict": Title(
            "有冲突：两边改了同一处。下面先显示其中一个值。",
            "Conflict: both sides changed the same thing. One of the values is shown for now."),
        "sharedNumber": Title(
            "编号冲突：别的记录也是这个编号。都保留着。",
            "Conflict: another record bears the same number. Both are kept."),
        "decide": Title("去核对", "Decide"),
        "compare": Title("看是哪一条", "See which"),
        "disputed": Title(
            "这条记录一边删除、一边修改，所以仍然显示。",
            "This record was deleted on one side and changed on the other, so it still shows."),
        "hidden": Title("这条记录已删除。", "This record is deleted."),
        "conflictMark": Title("冲突", "Conflict"),
        "referring": Title("提到它的记录", "Records that refer to it"),
        "all": Title("全部", "All"),
        "new": Title("新登记", "New"),
        "none": Title("没有", "None"),
        "history": Title("历史", "History"),
        "historyCaption": Title("谁在什么时候改了什么，新的在前", "Who changed what and when, newest first"),
        "when": Title("时间", "When"),
        "who": Title("谁", "Who"),
        "what": Title("改动", "Changes"),
        "note": Title("说明", "Note"),
        "wholeHistory": Title("全部历史", "The whole history"),
        "version": Title("版本", "Version"),
        "field": Title("字段", "Field"),
        "value": Title("内容", "Value"),
        "office": Title("管理处", "Office"),
        "from": Title("原为", "was"),
        "list": Title("回列表", "Back to the list"),
    ]

    static func show(_ request: PageRequest) async throws -> Response {
        let type = try request.type()
        guard let record = try await request.services.store.record(type, try request.id()) else {
            throw PageProblem.notFound
        }
        return .page(try await RecordPage(request, record))
    }

    init(_ request: PageRequest, _ record: StoredRecord) async throws {
        let type = record.type
        let services = request.services
        let language = request.language
        let texts = Texts(Self.texts, language)
        let offices = try await Offices(services.store)
        let visible = type.fields.filter { type.isVisible($0, to: services.role) }
        let display = try await ValueDisplay([record], fields: visible, request)
        func isFilled(_ field: Field) -> Bool {
            !record.values(of: field).isEmpty || record.missing.contains(field.name)
        }
        let filled = visible.filter(isFilled)
        let sections = RecordSections(type, filled)
        func row(_ field: Field) -> FieldRow {
            FieldRow(
                title: field.title[language], lines: display.lines(record, field),
                privacyNote: field.privacy.note(in: language),
                isConflicted: record.conflicts.contains(field.name))
        }
        let isHidden = record.state == .hidden
        let unfilled = visible.filter { !isFilled($0) }.map { $0.title[language] }
        let label = record.label(in: language)
        let history = try await RecordHistory(record, request, offices)

        self.texts = texts
        frame = try await request.frame(label, notice: Self.notice(request))
        typeTitle = type.title[language]
        listAddress = Site.list(type)
        office =
            services.isHeadquarters && type.home != .company
            ? offices.name(record.homeOffice, language) : nil
        main = sections.main.map(row)
        rest = sections.rest.map(row)
        hasRest = !sections.rest.isEmpty
        self.unfilled = unfilled
        hasUnfilled = !unfilled.isEmpty
        version = record.version.description
        let canEdit = !isHidden && !EditableFields(record, services.role).fields.isEmpty
        editAddress = canEdit ? Site.edit(type, record.id) : nil
        deleteAddress = isHidden ? nil : Site.delete(type, record.id)
        restoreAddress =
            record.state == .shown ? nil : Site.restore(type, record.id)
        isDisputed = record.state == .disputed
        self.isHidden = isHidden
        let kinds = try await services.store.conflicts(type, record.id).map(\.kind)
        let hasValues = kinds.contains(.values)
        conflictAddress = record.conflicts.isEmpty ? nil : Site.conflict(type, record.id)
        conflictSentences =
            (hasValues ? [texts["conflict"]] : [])
            + (kinds.contains { $0 != .values } ? [texts["sharedNumber"]] : [])
        conflictLink = texts[hasValues ? "decide" : "compare"]
        let asked = try request.id()
        aliasNote =
            asked == record.id
            ? nil
            : request.text(
                "同一个对象登记了两次，这里合在一起显示。", "This was registered twice; both show here as one.")
        referring = try await Referring.all(to: record, request)
        hasReferring = !referring.isEmpty
        self.history = history.items
        wholeHistoryAddress =
            history.isCut ? Site.record(type, record.id, [("history", "all")]) : nil
    }

    private static func notice(_ request: PageRequest) -> String? {
        switch request.query["done"] {
        case "created": request.text("已登记。", "Entered.")
        case "saved": request.text("已保存。", "Saved.")
        case "deleted": request.text("已删除，可以恢复。", "Deleted; it can be restored.")
        case "restored": request.text("已恢复。", "Restored.")
        case "resolved": request.text("已核对。", "Decided.")
        default: nil
        }
    }
}

/// The records of one type that point to a record by one of their fields.
struct Referring: Sendable {
    let title: String
    let links: [Link]
    let newReferringAddress: String?
    let listReferringAddress: String
    let hasMoreReferring: Bool

    struct Link: Sendable {
        let label: String
        let address: String
        let detail: String
    }

    private static let shown = 20

    /// For every type with a reference field to this record's type; only those that have some, or
    /// could get one here.
    static func all(to record: StoredRecord, _ request: PageRequest) async throws -> [Referring] {
        var all: [Referring] = []
        for type in request.services.store.types {
            for field in type.fields where field.kind == .reference(record.type.name) {
                var query = RecordQuery(type)
                query.filters = [(field.name, .record(record.id))]
                query.limit = shown
                let (records, more) = try await request.services.store.list(query)
                guard !records.isEmpty || type.naturalHome(of: field) else { continue }
                all.append(
                    try await Referring(record, type, field, records, more, request))
            }
        }
        return all
    }

    private init(
        _ record: StoredRecord, _ type: RecordType, _ field: Field, _ records: [StoredRecord],
        _ more: Bool, _ request: PageRequest
    ) async throws {
        let language = request.language
        let columns = type.columns.filter { !type.label.contains($0) && $0 != field.name }.prefix(3)
            .compactMap(type.field(named:))
        let display = try await ValueDisplay(records, fields: Array(columns), request)
        let filter = [(field.name, record.id.description)]
        title =
            field.title == record.type.title
            ? type.title[language]
            : request.text(
                "\(type.title.zh)（\(field.title.zh)）", "\(type.title.en) (\(field.title.en))")
        links = records.map { found in
            Link(
                label: found.label(in: language), address: Site.record(type, found.id),
                detail: columns.map { display.cell(found, $0) }.filter { !$0.isEmpty }
                    .joined(separator: " · "))
        }
        hasMoreReferring = more
        listReferringAddress = Site.list(type, filter)
        let canCreate = type.creator.includes(request.services.role) && type.naturalHome(of: field)
        newReferringAddress = canCreate ? Site.new(type, filter) : nil
    }
}

extension RecordType {
    /// Whether people begin such a record from the one this field points to: the field is what the
    /// record is about, so it is required or stands first.
    fileprivate func naturalHome(of field: Field) -> Bool {
        isEverydayWork
            && (field.isRequired || field.title == Catalogue.type(named: field.target)?.title)
            && !field.isSet
    }
}

extension Field {
    /// The name of the type a reference points to; empty for other kinds.
    var target: String {
        if case .reference(let name) = kind { name } else { "" }
    }
}
