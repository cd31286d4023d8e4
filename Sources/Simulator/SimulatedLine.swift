import Wire

/// The line between an office and headquarters: every byte that crosses it goes through the world,
/// which loses, doubles, delays and damages it.
///
/// `@unchecked Sendable`: the line lives no longer than the exchange that the world itself awaits,
/// so nothing else touches the world while `carry` runs.
struct SimulatedLine: PeerChannel, @unchecked Sendable {
    let world: World
    let office: Int

    func send(
        _ body: [UInt8], to address: ExchangeAddress, credential: [UInt8]?
    ) async throws(PeerFailure) -> [UInt8] {
        try await world.carry(body, to: address, credential, from: office)
    }
}

extension PeerFailure {
    static let lineCut = PeerFailure.notReached(code: "line-cut", message: "The line was cut.")
}
