import Hummingbird
import Node
import Records
import Store
import SyncCore

extension FormPage {
    // MARK: A new record

    static func new(_ request: PageRequest) async throws -> Response {
        let type = try request.type()
        guard type.creator.includes(request.services.role) else {
            throw StoreError(.notAllowed, "This node may not create \(type.name).")
        }
        guard let space = try await homeSpace(type, request) else {
            return .page(try await OfficeChoicePage(type, request))
        }
        let id = request.services.node.newID(for: type, in: space)
        var draft = FormDraft(type: type, id: id)
        try await prefill(&draft, request)
        return .page(try await FormPage(draft, request))
    }

    static func create(_ request: PageRequest) async throws -> Response {
        let type = try request.type()
        guard let id = request.form["id"].flatMap({ RecordID($0) }), type.belongs(in: id.home),
            try await mayCreate(in: id.home, request)
        else { throw PageProblem.notFound }
        // The id was made with the form, so that a second click makes no second record.
        if let made = try await request.services.store.record(type, id) {
            return .seeOther(Site.record(type, made.id))
        }
        var draft = FormDraft(type: type, id: id)
        let fields = draft.editable(request.services.role).fields
        draft.typed = TypedRecord(request.form, fields)
        if draft.takeMoreRows(request) { return .page(try await FormPage(draft, request)) }
        let reader = FormReader(finder: request.finder(draft.office, known: [:]))
        let reading = try await reader.read(draft.typed, fields, type, present: nil)
        guard reading.problems.isEmpty else {
            draft.problems = reading.problems
            return .page(try await FormPage(draft, request), status: .unprocessableContent)
        }
        do {
            try await request.services.node.save(
                [RecordEdit(type, .create(id), contents: reading.contents)],
                actor: try await request.savingActor())
        } catch let error as StoreError where error.code == .notAllowed {
            guard try await request.services.store.record(type, id) != nil else { throw error }
        } catch let error as StoreError {
            return try await refused(error, draft, request)
        }
        return .seeOther(Site.record(type, id, [("done", "created")]))
    }

    // MARK: A record that exists

    static func edit(_ request: PageRequest) async throws -> Response {
        let type = try request.type()
        guard let record = try await request.services.store.record(type, try request.id()),
            record.state != .hidden
        else { throw PageProblem.notFound }
        var draft = FormDraft(type: type, id: record.id, present: record)
        draft.began = try await texts(of: record, request)
        draft.typed = draft.began
        return .page(try await FormPage(draft, request))
    }

    static func save(_ request: PageRequest) async throws -> Response {
        let type = try request.type()
        guard let present = try await request.services.store.record(type, try request.id()) else {
            throw PageProblem.notFound
        }
        guard let version = request.form["version"].flatMap({ RecordVersion($0) }) else {
            throw PageProblem.badRequest(
                Title("表单不完整，请刷新后重填。", "The form is incomplete. Reload it and fill it in again."))
        }
        var draft = FormDraft(type: type, id: present.id, present: present)
        draft.began = try TypedRecord(encoded: request.form["began"] ?? "")
        draft.reason = request.form["reason"] ?? ""
        let fields = draft.editable(request.services.role).fields
        draft.typed = TypedRecord(request.form, fields)
        if draft.takeMoreRows(request) {
            return .page(try await FormPage(draft.keeping(version), request))
        }
        let changed = fields.filter { draft.typed[$0.name] != draft.began[$0.name] }
        let display = try await ValueDisplay([present], fields: fields, request)
        let reader = FormReader(
            finder: request.finder(draft.office, known: display.known(present, fields)))
        let reading = try await reader.read(draft.typed, changed, type, present: present)
        guard reading.problems.isEmpty else {
            draft.problems = reading.problems
            return .page(
                try await FormPage(draft.keeping(version), request), status: .unprocessableContent)
        }
        do {
            try await request.services.node.save(
                [
                    RecordEdit(
                        type, .change(present.id), contents: reading.contents,
                        note: draft.reason.trimmed.isEmpty ? nil : draft.reason.trimmed,
                        shown: .version(version))
                ], actor: try await request.savingActor(), checksVersions: true)
        } catch is ChangedMeanwhile {
            try await draft.rebase(changed, request)
            return .page(try await FormPage(draft, request), status: .conflict)
        } catch let error as StoreError {
            return try await refused(error, draft.keeping(version), request)
        }
        return .seeOther(Site.record(type, present.id, [("done", "saved")]))
    }

    /// The form as it was filled in, with the sentence, when the disk did not take it.
    private static func refused(
        _ error: StoreError, _ draft: FormDraft, _ request: PageRequest
    ) async throws -> Response {
        guard let sentence = StorageWords.sentence(error.code), error.code.endsByItself else {
            throw error
        }
        var draft = draft
        draft.storageProblem = sentence
        return .page(
            try await FormPage(draft, request), status: StorageWords.status(error.code))
    }

    // MARK: Parts

    static func texts(of record: StoredRecord, _ request: PageRequest) async throws -> TypedRecord {
        let fields = EditableFields(record, request.services.role).fields
        let display = try await ValueDisplay([record], fields: fields, request)
        return TypedRecord(record, fields, display)
    }

    /// Where a new record is to be at home: here, or at headquarters the office that was chosen.
    /// Nil until it is.
    private static func homeSpace(_ type: RecordType, _ request: PageRequest) async throws
        -> SpaceID?
    {
        let own = request.services.node.identity.space
        guard request.services.isHeadquarters, type.home != .company else { return own }
        // A record that is about another one is at home where that one is.
        for field in type.fields where !field.target.isEmpty {
            if let id = request.query[field.name].flatMap({ RecordID($0) }), id.home.kind == .office
            {
                return id.home
            }
        }
        guard let code = request.query["home"] else { return nil }
        return try await Offices(request.services.store).space(code: code)
    }

    private static func mayCreate(in home: SpaceID, _ request: PageRequest) async throws -> Bool {
        let own = request.services.node.identity.space
        if home == own || home == own.privateCompanion { return true }
        guard request.services.isHeadquarters, home.kind == .office else { return false }
        return try await Offices(request.services.store).all.contains { $0.space == home }
    }

    /// Values that stand in the address, as a link from another record puts them there.
    private static func prefill(_ draft: inout FormDraft, _ request: PageRequest) async throws {
        for field in draft.editable(request.services.role).fields {
            guard let text = request.query[field.name], let value = try? field.value(fromText: text)
            // A value that is none leaves the input empty, and the form says what it takes.
            else { continue }
            let display = try await ValueDisplay([], fields: [], extra: [(field, value)], request)
            draft.typed[field.name] = TypedField([["": display.inputText(value, field)]])
        }
    }
}

extension FormDraft {
    /// Whether the form was sent only to get one more row for a set; then nothing is judged or
    /// saved.
    mutating func takeMoreRows(_ request: PageRequest) -> Bool {
        guard let name = request.form["more"], let field = type.field(named: name), field.isSet
        else { return false }
        moreRows[name] = 3
        return true
    }

    /// Shows the version the person had: nothing newer may count as seen.
    func keeping(_ version: RecordVersion) -> FormDraft {
        var draft = self
        draft.present?.version = version
        return draft
    }

    /// Brings the form up to the record as it is now: what was typed stays, the other side's values
    /// stand beside it, and fields nobody touched here show what they hold now.
    mutating func rebase(_ changed: [Field], _ request: PageRequest) async throws {
        guard let now = try await request.services.store.record(type, id) else {
            throw PageProblem.notFound
        }
        let fields = editable(request.services.role).fields
        let display = try await ValueDisplay([now], fields: fields, request)
        let texts = try await FormPage.texts(of: now, request)
        var typed = texts
        for field in changed {
            typed[field.name] = self.typed[field.name]
            guard texts[field.name] != began[field.name] else { continue }
            let value = display.cell(now, field)
            others[field.name] =
                value.isEmpty ? Title("（空）", "(empty)")[request.language] : value
        }
        self.typed = typed
        began = texts
        present = now
        changedMeanwhile = true
    }
}

extension ValueDisplay {
    /// What the references of a record are called, with where they point.
    func known(_ record: StoredRecord, _ fields: [Field]) -> [String: RecordID] {
        var known: [String: RecordID] = [:]
        for field in fields {
            for value in record.values(of: field) {
                if case .record(let id) = value { known[inputText(value, field)] = id }
                for (name, value) in field.parts(of: value) {
                    if case .record(let id) = value {
                        known[inputText(value, field.part(name))] = id
                    }
                }
            }
        }
        return known
    }
}

extension Field {
    fileprivate func part(_ name: String) -> Field {
        guard case .structure(let parts) = kind, let part = parts.first(where: { $0.name == name })
        else { return self }
        return field(for: part)
    }
}

extension PageRequest {
    func finder(_ office: SpaceID?, known: [String: RecordID]) -> ReferenceFinder {
        ReferenceFinder(store: services.store, language: language, office: office, known: known)
    }

    /// Who is noted as the author: the member of staff the browser names, when there is such a one
    /// here.
    func savingActor() async throws -> RecordID? {
        guard let actor, RecordType.staff.belongs(in: actor.home) else { return nil }
        return try await services.store.record(.staff, actor)?.id
    }
}
