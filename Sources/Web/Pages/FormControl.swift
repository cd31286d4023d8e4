import Records
import Store
import SyncCore

/// One field in a form: its label, its inputs, and everything to be said about it.
struct FormControl: Sendable {
    /// Of the first input; the label and the list of problems point to it.
    let inputID: String
    let label: String
    let isRequired: Bool
    let unit: String?
    let help: String?
    let privacyNote: String?
    let problems: [String]
    let hasProblems: Bool
    let problemID: String
    /// What the other side says now, when both changed the field; nil otherwise.
    let otherValue: String?
    /// Said when the field has a value that is not here; nil otherwise.
    let missingNote: String?
    let isConflicted: Bool
    /// Several inputs: a set, or the parts of a structure.
    let isGroup: Bool
    let rows: [Row]
    /// Boxes of a set of choices.
    let boxes: [Box]
    /// Sends the form to itself for one more row; nil where there is one row only.
    let moreName: String?

    struct Row: Sendable {
        let inputs: [Input]
    }

    struct Box: Sendable {
        let boxName: String
        let boxValue: String
        let boxLabel: String
        let isChecked: Bool
    }

    /// One control. Exactly one of `line`, `area` and `menu` is there.
    struct Input: Sendable {
        let id: String
        let name: String
        /// The part's name; nil where the field's label says it all.
        let partLabel: String?
        /// For screen readers in rows that have no label of their own.
        let spokenLabel: String?
        let describedBy: String?
        let isInvalid: Bool
        let line: Line?
        let area: Area?
        let menu: Menu?
    }

    struct Line: Sendable {
        let kind: String
        let mode: String?
        let typed: String
        let suggestions: String?
        let step: String?
    }

    struct Area: Sendable {
        let typed: String
    }

    struct Menu: Sendable {
        let options: [Option]
    }

    struct Option: Sendable {
        let value: String
        let name: String
        let isChosen: Bool
    }
}

/// Makes the controls of a form from declarations and texts.
struct FormControls {
    let language: Language
    let typed: TypedRecord
    let problems: [FormReader.Problem]
    /// What the other side says, by field name.
    let others: [String: String]
    let conflicts: Set<String>
    /// Fields with a value that is not here.
    var missing: Set<String> = []
    let series: String?
    /// Rows to offer beyond those filled, by field name.
    let moreRows: [String: Int]

    func control(_ field: Field) -> FormControl {
        let found = problems.filter { $0.field == field.name }
        let typed = typed[field.name]
        let parts: [Field.Part]? = if case .structure(let parts) = field.kind { parts } else { nil }
        let boxes = boxes(field, typed)
        var rows = typed.rows
        if boxes.isEmpty {
            let blank = field.isSet ? max(1, moreRows[field.name] ?? 1) : rows.isEmpty ? 1 : 0
            rows += Array(repeating: [:], count: blank)
        } else {
            rows = []
        }
        let isGroup = field.isSet || parts != nil
        let first = TypedRecord.inputName(field, row: 0, part: parts?.first?.name ?? "")
        return FormControl(
            inputID: boxes.isEmpty ? first : "f.\(field.name).all.0", label: field.title[language],
            isRequired: field.isRequired, unit: field.unit(in: language), help: help(field),
            privacyNote: field.privacy.note(in: language), problems: found.map(\.sentence),
            hasProblems: !found.isEmpty, problemID: "p.\(field.name)",
            otherValue: others[field.name],
            missingNote: missing.contains(field.name) ? MissingWords.inForm[language] : nil,
            isConflicted: conflicts.contains(field.name),
            isGroup: isGroup,
            rows: rows.enumerated().map { row, texts in
                FormControl.Row(
                    inputs: (parts ?? [Field.Part("", field.title, field.kind)]).map { part in
                        input(
                            field, part: parts == nil ? nil : part, row: row,
                            typed: texts[part.name] ?? "", found, isGroup: isGroup)
                    })
            }, boxes: boxes, moreName: field.isSet && boxes.isEmpty ? field.name : nil)
    }

    private func help(_ field: Field) -> String? {
        if field.name == series {
            return Title("留空则自动编号。", "Left empty, it is numbered by itself.")[language]
        }
        switch field.kind {
        case .reference:
            return Title(
                "写名称、房号、电话或编号，也可从列表中选。",
                "Type a name, room, phone or number, or choose from the list.")[language]
        default: return nil
        }
    }

    private func boxes(_ field: Field, _ typed: TypedField) -> [FormControl.Box] {
        guard field.isSet, case .choice(let choices) = field.kind else { return [] }
        let chosen = typed.rows.compactMap { $0[""] }
        let listed = choices.map { ($0.code, $0.title[language]) }
        let unknown = chosen.filter { code in !choices.contains { $0.code == code } }
        return (listed + unknown.map { ($0, $0) }).map { code, title in
            FormControl.Box(
                boxName: "f.\(field.name).all", boxValue: code, boxLabel: title,
                isChecked: chosen.contains(code))
        }
    }

    private func input(
        _ field: Field, part: Field.Part?, row: Int, typed: String,
        _ found: [FormReader.Problem], isGroup: Bool
    ) -> FormControl.Input {
        let leaf = part.map(field.field(for:)) ?? field
        let name = TypedRecord.inputName(field, row: row, part: part?.name ?? "")
        var line: FormControl.Line?
        var area: FormControl.Area?
        var menu: FormControl.Menu?
        switch leaf.kind {
        case .longText:
            area = FormControl.Area(typed: typed)
        case .choice(let choices):
            menu = self.menu(choices.map { ($0.code, $0.title[language]) }, typed)
        case .flag:
            let yes = Title("是", "Yes")[language]
            let no = Title("否", "No")[language]
            menu = self.menu([("1", yes), ("0", no)], typed)
        default:
            line = self.line(leaf, typed, offers: found.contains { !$0.offers.isEmpty })
        }
        return FormControl.Input(
            id: name, name: name, partLabel: part?.title[language],
            spokenLabel: isGroup && part == nil
                ? "\(field.title[language]) \(row + 1)" : nil,
            describedBy: found.isEmpty ? nil : "p.\(field.name)", isInvalid: !found.isEmpty,
            line: line, area: area, menu: menu)
    }

    private func menu(_ choices: [(String, String)], _ typed: String) -> FormControl.Menu {
        let known = choices.contains { $0.0 == typed }
        let unknown = known || typed.isEmpty ? [] : [(typed, typed)]
        return FormControl.Menu(
            options: ([("", "")] + choices + unknown).map {
                FormControl.Option(value: $0.0, name: $0.1, isChosen: $0.0 == typed)
            })
    }

    private func line(_ leaf: Field, _ typed: String, offers: Bool) -> FormControl.Line {
        var kind = "text"
        var mode: String?
        var step: String?
        var suggestions: String?
        switch leaf.kind {
        // A browser empties a date input whose text is no date; what was typed must not be lost.
        case .date where typed.isEmpty || CalendarDate(typed)?.description == typed:
            kind = "date"
        case .time where typed.isEmpty || typed.contains("T") && LocalTime(typed) != nil:
            kind = "datetime-local"
            step = typed.count > 16 ? "1" : nil
        case .integer: mode = "numeric"
        case .decimal, .money: mode = "decimal"
        case .phone:
            kind = "tel"
        case .reference(let type):
            suggestions = offers ? "offers.\(leaf.name.split(separator: ".")[0])" : "list.\(type)"
        default: break
        }
        return FormControl.Line(
            kind: kind, mode: mode, typed: typed, suggestions: suggestions, step: step)
    }
}

extension Field {
    /// What stands behind the input of a number.
    func unit(in language: Language) -> String? {
        switch kind {
        case .decimal(_, let unit): unit.isEmpty ? nil : unit
        case .money: Title("元", "CNY")[language]
        default: nil
        }
    }
}
