import HTTPTypes
import Hummingbird
import Node
import Records

/// Figures over offices, and records leaving as files.
struct ReportRoutes {
    let services: Services

    func add(to routes: Routes) {
        routes.resource(Site.API.report, [.get: report])
        routes.resource(Site.API.export, [.get: export])
    }

    /// The one report so far is `consolidated`; `month` is the month whose visits are counted, such
    /// as 2025-05.
    @Sendable private func report(
        _ request: Request, _ context: WebContext
    ) async throws -> Response {
        let parameters = try request.query(only: "month")
        guard context.parameters.get("name") == "consolidated" else {
            throw APIProblem(
                .notFound, detail: "There is no report of this name. Ask for consolidated.")
        }
        do {
            return Response(
                try await services.node.consolidatedReport(month: parameters["month"]).json())
        } catch let error as ReportError {
            throw APIProblem(.badRequest, detail: error.message)
        }
    }

    @Sendable private func export(
        _ request: Request, _ context: WebContext
    ) async throws -> Response {
        let type = try RecordRoutes(services: services).type(context)
        // The links of a list carry what the list is limited to; the file holds all records of the
        // type.
        let name = request.uri.queryParameters["format"].map(String.init) ?? "csv"
        guard let format = ExportFormat(rawValue: name) else {
            throw APIProblem(.badRequest, detail: "The format of an export is csv, xlsx or json.")
        }
        let bytes = try await services.node.export(type: type, format: format)
        return Response(
            status: .ok,
            headers: [
                .contentType: format.contentType,
                .contentDisposition: "attachment; filename=\"\(type.name).\(format.rawValue)\"",
            ], body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}

extension ExportFormat {
    fileprivate var contentType: String {
        switch self {
        case .csv: "text/csv; charset=utf-8"
        case .xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        case .json: "application/json"
        }
    }
}
