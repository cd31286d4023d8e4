import SyncCore

extension Field {
    /// Reads what a person typed or a register holds: trims, checks by kind and brings it into the
    /// one spelling that is stored.
    ///
    /// Choices are understood by code, title or known spelling, numbers with their unit, a
    /// structure as its JSON or as its first part alone. Of a set it reads one element.
    /// - Throws: for a text that is no such value, and for an empty text where a value is required.
    public func value(fromText text: String) throws(FieldProblem) -> Value {
        let trimmed = PlainText.trimmed(text)
        guard !trimmed.isEmpty else {
            if isRequired && !isSet { throw FieldProblem(.required, self) }
            return .empty
        }
        try checkCost(trimmed)
        let folded = PlainText.folded(trimmed)
        switch kind {
        case .text, .longText:
            return .text(try sentence(trimmed))
        case .integer, .decimal, .money:
            return .integer(try amount(folded))
        case .flag:
            let word = folded.lowercased()
            guard Self.yes.contains(word) || Self.no.contains(word) else {
                throw FieldProblem(.badFlag, self)
            }
            return .integer(Self.yes.contains(word) ? 1 : 0)
        case .date:
            guard let date = CalendarDate(folded) else { throw FieldProblem(.badDate, self) }
            return .text(date.description)
        case .time:
            guard let time = LocalTime(folded) else { throw FieldProblem(.badTime, self) }
            return .text(time.description)
        case .choice(let choices):
            guard let choice = choices.first(where: { $0.isMeant(by: folded) }) else {
                throw FieldProblem(.unknownChoice, self)
            }
            return .text(choice.code)
        case .reference:
            guard let id = RecordID(folded) else { throw FieldProblem(.badReference, self) }
            return try checked(.record(id))
        case .phone:
            guard let number = PhoneNumber(folded) else { throw FieldProblem(.badPhone, self) }
            return .text(number.digits)
        case .roomPart:
            guard let part = RoomAddress.part(folded) else { throw FieldProblem(.badRoom, self) }
            return .text(part)
        case .structure(let parts):
            if trimmed.hasPrefix("{") {
                guard let json = try? JSONValue(parsing: trimmed, maximumDepth: 8) else {
                    throw FieldProblem(.wrongType, self)
                }
                return try value(fromJSON: json)
            }
            guard let first = parts.first else { throw FieldProblem(.unknownPart, self) }
            return try value(ofParts: [first.name: field(for: first).value(fromText: trimmed)])
        }
    }

    /// Reads the elements of a set from one text: a JSON array, or texts with 、，；or a line break
    /// between them. In structures that begin with free text only a line break counts.
    public func elements(fromText text: String) throws(FieldProblem) -> [Value] {
        let trimmed = PlainText.trimmed(text)
        try checkCost(trimmed)
        if trimmed.hasPrefix("[") {
            guard let json = try? JSONValue(parsing: trimmed, maximumDepth: 8) else {
                throw FieldProblem(.wrongType, self)
            }
            return try elements(fromJSON: json)
        }
        var elements: [Value] = []
        for piece in trimmed.split(whereSeparator: separates) {
            let element = try value(fromText: String(piece))
            if element != .empty { elements.append(element) }
        }
        return try counted(elements)
    }

    /// What a page shows for a value. `value(fromText:)` reads it back, except for a structure of
    /// several parts.
    ///
    /// A value of another kind than the field's, as a newer or faulty peer may send it, is shown as
    /// it is.
    public func text(of value: Value, in language: Language) -> String {
        switch (kind, value) {
        case (_, .empty):
            return ""
        case (.decimal(let places, let unit), .integer(let units)):
            return ExactNumber.text(units, places: places) + (unit.isEmpty ? "" : " " + unit)
        case (.money, .integer(let fen)):
            return ExactNumber.text(fen, places: 2) + (language == .zh ? " 元" : " CNY")
        case (.flag, .integer(let flag)):
            return (flag == 0 ? Title("否", "No") : Title("是", "Yes"))[language]
        case (.time, .text(let text)):
            return LocalTime(text)?.text ?? text
        case (.choice(let choices), .text(let code)):
            return choices.first { $0.code == code }?.title[language] ?? code
        case (.structure(let parts), .text(let text)):
            let values = self.parts(of: value)
            guard !values.isEmpty else { return text }
            return parts.compactMap { part in
                values[part.name].map { field(for: part).text(of: $0, in: language) }
            }.joined(separator: " · ")
        case (_, .text(let text)):
            return text
        case (_, .integer(let number)):
            return String(number)
        case (_, .record(let id)):
            return id.description
        }
    }

    /// What a page shows for the elements of a set.
    public func text(ofElements elements: [Value], in language: Language) -> String {
        elements.map { text(of: $0, in: language) }.joined(separator: language == .zh ? "、" : ", ")
    }

    func counted(_ elements: [Value]) throws(FieldProblem) -> [Value] {
        var seen: Set<Value> = []
        let distinct = elements.filter { seen.insert($0).inserted }
        if isRequired && distinct.isEmpty { throw FieldProblem(.required, self) }
        if distinct.count > Self.maximumElements { throw FieldProblem(.tooMany, self) }
        return distinct
    }

    // MARK: Parts of reading

    /// Refuses what would be too long however it is spelled, and what is dear to compare, before
    /// anything is made of it. Composing makes one scalar of four at most.
    private func checkCost(_ trimmed: String) throws(FieldProblem) {
        guard trimmed.utf8.count <= 4 * Limits.maximumValueBytes else {
            throw FieldProblem(.tooLong, self)
        }
        if CombiningMarks.areTooMany(in: trimmed) { throw FieldProblem(.tooManyMarks, self) }
    }

    private static let yes: Set = ["是", "有", "对", "√", "yes", "y", "true", "on", "1"]
    private static let no: Set = ["否", "无", "没有", "×", "no", "n", "false", "off", "0"]

    /// Other ways to write a unit.
    private static let units: [String: [String]] = [
        "㎡": ["平方米", "平米", "m²", "m2"],
        "元": ["rmb", "cny"],
    ]

    private func sentence(_ trimmed: String) throws(FieldProblem) -> String {
        let composed = PlainText.composed(trimmed)
        let lines = composed.utf8.contains(UInt8(ascii: "\r")) ? unixLines(composed) : composed
        try checkText(lines)
        return lines
    }

    /// Forms send CR LF, old Macintosh files CR.
    private func unixLines(_ text: String) -> String {
        text.reduce(into: "") { lines, character in
            lines.append(character == "\r\n" || character == "\r" ? "\n" : character)
        }
    }

    private func amount(_ folded: String) throws(FieldProblem) -> Int64 {
        var digits = folded.lowercased()
        let unit =
            switch kind {
            case .decimal(_, let unit): unit
            case .money: "元"
            default: ""
            }
        if unit == "元", digits.hasPrefix("¥") || digits.hasPrefix("￥") { digits.removeFirst() }
        for ending in [unit] + Self.units[unit, default: []]
        where !ending.isEmpty && digits.hasSuffix(ending) {
            digits.removeLast(ending.count)
            break
        }
        let plain = ExactNumber.ungrouped(PlainText.trimmed(digits))
        guard let units = ExactNumber.units(of: plain, places: kind.places), range.contains(units)
        else {
            throw FieldProblem(.badNumber, self)
        }
        return units
    }

    private func checked(_ value: Value) throws(FieldProblem) -> Value {
        try check(value)
        return value
    }

    private func separates(_ character: Character) -> Bool {
        if character.isNewline { return true }
        if case .structure(let parts) = kind, parts.first?.kind != .phone { return false }
        return "、，,；;".contains(character)
    }
}

extension Field.Choice {
    func isMeant(by text: String) -> Bool {
        code == text || title.zh == text || title.en.lowercased() == text.lowercased()
            || spellings.contains(text)
    }
}
