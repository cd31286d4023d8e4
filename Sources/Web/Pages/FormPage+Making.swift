import Records
import Store
import SyncCore

/// A form in the making: which record, what is typed, what is wrong with it.
struct FormDraft: Sendable {
    let type: RecordType
    let id: RecordID
    /// Nil for a new record.
    var present: StoredRecord?
    /// The texts the form began with.
    var began = TypedRecord()
    var typed = TypedRecord()
    var problems: [FormReader.Problem] = []
    var others: [String: String] = [:]
    var changedMeanwhile = false
    var storageProblem: Title?
    var moreRows: [String: Int] = [:]
    var reason = ""

    func editable(_ role: Role) -> EditableFields {
        present.map { EditableFields($0, role) }
            ?? EditableFields(creating: type, home: id.home, role)
    }

    /// Where references are looked for.
    var office: SpaceID? { id.home.kind == .company ? nil : .office(id.home.office) }
}

extension FormPage {
    private static let suggestionsPerList = 30

    init(_ draft: FormDraft, _ request: PageRequest) async throws {
        let language = request.language
        let type = draft.type
        let editable = draft.editable(request.services.role)
        let sections = RecordSections(type, editable.fields)
        let controls = FormControls(
            language: language, typed: draft.typed, problems: draft.problems,
            others: draft.others, conflicts: Set(draft.present?.conflicts ?? []),
            missing: Set(draft.present?.missing ?? []),
            series: draft.present == nil ? type.series?.field : nil, moreRows: draft.moreRows)
        let address = draft.present.map { Site.edit(type, $0.id) } ?? Site.new(type)
        let title =
            draft.present.map {
                request.text(
                    "修改\(type.title.zh) \($0.label(in: language))",
                    "Edit \(type.title.en) \($0.label(in: language))")
            } ?? request.text("新登记\(type.title.zh)", "New \(type.title.en)")

        frame = try await request.frame(
            title, returnTo: draft.present == nil ? request.formAddress : address)
        typeTitle = type.title[language]
        action = address
        cancelAddress = draft.present.map { Site.record(type, $0.id) } ?? Site.list(type)
        recordID = draft.id.description
        version = draft.present?.version.description ?? ""
        began = draft.began.encoded
        main = sections.main.map(controls.control)
        rest = sections.rest.map(controls.control)
        hasRest = !sections.rest.isEmpty
        opensRest = sections.rest.contains { field in
            !draft.typed[field.name].isEmpty || draft.problems.contains { $0.field == field.name }
                || draft.others[field.name] != nil || draft.moreRows[field.name] != nil
        }
        let anchors = Dictionary(
            (editable.fields).map { ($0.name, controls.control($0).inputID) }
        ) { first, _ in first }
        summary = draft.problems.map {
            SummaryItem(sentence: $0.sentence, anchor: anchors[$0.field] ?? "main")
        }
        hasSummary = !draft.problems.isEmpty
        changedMeanwhile = draft.changedMeanwhile
        storageProblem = draft.storageProblem?[language]
        lists = try await Self.lists(editable.fields, draft, request)
        let others = editable.others.map { $0.title[language] }
        othersSentence =
            others.isEmpty
            ? nil
            : request.text(
                "这里不能改的字段：\(others.joined(separator: "、"))。",
                "Not to be changed here: \(others.joined(separator: ", ")).")
        asksReason = draft.present != nil
        reason = draft.reason
        texts = Texts(Self.texts, language)
    }

    /// The newest records of every type that a field here points to, and those that came near an
    /// unclear text.
    private static func lists(
        _ fields: [Field], _ draft: FormDraft, _ request: PageRequest
    ) async throws -> [SuggestionList] {
        let leaves = fields.flatMap { field -> [Field] in
            if case .structure(let parts) = field.kind { return parts.map(field.field(for:)) }
            return [field]
        }
        var lists: [SuggestionList] = []
        for name in Set(leaves.map(\.target)).sorted() {
            guard let type = Catalogue.type(named: name) else { continue }
            var query = RecordQuery(type)
            query.office = type.home == .company ? nil : draft.office
            query.limit = suggestionsPerList
            let records = try await request.services.store.list(query).records
            lists.append(
                SuggestionList(
                    listID: "list.\(name)",
                    suggestions: records.map { $0.label(in: request.language) }))
        }
        for problem in draft.problems where !problem.offers.isEmpty {
            lists.append(
                SuggestionList(listID: "offers.\(problem.field)", suggestions: problem.offers))
        }
        return lists
    }
}

extension PageRequest {
    /// The address of the form itself, with what it was opened with, also while it is being posted.
    var formAddress: String { form["opened"].map { Site.ownPath($0) } ?? address }
}
