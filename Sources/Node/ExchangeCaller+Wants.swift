import Store
import SyncCore
import Wire

/// Damaged groups and missing values: asking for one's own, and answering headquarters'
/// (Protocol/exchange.md §4.2); and what both sides' backups cover (§4.1).
extension ExchangeCaller.Run {
    /// What to ask for: only of spaces in which headquarters holds nothing more, for what is missing
    /// before that may be superseded by what is still to come.
    func wants(
        _ mine: [SpaceID: StatedSpace], _ session: ExchangeSession
    ) async throws -> [SpaceID: [GroupHash]] {
        var covered: [SpaceID] = []
        for (space, statement) in mine {
            guard let clock = session.peer[space]?.state.clock else { continue }
            if clock == statement.state.clock {
                covered.append(space)
            } else if try await store.holdsAll(clock, in: space) {
                covered.append(space)
            }
        }
        return try await store.wants(in: covered, from: caller.headquarters.key, at: began)
    }

    /// Keeps what was asked for, so that the next exchange does not ask for the same again. What
    /// stands after the last group that came was left for another page.
    func note(
        _ wants: [SpaceID: [GroupHash]], asked response: ExchangeResponse
    ) async throws {
        for (space, hashes) in wants {
            let groups = response.parts.first { $0.space == space }?.groups ?? []
            let came = Set(groups.compactMap { try? GroupCodec().hash(of: $0) })
            let last = hashes.lastIndex(where: came.contains) ?? hashes.count - 1
            try await store.note(
                asked: Array(hashes[...last]), of: caller.headquarters.key,
                at: began)
        }
    }

    /// Takes in what a response says besides states and groups.
    mutating func hear(_ response: ExchangeResponse) async throws {
        try await store.note(
            backedUp: response.parts.reduce(into: [:]) { $0[$1.space] = $1.backedUp },
            of: caller.headquarters.key)
        for part in response.parts {
            let open = part.want.filter { !answered.contains($0) }
            if !open.isEmpty { owed[part.space] = open }
        }
    }

    /// The groups headquarters asked for, as many as fit.
    mutating func answer(in space: SpaceID, _ budget: Int) async throws -> GroupPage {
        guard let hashes = owed[space], budget > 0 else { return GroupPage() }
        let page = try await store.answers(to: hashes, in: space, targetBytes: budget)
        let sent = Set(page.groups.compactMap { try? GroupCodec().hash(of: $0) })
        let last = hashes.lastIndex(where: sent.contains) ?? hashes.count - 1
        answered.formUnion(hashes[...last])
        let left = Array(hashes[(last + 1)...])
        owed[space] = left.isEmpty ? nil : left
        return page
    }
}
