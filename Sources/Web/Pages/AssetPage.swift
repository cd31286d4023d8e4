import HTTPTypes
import Hummingbird
import Records

/// What is no page of its own: the stylesheet, the script, and the sync chip's newest words.
enum AssetPage {
    static func show(_ request: PageRequest) async throws -> Response {
        guard let name = request.parameters.get("name"), let asset = try Templates.asset(name)
        else {
            throw PageProblem.notFound
        }
        var headers = HTTPFields()
        headers[.contentType] = asset.type
        headers[.cacheControl] = "max-age=600"
        headers[.xContentTypeOptions] = "nosniff"
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: asset.bytes)))
    }

    /// The words of the chip in the reader's language; made here, so that they are made in one
    /// place.
    static func syncChip(_ request: PageRequest) async throws -> Response {
        let chip = try await request.syncChip()
        let json = JSONValue.object([
            JSONValue.Member("state", .string(chip.state)),
            JSONValue.Member("word", .string(chip.word)),
            JSONValue.Member("sentence", .string(chip.sentence)),
        ])
        var headers = HTTPFields()
        headers[.contentType] = "application/json"
        headers[.cacheControl] = "no-store"
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: json.bytes())))
    }
}
