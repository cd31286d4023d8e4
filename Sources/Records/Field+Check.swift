import SyncCore

extension Field {
    /// Whether a value may be saved: right type, within its limits, in the spelling
    /// `value(fromText:)` gives it.
    ///
    /// For local saves. What a peer wrote is shown whatever it is. Of a set it checks one element.
    public func check(_ value: Value) throws(FieldProblem) {
        switch (kind, value) {
        case (_, .empty):
            if isRequired && !isSet { throw FieldProblem(.required, self) }
        case (.text, .text(let text)), (.longText, .text(let text)):
            try checkText(text)
        case (.integer, .integer(let units)), (.decimal, .integer(let units)),
            (.money, .integer(let units)):
            if !range.contains(units) { throw FieldProblem(.badNumber, self) }
        case (.flag, .integer(let flag)):
            if !(0...1).contains(flag) { throw FieldProblem(.badFlag, self) }
        case (.date, .text(let text)):
            if CalendarDate(text)?.description != text { throw FieldProblem(.badDate, self) }
        case (.time, .text(let text)):
            if LocalTime(text)?.description != text { throw FieldProblem(.badTime, self) }
        case (.choice(let choices), .text(let code)):
            if !choices.contains(where: { $0.code == code }) {
                throw FieldProblem(.unknownChoice, self)
            }
        case (.reference(let type), .record(let id)):
            if Catalogue.type(named: type)?.belongs(in: id.home) != true {
                throw FieldProblem(.badReference, self)
            }
        case (.phone, .text(let text)):
            if PhoneNumber(text)?.digits != text { throw FieldProblem(.badPhone, self) }
        case (.roomPart, .text(let text)):
            if RoomAddress.part(text) != text { throw FieldProblem(.badRoom, self) }
        case (.structure, .text(let text)):
            guard let json = try? JSONValue(parsing: text, maximumDepth: 8),
                try self.value(fromJSON: json) == value
            else { throw FieldProblem(.wrongType, self) }
        default:
            throw FieldProblem(.wrongType, self)
        }
    }

    /// Length, invisible characters and the field's own format.
    func checkText(_ text: String) throws(FieldProblem) {
        let isLong = kind == .longText
        for scalar in text.unicodeScalars where scalar.properties.generalCategory == .control {
            if scalar == "\n" && isLong || scalar == "\t" && isLong { continue }
            throw FieldProblem(
                scalar == "\n" || scalar == "\r" ? .severalLines : .controlCharacter, self)
        }
        if !isLong, text.contains(where: \.isNewline) { throw FieldProblem(.severalLines, self) }
        let isTooLong =
            text.unicodeScalars.count > kind.maximumCharacters
            || text.utf8.count > Limits.maximumValueBytes
        if isTooLong { throw FieldProblem(.tooLong, self) }
        switch format {
        case .free:
            break
        case .hexadecimal(let digits):
            guard text.utf8.count == digits, text == text.lowercased(),
                Hexadecimal.bytes(text) != nil
            else { throw FieldProblem(.badFormat, self) }
        case .officeSpace:
            guard let space = SpaceID(text), space.kind == .office, space.description == text else {
                throw FieldProblem(.badFormat, self)
            }
        }
    }
}
