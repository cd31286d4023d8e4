import HTTPTypes
import Hummingbird
import Node
import Store
import SyncCore
import Wire

/// Where peers call headquarters (Protocol/exchange.md §1). An office has no such address.
struct ExchangeRoutes {
    let services: Services

    func add(to routes: Routes) {
        guard let responder = services.responder else { return }
        for address in ExchangeAddress.allCases {
            routes.resource(
                address.rawValue,
                [.post: { request, _ in try await answer(request, at: address, responder) }])
        }
    }

    private static let contentType = "application/x-protobuf"

    private func answer(
        _ request: Request, at address: ExchangeAddress, _ responder: ExchangeResponder
    ) async throws -> Response {
        let body: [UInt8]
        do {
            body = try await self.body(of: request)
        } catch let problem as Problem {
            // What never reached the responder is counted here.
            try await services.node.store.note(
                refusal: problem.code, of: nil, at: services.node.surroundings.now())
            throw problem
        }
        let answer = try await responder.respond(
            to: body, at: address, credential: Self.credential(of: request))
        return Self.response(answer, to: request)
    }

    /// The message in the body, unpacked.
    private func body(of request: Request) async throws -> [UInt8] {
        guard request.mediaType == Self.contentType else {
            throw Problem(.malformedMessage, detail: "Send the message as \(Self.contentType).")
        }
        let coding = request.headers[.contentEncoding]?.lowercased() ?? "identity"
        guard coding == "gzip" || coding == "identity" else {
            throw Problem(.unsupportedCoding, detail: "Send gzip or no coding.")
        }
        let bytes: [UInt8]
        do {
            bytes = try await request.bytes(upTo: Limits.maximumBodyBytes)
        } catch is APIProblem {
            throw Problem(
                .tooLarge, detail: "maximumBodyBytes is exceeded. Send less at a time.")
        }
        return coding == "gzip" ? try Gzip.decompress(bytes) : bytes
    }

    /// The bearer token; nil without one. What is not hexadecimal is a token nobody has.
    private static func credential(of request: Request) -> [UInt8]? {
        guard let header = request.headers[.authorization] else { return nil }
        let parts = header.split(separator: " ", omittingEmptySubsequences: true)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return Hexadecimal.bytes(String(parts[1])) ?? []
    }

    private static func response(_ bytes: [UInt8], to request: Request) -> Response {
        var headers: HTTPFields = [.contentType: contentType, .vary: "Accept-Encoding"]
        var bytes = bytes
        if bytes.count >= Gzip.worthwhileBytes, acceptsGzip(request) {
            bytes = Gzip.compress(bytes)
            headers[.contentEncoding] = "gzip"
        }
        return Response(
            status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    private static func acceptsGzip(_ request: Request) -> Bool {
        (request.headers[.acceptEncoding] ?? "").lowercased().split(separator: ",").contains {
            let parts = $0.split(separator: ";").map { $0.filter { $0 != " " } }
            return parts.first == "gzip" && !parts.dropFirst().contains { $0 == "q=0" }
        }
    }
}
