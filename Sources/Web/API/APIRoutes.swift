import HTTPTypes
import Hummingbird
import Records

/// Every address under `/api/v1`, and those for machines that watch the node.
struct APIRoutes {
    let services: Services

    func add(to routes: Routes) {
        StatusRoutes(services: services).add(to: routes)
        SyncRoutes(services: services).add(to: routes)
        JobRoutes(services: services).add(to: routes)
        BackupRoutes(services: services).add(to: routes)
        ConflictRoutes(services: services).add(to: routes)
        ImportRoutes(services: services).add(to: routes)
        ReportRoutes(services: services).add(to: routes)
        RecordRoutes(services: services).add(to: routes)
        routes.resource(
            Site.API.types,
            [
                .get: { request, _ in
                    try request.checkNoParameters()
                    return Response(Catalogue.document())
                }
            ])
        let version = services.version
        routes.resource(
            Site.API.description,
            [
                .get: { request, _ in
                    try request.checkNoParameters()
                    return Response(APIDescription(version: version).document)
                }
            ])
    }
}
