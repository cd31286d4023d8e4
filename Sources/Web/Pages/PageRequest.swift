import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Records
import SyncCore

/// One request of a person: in which language, by whom, with what.
struct PageRequest: Sendable {
    let services: PageServices
    let language: Language
    /// The member of staff the browser was told it is; nil when nobody said.
    let actor: RecordID?
    /// Path and query, to come back to after choosing language or staff.
    let address: String
    let parameters: Parameters
    let query: FormFields
    /// The fields of a posted form; empty for others.
    let form: FormFields
    /// A posted form with a file; nil for others.
    let upload: MultipartForm?

    static let languageCookie = "gatehouse-language"
    static let staffCookie = "gatehouse-staff"
    /// Of a posted form; a register goes through the import, which has its own limit.
    static let maximumFormBytes = 1 << 20

    /// - Throws: `PageProblem.badRequest` when the body is no form, `HTTPError` when it is too
    ///   large.
    init(_ request: Request, _ parameters: Parameters, _ services: PageServices) async throws {
        let type = request.method == .post ? request.headers[.contentType] ?? "" : ""
        var form = FormFields("")
        var upload: MultipartForm?
        if type.hasPrefix("multipart/form-data") {
            let body = try await request.body.collect(upTo: ImportPage.maximumUploadBytes)
            upload = try MultipartForm(Array(buffer: body), contentType: type)
        } else if type.hasPrefix("application/x-www-form-urlencoded") {
            let body = try await request.body.collect(upTo: Self.maximumFormBytes)
            form = FormFields(String(buffer: body))
        }
        self.init(request, parameters, services, form: form, upload: upload)
    }

    /// The request without its body.
    init(without request: Request, _ parameters: Parameters, _ services: PageServices) {
        self.init(request, parameters, services, form: FormFields(""), upload: nil)
    }

    private init(
        _ request: Request, _ parameters: Parameters, _ services: PageServices, form: FormFields,
        upload: MultipartForm?
    ) {
        self.services = services
        language =
            request.cookies[Self.languageCookie].flatMap { Language(rawValue: $0.value) } ?? .zh
        actor = request.cookies[Self.staffCookie].flatMap { RecordID($0.value) }
        address = request.uri.string
        self.parameters = parameters
        query = FormFields(request.uri.query ?? "")
        self.form = form
        self.upload = upload
    }

    func text(_ zh: String, _ en: String) -> String { Title(zh, en)[language] }

    /// The record type of the address.
    /// - Throws: `PageProblem.notFound`.
    func type() throws -> RecordType {
        guard let name = parameters.get("type"), let type = Catalogue.type(named: name) else {
            throw PageProblem.notFound
        }
        return type
    }

    /// The record id of the address.
    /// - Throws: `PageProblem.notFound`.
    func id() throws -> RecordID {
        guard let id = parameters.get("id").flatMap({ RecordID($0) }) else {
            throw PageProblem.notFound
        }
        return id
    }
}

/// Names with their values, as addresses and forms carry them; a name may stand several times.
struct FormFields: Sendable {
    private let fields: [(name: String, value: String)]

    /// - Parameter encoded: `application/x-www-form-urlencoded`, read by Hummingbird as a query.
    init(_ encoded: String) {
        let spaced = String(encoded.map { $0 == "+" ? " " : $0 })
        fields = URI("/?" + spaced).queryParameters.map { (String($0.key), String($0.value)) }
    }

    init(_ fields: [(name: String, value: String)]) {
        self.fields = fields
    }

    /// The first value; nil when the name is absent.
    subscript(name: String) -> String? { fields.first { $0.name == name }?.value }

    func all(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

    var pairs: [(name: String, value: String)] { fields }
}

/// Why a page cannot be shown, in words for its reader.
enum PageProblem: Error {
    case notFound
    /// What was sent makes no sense; with what to do.
    case badRequest(Title)
}
