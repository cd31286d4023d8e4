import Records
import Store
import SyncCore
import Wire

extension LocalNode {
    /// How long a join code can be used.
    public static let invitationLifetime: Duration = .seconds(24 * 60 * 60)

    /// Headquarters makes a one-time code for an office code.
    ///
    /// - Returns: the code and when it expires, in milliseconds since 1970 UTC.
    /// - Throws: `StoreError.notAllowed` at an office.
    public func invite(officeCode: String) async throws -> (code: JoinCode, expires: UInt64) {
        guard identity.role == .headquarters else {
            throw StoreError(.notAllowed, "Only headquarters gives out join codes.")
        }
        let code = JoinCode(secret: surroundings.random(16), key: key.publicKey)
        let expires =
            surroundings.now() + UInt64(Self.invitationLifetime.components.seconds) * 1_000
        try await store.invite(codeHash: code.hash, officeCode: officeCode, expires: expires)
        return (code, expires)
    }

    /// An office joins headquarters: spends the code, pins headquarters' key and keeps the
    /// credential. A node that joined before keeps its office: so headquarters that was restored
    /// and forgot it learns of it again.
    ///
    /// - Parameter officeCode: another than the node was made with, where that one is another
    ///   office's; nil keeps it.
    /// - Throws: `PeerFailure` when headquarters is not reached or refuses, `StoreError.notAllowed`
    ///   at headquarters.
    /// - Returns: the identity after joining; another space when this empty node became part of a
    ///   known office.
    public func join(
        _ code: JoinCode, url: String, officeCode: String? = nil, through channel: any PeerChannel
    ) async throws -> Identity {
        guard identity.role == .office else {
            throw StoreError(.notAllowed, "Headquarters does not join; its offices do.")
        }
        let present = identity
        let officeCode = officeCode ?? present.code
        try Self.check(officeCode: officeCode)
        let request = JoinRequest(
            code: code, space: present.space, officeCode: officeCode,
            isEmpty: try await store.isEmpty(), signedBy: key)
        let bytes = try await channel.send(request.encoded(), to: .join, credential: nil)
        let response: JoinResponse
        do {
            response = try JoinResponse(decoding: bytes)
        } catch {
            throw PeerFailure.refused(error)
        }
        guard response.isProven(for: request) else {
            throw PeerFailure.refused(
                Problem(
                    .badProof,
                    detail:
                        "The answer is not from the headquarters that gave out the code. Check the address."
                ))
        }
        if response.space != present.space { try await adopt(response.space) }
        if officeCode != present.code { try await rename(code: officeCode) }
        try await store.trust(response.key, role: .headquarters, space: .company)
        try await store.set(
            headquarters: Headquarters(
                url: url, key: response.key, credential: response.credential, token: []))
        changes.raise()
        return identity
    }
}
