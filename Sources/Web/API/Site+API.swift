import Records

extension Site {
    /// The addresses of the API, as the router takes them (design.md §8).
    enum API {
        static let root = "/api/v1"
        static let types = root + "/types"
        static let description = root + "/openapi.json"
        static let status = root + "/status"
        static let spaces = root + "/spaces"
        static let sync = root + "/sync"
        static let syncPause = sync + "/pause"
        static let syncResume = sync + "/resume"
        static let syncHistory = sync + "/history"
        static let syncJoin = sync + "/join"
        static let invitations = root + "/invitations"
        static let conflicts = root + "/conflicts"
        static let conflict = conflicts + "/{key}/{id}"
        // The router wants one name for one place in the address: here the key is the record's id.
        static let resolution = conflicts + "/{key}/resolution"
        static let job = root + "/jobs/{id}"
        static let verify = root + "/verify"
        static let backups = root + "/backups"
        static let report = root + "/reports/{name}"
        static let imports = root + "/imports"
        static let importing = imports + "/{key}"
        static let undoImport = importing + "/undo"
        static let records = root + "/{type}"
        static let export = root + "/{type}/export"
        static let record = root + "/{type}/{id}"
        static let restoration = record + "/restoration"
        static let history = record + "/history"

        static let health = "/healthz"
        static let readiness = "/readyz"
        static let metrics = "/metrics"

        static func address(of type: RecordType, id: String) -> String {
            "\(root)/\(type.name)/\(id)"
        }

        static func address(ofJob id: String) -> String { "\(root)/jobs/\(id)" }
    }
}
