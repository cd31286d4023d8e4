/// What `workbook.xml` says: which sheets there are and from which day dates are counted.
final class Workbook: MarkupHandler {
    private(set) var dateSystem = DateSystem.from1900

    private struct Sheet {
        let relationshipID: String
        let isVisible: Bool
    }
    private var sheets: [Sheet] = []

    init(_ part: [UInt8], limits: TableLimits) throws(TableError) {
        try MarkupReader.read(part, limits: limits, handler: self)
    }

    /// The first visible sheet that has cells (a chart can be a sheet too), else the first hidden
    /// one.
    func worksheetPartName(in relationships: Relationships) -> String? {
        let worksheets = relationships.all.filter { $0.kind == "worksheet" }
        let candidates = sheets.filter(\.isVisible) + sheets.filter { !$0.isVisible }
        for sheet in candidates {
            if let worksheet = worksheets.first(where: { $0.id == sheet.relationshipID }) {
                return worksheet.partName
            }
        }
        return nil
    }

    func start(_ element: String, _ attributes: [String: String]) {
        switch element {
        case "workbookPr":
            if ["1", "true"].contains(attributes["date1904"]) { dateSystem = .from1904 }
        case "sheet":
            guard let id = attributes["id"] else { return }
            let isVisible = (attributes["state"] ?? "visible") == "visible"
            sheets.append(Sheet(relationshipID: id, isVisible: isVisible))
        default:
            break
        }
    }

    func text(_ text: String) {}
    func end(_ element: String) {}
}
