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
            let body = try await request.plainBytes(upTo: ImportPage.maximumUploadBytes)
            upload = try MultipartForm(body, contentType: type)
        } else if type.hasPrefix("application/x-www-form-urlencoded") {
            form = try FormFields(posted: try await request.plainBytes(upTo: Self.maximumFormBytes))
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

    /// More than any form of ours has, with the greatest number of elements in each set.
    private static let maximumCount = 5_000

    /// Reads the body of a form that was sent.
    ///
    /// - Throws: `PageProblem.badRequest` for what no browser sends for a form of ours.
    init(posted body: [UInt8]) throws {
        let ampersand = UInt8(ascii: "&")
        let count = body.reduce(1) { $1 == ampersand ? $0 + 1 : $0 }
        // Before anything is compared with anything.
        guard count <= Self.maximumCount, let text = String(validating: body, as: UTF8.self),
            let decoded = text.removingPercentEncoding, !CombiningMarks.areTooMany(in: decoded)
        else { throw Self.unreadable }
        self.init(text)
    }

    private static let unreadable = PageProblem.badRequest(
        Title("表单内容看不懂，请返回重填。", "The form cannot be read. Go back and fill it in again."))

    /// - Parameter encoded: `application/x-www-form-urlencoded`, read by Hummingbird as a query.
    init(_ encoded: String) {
        // By bytes: to compare characters of many combining marks is dear.
        let spaced = String(
            decoding: encoded.utf8.map { $0 == UInt8(ascii: "+") ? 0x20 : $0 }, as: UTF8.self)
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
