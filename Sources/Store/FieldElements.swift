import Records
import SyncCore

extension Field {
    /// A set's elements as the text of one JSON array.
    func jsonText(ofElements elements: [Value]) -> String {
        json(ofElements: elements).text
    }

    /// The elements behind a column of a set.
    ///
    /// What does not read back gives none: the column is derived, and `gatehouse verify` reports
    /// the difference.
    public func elements(inColumn text: String) -> [Value] {
        guard let json = try? JSONValue(parsing: text) else { return [] }
        return (try? elements(fromJSON: json)) ?? []
    }

    /// The telephone numbers inside the elements of a set.
    func phones(inElements text: String) -> [String] {
        elements(inColumn: text).flatMap { element -> [String] in
            if case .text(let digits) = element, kind == .phone { return [digits] }
            guard case .structure(let declared) = kind else { return [] }
            let values = parts(of: element)
            return declared.filter { $0.kind == .phone }.compactMap { part in
                if case .text(let digits)? = values[part.name] { digits } else { nil }
            }
        }
    }
}
