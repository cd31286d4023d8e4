import Records
import Store
import SyncCore

/// The codes of the offices this node knows, such as MH01.
///
/// The type Office is known here by name: its code is what people call an office by.
struct OfficeCodes: Sendable {
    private var codes: [SpaceID: String] = [:]

    init(_ store: Store) async throws {
        var query = RecordQuery(.office)
        query.limit = 500
        for record in try await store.list(query).records {
            if case .text(let code) = record.value("code") { codes[record.id.home] = code }
        }
    }

    /// Nil for the company, and for an office whose record has not arrived.
    func code(of space: SpaceID) -> String? {
        space.kind == .company ? nil : codes[.office(space.office)]
    }

    /// The office of 16 hexadecimal digits or a code; nil when there is none.
    func space(_ text: String) -> SpaceID? {
        if text.utf8.count == 16, let space = SpaceID("office/\(text.lowercased())") {
            return space
        }
        return codes.first { $0.value.lowercased() == text.lowercased() }?.key
    }

    /// - Throws: `bad-request` naming the parameter when there is no such office.
    func known(_ text: String) throws -> SpaceID {
        guard let space = space(text) else {
            throw APIProblem(
                .badRequest,
                detail: "office takes 16 hexadecimal digits or the code of an office known here.",
                members: [.init("parameter", "office")])
        }
        return space
    }
}
