import Hummingbird
import Records
import Store
import SyncCore

/// The records of one type, newest first, found and narrowed down by what stands in the address.
struct ListPage: Page {
    static let template = "list"
    static let pageSize = 50

    let frame: Frame
    let action: String
    let typed: String
    let offices: [Option]
    let showsOffices: Bool
    let filters: [Filter]
    let fixed: [FixedFilter]
    let onlyConflicts: Bool
    let caption: String
    let columns: [String]
    let labelTitle: String
    let rows: [Row]
    let isEmpty: Bool
    let emptySentence: String
    let nextAddress: String?
    let newAddress: String?
    let clearAddress: String
    let exports: [Export]
    let texts: Texts

    struct Option: Sendable {
        let value: String
        let name: String
        let isChosen: Bool
    }

    struct Filter: Sendable {
        let name: String
        let label: String
        let options: [Option]
    }

    /// A narrowing that came with a link, such as the tickets of one household.
    struct FixedFilter: Sendable {
        let name: String
        let value: String
        let sentence: String
        let removeAddress: String
    }

    struct Row: Sendable {
        let label: String
        let address: String
        let cells: [Cell]
        let office: String?
        let conflictAddress: String?
        let isDisputed: Bool
    }

    struct Cell: Sendable {
        let text: String
        let isNumber: Bool
    }

    struct Export: Sendable {
        let title: String
        let exportAddress: String
    }

    static let texts: [String: Title] = [
        "searchLabel": Title("查找：房号、电话、编号或文字", "Search: room, phone, number or text"),
        "office": Title("管理处", "Office"),
        "all": Title("全部", "All"),
        "onlyConflicts": Title("只看有冲突的", "Only with conflicts"),
        "apply": Title("查找", "Search"),
        "clear": Title("清除条件", "Clear"),
        "remove": Title("去掉", "Remove"),
        "new": Title("新登记", "New"),
        "next": Title("下一页（更早的）", "Next page (older)"),
        "first": Title("回到最新", "Back to the newest"),
        "conflict": Title("有冲突", "Conflict"),
        "disputed": Title("一边删除、一边修改", "Deleted here, changed there"),
        "export": Title("导出全部", "Export all"),
        "noExpression": Title("—", "—"),
    ]

    static func show(_ request: PageRequest) async throws -> Response {
        .page(try await ListPage(request))
    }

    init(_ request: PageRequest) async throws {
        let type = try request.type()
        let services = request.services
        let offices = try await Offices(services.store)
        let search = try ListSearch(type, request, offices)
        let (records, more) = try await services.store.list(search.query)
        let columns = type.columns.filter { !type.label.contains($0) }
            .compactMap(type.field(named:))
        let language = request.language
        let display = try await ValueDisplay(
            records, fields: columns, extra: search.fixed, request)
        let texts = Texts(Self.texts, language)
        let showsOffice = services.isHeadquarters && type.home != .company

        self.texts = texts
        frame = try await request.frame(type.title[language])
        action = Site.list(type)
        typed = search.query.search
        showsOffices = showsOffice
        self.offices = offices.all.map {
            Option(value: $0.code, name: $0.name, isChosen: $0.space == search.query.office)
        }
        filters = search.choiceFields.map { field, choices in
            Filter(
                name: field.name, label: field.title[language],
                options: choices.map {
                    Option(
                        value: $0.code, name: $0.title[language],
                        isChosen: request.query[field.name] == $0.code)
                })
        }
        fixed = search.fixed.map { field, value in
            FixedFilter(
                name: field.name, value: request.query[field.name] ?? "",
                sentence: request.text(
                    "\(field.title.zh)：\(display.line(value, field).text)",
                    "\(field.title.en): \(display.line(value, field).text)"),
                removeAddress: Site.list(type, search.kept.filter { $0.0 != field.name }))
        }
        onlyConflicts = search.query.onlyConflicts
        caption =
            records.isEmpty
            ? type.title[language]
            : request.text(
                "\(type.title.zh)：\(records.count) 条，新的在前",
                "\(type.title.en): \(records.count) shown, newest first")
        labelTitle = type.label.compactMap { type.field(named: $0)?.title[language] }
            .joined(separator: language == .zh ? "·" : " · ")
        self.columns = columns.map { $0.title[language] } + (showsOffice ? [texts["office"]] : [])
        rows = records.map { record in
            Row(
                label: record.label(in: language), address: Site.record(type, record.id),
                cells: columns.map {
                    Cell(text: display.cell(record, $0), isNumber: $0.kind.isNumber)
                },
                office: showsOffice ? offices.name(record.homeOffice, language) : nil,
                conflictAddress: record.conflicts.isEmpty ? nil : Site.conflict(type, record.id),
                isDisputed: record.state == .disputed)
        }
        isEmpty = records.isEmpty
        emptySentence =
            search.isNarrowed
            ? request.text(
                "没有找到。请少写几个字，或清除条件。", "Nothing was found. Type less, or clear the search.")
            : request.text(
                "这里还没有\(type.title.zh)。可以新登记，或导入登记册。",
                "There is nothing here yet. Enter one, or import a register.")
        let last = records.last.map { [("after", $0.id.description)] } ?? []
        nextAddress = more ? Site.list(type, search.kept + last) : nil
        newAddress =
            type.creator.includes(services.role) ? Site.new(type, search.prefilled) : nil
        clearAddress = Site.list(type)
        exports = ["csv", "xlsx"].map {
            Export(
                title: $0.uppercased(), exportAddress: Site.export(type, format: $0))
        }
    }
}

/// What a list's address asks for.
struct ListSearch {
    let query: RecordQuery
    /// The filters the page offers: fields with a closed list of values.
    let choiceFields: [(Field, [Field.Choice])]
    /// Filters that came with a link, by reference.
    let fixed: [(Field, Value)]
    /// Everything in the address but the page, to be kept in links.
    let kept: [(String, String)]

    var isNarrowed: Bool { !kept.isEmpty }
    /// What a new record begins with when it is made from this list.
    var prefilled: [(String, String)] { fixed.map { ($0.0.name, value($0.0.name)) } }

    private func value(_ name: String) -> String { kept.first { $0.0 == name }?.1 ?? "" }

    /// Parameters of the page itself; every other name is a field's.
    private static let own: Set = ["search", "home", "conflicts"]

    init(_ type: RecordType, _ request: PageRequest, _ offices: Offices) throws {
        var query = RecordQuery(type)
        query.limit = ListPage.pageSize
        query.search = request.query["search"] ?? ""
        query.onlyConflicts = request.query["conflicts"] == "1"
        if let code = request.query["home"], !code.isEmpty {
            guard let space = offices.space(code: code) else { throw PageProblem.notFound }
            query.office = space
        }
        if let after = request.query["after"], !after.isEmpty {
            guard let id = RecordID(after) else { throw PageProblem.notFound }
            query.after = id
        }
        choiceFields = type.fields.compactMap { field in
            guard case .choice(let choices) = field.kind, !field.isSet else { return nil }
            return (field, choices)
        }
        var fixed: [(Field, Value)] = []
        var kept: [(String, String)] = []
        for (name, text) in request.query.pairs where !text.isEmpty && name != "after" {
            if Self.own.contains(name) {
                kept.append((name, text))
                continue
            }
            guard let field = type.field(named: name), let value = try? field.value(fromText: text)
            // An address from a newer program filters by less, and says so by its list.
            else { continue }
            query.filters.append((name, value))
            kept.append((name, text))
            if case .choice = field.kind { continue }
            fixed.append((field, value))
        }
        self.query = query
        self.fixed = fixed
        self.kept = kept
    }
}

extension Field.Kind {
    /// Whether its values line up on the right.
    var isNumber: Bool {
        switch self {
        case .integer, .decimal, .money: true
        default: false
        }
    }
}
