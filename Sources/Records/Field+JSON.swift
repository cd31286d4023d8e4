import SyncCore

extension Field {
    /// Reads a value as programs send it: numbers with exact digits, money as whole fen, flags as
    /// booleans, structures as objects with declared parts only, everything else as a string in any
    /// spelling `value(fromText:)` understands. `null` clears. Of a set it reads one element.
    public func value(fromJSON json: JSONValue) throws(FieldProblem) -> Value {
        switch (kind, json) {
        case (_, .null):
            return try value(fromText: "")
        case (.integer, .number(let digits)), (.money, .number(let digits)):
            return .integer(try units(of: digits, places: 0))
        case (.decimal(let places, _), .number(let digits)):
            return .integer(try units(of: digits, places: places))
        case (.flag, .bool(let flag)):
            return .integer(flag ? 1 : 0)
        case (.structure(let parts), .object(let members)):
            var values: [String: Value] = [:]
            for member in members {
                guard let part = parts.first(where: { $0.name == member.name }) else {
                    throw FieldProblem(.unknownPart, self)
                }
                values[part.name] = try field(for: part).value(fromJSON: member.value)
            }
            return try value(ofParts: values)
        case (.integer, _), (.money, _), (.decimal, _), (.flag, _), (.structure, _):
            throw FieldProblem(.wrongType, self)
        case (_, .string(let text)):
            return try value(fromText: text)
        default:
            throw FieldProblem(.wrongType, self)
        }
    }

    /// Reads the elements of a set from a JSON array; equal elements once.
    public func elements(fromJSON json: JSONValue) throws(FieldProblem) -> [Value] {
        if json == .null { return try counted([]) }
        guard case .array(let items) = json else { throw FieldProblem(.wrongType, self) }
        guard items.count <= Self.maximumElements else { throw FieldProblem(.tooMany, self) }
        var elements: [Value] = []
        for item in items {
            let element = try value(fromJSON: item)
            if element != .empty { elements.append(element) }
        }
        return try counted(elements)
    }

    /// A value as programs read it. A value of another kind than the field's is given as it is.
    public func json(of value: Value) -> JSONValue {
        switch (kind, value) {
        case (_, .empty):
            return .null
        case (.decimal(let places, _), .integer(let units)):
            return .number(ExactNumber.text(units, places: places))
        case (.flag, .integer(let flag)):
            return .bool(flag != 0)
        case (.structure, .text(let text)):
            return (try? JSONValue(parsing: text, maximumDepth: 8)) ?? .string(text)
        case (_, .text(let text)):
            return .string(text)
        case (_, .integer(let number)):
            return .integer(number)
        case (_, .record(let id)):
            return .string(id.description)
        }
    }

    /// The elements of a set as programs read them.
    public func json(ofElements elements: [Value]) -> JSONValue {
        .array(elements.map(json(of:)))
    }

    // MARK: Structures

    /// The parts of a structure that have a value. Empty for anything that is no such structure.
    public func parts(of value: Value) -> [String: Value] {
        guard case .structure(let parts) = kind, case .text(let text) = value,
            let json = try? JSONValue(parsing: text, maximumDepth: 8)
        else { return [:] }
        var values: [String: Value] = [:]
        for part in parts {
            // A part that cannot be read is left out here and still stands in `json(of:)`.
            guard let member = json[part.name],
                let value = try? field(for: part).value(fromJSON: member), value != .empty
            else { continue }
            values[part.name] = value
        }
        return values
    }

    /// Puts a structure together: canonical JSON with the parts in the order of their declaration,
    /// without blanks and without those that have no value, so that equal structures are equal
    /// texts. Without any part it is `.empty`.
    public func value(ofParts values: [String: Value]) throws(FieldProblem) -> Value {
        guard case .structure(let parts) = kind else { throw FieldProblem(.wrongType, self) }
        guard values.keys.allSatisfy({ name in parts.contains { $0.name == name } }) else {
            throw FieldProblem(.unknownPart, self)
        }
        var members: [JSONValue.Member] = []
        for part in parts {
            guard let value = values[part.name], value != .empty else { continue }
            let field = field(for: part)
            try field.check(value)
            members.append(JSONValue.Member(part.name, field.json(of: value)))
        }
        if members.isEmpty { return try value(fromText: "") }
        let text = JSONValue.object(members).text
        guard text.utf8.count <= Limits.maximumValueBytes else {
            throw FieldProblem(.tooLong, self)
        }
        return .text(text)
    }

    private func units(of digits: String, places: Int) throws(FieldProblem) -> Int64 {
        guard let units = ExactNumber.units(of: digits, places: places), range.contains(units)
        else {
            throw FieldProblem(.badNumber, self)
        }
        return units
    }
}
