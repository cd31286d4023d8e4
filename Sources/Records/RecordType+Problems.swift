import SyncCore

extension RecordType {
    /// Everything that keeps a record from being saved, all at once, in the order of the fields.
    ///
    /// - Parameters:
    ///   - values: by field name. A field that is absent is not written.
    ///   - elements: the elements of sets, by field name.
    ///   - creating: whether this is the whole record, so that what is required must be there. In
    ///     an edit only what is given is judged; rules between fields hold among those given.
    public func problems(
        in values: [String: Value], elements: [String: [Value]] = [:], creating: Bool
    ) -> [FieldProblem] {
        var problems: [FieldProblem] = []
        for field in fields {
            do {
                try check(
                    field, value: values[field.name], elements: elements[field.name],
                    creating: creating)
            } catch {
                problems.append(error)
            }
        }
        let given = Set(values.keys).union(elements.keys)
        problems += given.filter { self.field(named: $0) == nil }.sorted().map(
            FieldProblem.unknownField)
        let hasValue = { (name: String) in
            values[name, default: .empty] != .empty || elements[name]?.isEmpty == false
        }
        for rule in rules {
            switch rule {
            case .inOrder(let first, let later):
                // Dates and times are stored so that their texts sort as they do.
                guard case .text(let start) = values[first], case .text(let end) = values[later],
                    end.utf8.lexicographicallyPrecedes(start.utf8)
                else { continue }
                problems.append(
                    .notInOrder(declared(first), then: declared(later)))
            case .oneOf(let names):
                if creating && !names.contains(where: hasValue) {
                    problems.append(.noneGiven(names.map(declared)))
                }
            }
        }
        return problems
    }

    private func check(
        _ field: Field, value: Value?, elements: [Value]?, creating: Bool
    ) throws(FieldProblem) {
        if let value { try field.check(value) }
        for element in elements ?? [] { try field.check(element) }
        if let elements, !field.isSet, !elements.isEmpty { throw FieldProblem(.wrongType, field) }
        if let elements, elements.count > Field.maximumElements {
            throw FieldProblem(.tooMany, field)
        }
        let isGiven = value.map { $0 != .empty } ?? (elements?.isEmpty == false)
        let mustBeGiven = creating || (field.isSet && elements != nil)
        if field.isRequired && mustBeGiven && !isGiven { throw FieldProblem(.required, field) }
    }

    private func declared(_ name: String) -> Field {
        guard let field = field(named: name) else {
            preconditionFailure("\(self.name) has no field \(name)")
        }
        return field
    }
}
