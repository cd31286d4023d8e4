import Foundation
import HTTPTypes
import Hummingbird
import Node
import Records
import Store
import SyncCore

/// Who this node is and how it stands, for people, programs and monitors.
struct StatusRoutes {
    let services: Services

    private var store: Store { services.node.store }

    func add(to routes: Routes) {
        routes.resource(Site.API.status, [.get: status])
        routes.resource(Site.API.spaces, [.get: spaces])
        routes.resource(Site.API.health, [.get: { _, _ in Response(["status": "alive"]) }])
        routes.resource(Site.API.readiness, [.get: ready])
        let metrics = Metrics(services: services)
        routes.resource(Site.API.metrics, [.get: { _, _ in try await metrics.response() }])
    }

    @Sendable private func ready(_ request: Request, _ context: WebContext) async throws -> Response
    {
        _ = try await store.life()
        return Response(["status": "ready"])
    }

    @Sendable private func spaces(
        _ request: Request, _ context: WebContext
    ) async throws -> Response {
        try request.checkNoParameters()
        return Response(.page(try await store.spaces().map(\.document), next: nil))
    }

    /// Shape of `status --json` (design.md §8).
    @Sendable private func status(
        _ request: Request, _ context: WebContext
    ) async throws -> Response {
        try request.checkNoParameters()
        let identity = services.node.identity
        let sync = try await SyncDocument(services: services).document()
        let spaces = try await store.spaces()
        let backlog = try await Backlog(services)
        let last = try await store.exchanges(limit: 1).first
        let verified = try await services.node.lastVerify()
        let advice = try await services.node.damageAdvice(services.backups)
        let office: JSONValue = [
            "id": .string(identity.space.officeText), "code": .string(identity.code),
            "name": .string(identity.name),
        ]
        let forks = spaces.reduce(0) { $0 + $1.forkedStreams.count }
        let document: JSONValue = [
            "data": .string(services.dataFolder.path), "version": .string(services.version),
            "role": .string(identity.role.rawValue), "office": office,
            "spaces": .array(spaces.map(\.document)), "state": sync["state"] ?? .null,
            "waiting": .integer(backlog.groups), "oldestWaiting": .moment(backlog.oldest),
            "lastExchange": last?.document ?? .null,
            "lastDelivered": sync["lastDelivered"] ?? .null,
            "conflicts": sync["conflicts"] ?? .null, "forks": .integer(forks),
            "damaged": sync["damaged"] ?? .null, "missing": sync["missing"] ?? .null,
            "onlyInBackups": .integer(try await store.damage().onlyInBackups),
            "lastVerify": verified?.document ?? .null, "advice": advice?.document ?? .null,
            "code": sync["code"] ?? .null, "message": sync["message"] ?? .null,
        ]
        return Response(document)
    }
}

extension LastVerify {
    var document: JSONValue {
        [
            "at": .moment(at), "faults": .integer(faults), "damaged": .integer(damaged),
            "repair": .bool(isRepair),
        ]
    }
}

extension Title {
    /// Both languages, Chinese first.
    var document: JSONValue { [.string(zh), .string(en)] }
}

/// What has not been confirmed by the other side: by headquarters at an office, by the offices at
/// headquarters.
struct Backlog {
    private(set) var groups = 0
    /// Milliseconds since 1970 UTC.
    private(set) var oldest: UInt64?

    init(_ services: Services) async throws {
        let store = services.node.store
        if services.node.identity.role == .office {
            // Before the office has joined, all of it waits.
            let headquarters = try await store.headquarters()
            try await add(headquarters?.key, services.node.identity.space, store)
        }
        for member in try await store.members() {
            try await add(member.key, member.space, store)
        }
    }

    private mutating func add(_ peer: NodeKey?, _ space: SpaceID, _ store: Store) async throws {
        var receipts: [SpaceID: Receipt] = [:]
        if let peer { receipts = try await store.receipts(of: peer) }
        for space in [SpaceID.company, space] {
            let found = try await store.waiting(
                in: space, forPeer: receipts[space]?.state.clock ?? .empty)
            groups += found.groups
            if let time = found.oldest { oldest = min(oldest ?? time, time) }
        }
    }
}

extension SpaceSummary {
    /// A space with its clock.
    var document: JSONValue {
        [
            "space": .string(space.description),
            "digest": .string(Hexadecimal.text(state.digest.bytes)),
            "groups": .integer(groups),
            "clock": .array(
                state.clock.tips.map { tip in
                    [
                        "stream": .string(tip.stream.description), "seq": .integer(tip.seq),
                        "hash": .string(tip.hash.description),
                    ]
                }),
            "forkedStreams": .array(forkedStreams.map { .string($0.description) }),
        ]
    }
}
