/// What a part of a workbook points to: for each id a kind and the name of the other part.
///
/// Kinds are compared by the last word of their address, because the strict and the usual edition
/// of the standard differ in the words before it.
final class Relationships: MarkupHandler {
    struct Relationship {
        let id: String
        let kind: String
        let partName: String
    }

    private(set) var all: [Relationship] = []
    private let source: String

    /// Reads what stands beside `source`; none if there is no such part.
    init(
        of source: String, in package: inout WorkbookPackage
    ) throws(TableError) {
        self.source = source
        let folder = source.split(separator: "/").dropLast().map { $0 + "/" }.joined()
        let file = source.split(separator: "/").last ?? ""
        guard let part = try package.part("\(folder)_rels/\(file).rels") else { return }
        try MarkupReader.read(part, limits: package.limits, handler: self)
    }

    /// The first part of this kind.
    func partName(ofKind kind: String) -> String? {
        all.first { $0.kind == kind }?.partName
    }

    func start(_ element: String, _ attributes: [String: String]) {
        guard element == "Relationship", attributes["TargetMode"] != "External",
            let id = attributes["Id"], let type = attributes["Type"],
            let target = attributes["Target"]
        else { return }
        all.append(
            Relationship(
                id: id,
                kind: type.split(separator: "/").last.map(String.init) ?? "",
                partName: WorkbookPackage.resolved(target, from: source)
            ))
    }

    func text(_ text: String) {}
    func end(_ element: String) {}
}
