import Node
import Records
import Store
import SyncCore

/// How the exchange stands, as `GET /sync` says it.
struct SyncDocument {
    let services: Services

    private var store: Store { services.node.store }

    func document() async throws -> JSONValue {
        if let job = services.syncJob { return try await office(try await job.status()) }
        return try await headquarters()
    }

    private func office(_ status: SyncStatus) async throws -> JSONValue {
        let headquarters = try await store.headquarters()
        return [
            "role": "office", "state": .string(status.state.rawValue),
            "headquarters": .text(headquarters?.url), "waiting": .integer(status.waiting),
            "oldestWaiting": .moment(status.oldestWaiting),
            "lastDelivered": .moment(status.lastDelivered),
            "lastAttempt": .moment(status.lastAttempt), "nextAttempt": .moment(status.nextAttempt),
            "progress": status.progress.map { progress in
                [
                    "sent": .integer(progress.sent), "received": .integer(progress.received),
                    "toSend": .integer(progress.toSend),
                ]
            } ?? .null, "conflicts": .integer(status.conflicts),
            "pausedUntil": .moment(status.pausedUntil), "pausedBy": .text(status.pausedBy),
            "code": .text(status.code), "message": .text(status.message),
            "forks": .integer(status.forkedStreams),
            "damaged": .integer(status.damage.damaged), "missing": .integer(status.damage.missing),
        ]
    }

    private func headquarters() async throws -> JSONValue {
        let conflicts = try await store.conflictCounts().reduce(0) { $0 + $1.count }
        let forks = try await store.spaces().reduce(0) { $0 + $1.forkedStreams.count }
        let damage = try await store.damage()
        return [
            "role": "hq",
            "state": .string((conflicts > 0 ? SyncState.conflict : .delivered).rawValue),
            "conflicts": .integer(conflicts), "forks": .integer(forks),
            "damaged": .integer(damage.damaged), "missing": .integer(damage.missing),
            "offices": .array(try await offices()), "refusals": .array(try await refusals()),
        ]
    }

    private func offices() async throws -> [JSONValue] {
        let refusals = try await store.refusals()
        return try await store.members().map { member in
            [
                "office": .string(member.space.officeText), "code": .string(member.officeCode),
                "node": .string(member.key.description),
                "lastContact": .moment(member.lastContact),
                "completeAt": .moment(member.completeAt),
                "clockDifferenceMilliseconds": .integer(member.clockDifference),
                "schema": .integer(member.schema),
                "refusals": .integer(
                    refusals.filter { $0.peer == member.key }.reduce(0) { $0 + $1.count }),
            ]
        }
    }

    private func refusals() async throws -> [JSONValue] {
        try await store.refusals().map { refusal in
            [
                "code": .string(refusal.code), "node": .text(refusal.peer?.description),
                "count": .integer(refusal.count),
            ]
        }
    }
}

extension ExchangeReport {
    /// One object a space, as `sync now --json` prints them.
    var document: JSONValue {
        let spaces = Set(outcomes.keys).union(sent.keys).union(received.keys)
        return .array(
            spaces.sorted().map { space in
                let outcome = outcomes[space]
                return [
                    "space": .string(space.description),
                    "state": .string(Self.word(outcome).rawValue),
                    "sent": .integer(sent[space] ?? 0),
                    "received": .integer(received[space] ?? 0),
                    "digestEqual": outcome?.digestEqual.map(JSONValue.bool) ?? .null,
                ]
            })
    }

    private static func word(_ outcome: SpaceOutcome?) -> SyncState {
        switch outcome?.state {
        case .equal: .delivered
        case .behind, nil: .waiting
        case .unequal: .blocked
        }
    }
}

extension ExchangeRecord {
    /// One exchange of the history.
    var document: JSONValue {
        [
            "began": .moment(began), "ended": .moment(ended), "state": .string(state),
            "code": .text(code), "sent": .integer(sent), "received": .integer(received),
            "rounds": .integer(rounds), "sentBytes": .integer(sentBytes),
            "receivedBytes": .integer(receivedBytes), "node": .string(peer.description),
        ]
    }
}
