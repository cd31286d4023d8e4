import Foundation
import GRDB
import Node
import Records
import SimulatedDisk
import Store
import SyncCore
import Wire

/// A company as schedules begin with it: headquarters and four nodes of three offices, joined and
/// in step. Made once; each schedule gets copies of the disks.
public struct Template: Sendable {
    struct Member: Sendable {
        var role: Role
        var space: SpaceID
        var code: String
        var key: NodeKey
        var disk: Disk
        var promised: Set<GroupHash>
    }

    /// Whose key it is, known from outside.
    struct Author: Sendable {
        var role: Role
        var space: SpaceID

        /// Whether groups of this author belong in a space (merge.md §4.3).
        func mayWrite(in space: SpaceID) -> Bool {
            switch (role, space.kind) {
            case (.headquarters, .company), (.headquarters, .office): true
            case (.office, .office), (.office, .officePrivate): space.office == self.space.office
            default: false
            }
        }
    }

    let headquarters: Member
    let offices: [Member]
    let groups: [GroupHash: Group]
    let authors: [NodeKey: Author]

    /// - Throws: whatever the engine throws; nothing is simulated here.
    public init() async throws {
        var chance = Chance(seed: 1)
        let clock = SimulatedClock(milliseconds: 1_762_000_000_000)
        func found(_ role: Role, _ code: String) async throws -> SimulatedNode {
            let disk = Disk()
            let home = SimulatedHome(disk)
            let random = RandomSource(chance.branch())
            try await LocalNode.found(
                home, role: role, code: code, name: "幸福花园",
                surroundings: Surroundings(now: { clock.look() }, random: random.bytes),
                log: .silent)
            let key = try home.signingKey(random: random.bytes).publicKey
            let node = SimulatedNode(
                number: 0, role: role, space: .company, code: code, key: key, disk: disk,
                clock: clock, promised: [], types: Catalogue.types)
            try await node.start(random: chance.branch())
            return node
        }
        let headquarters = try await found(.headquarters, "HQ")
        guard let hq = headquarters.running else { preconditionFailure("just started") }
        let channel = StraightLine(responder: ExchangeResponder(node: hq))
        func exchange(_ office: SimulatedNode) async throws {
            guard let node = office.running, let known = try await node.store.headquarters() else {
                preconditionFailure("just joined")
            }
            _ = try await ExchangeCaller(node: node, channel: channel, headquarters: known).run()
        }
        var offices: [SimulatedNode] = []
        for code in ["MH01", "MH01", "MH02", "MH03"] {
            let office = try await found(.office, code)
            guard let node = office.running else { preconditionFailure("just started") }
            let (invitation, _) = try await hq.invite(officeCode: code)
            _ = try await node.join(invitation, url: "simulated", through: channel)
            offices.append(office)
            // Now, because the office's second node joins what the first one's exchange entered.
            try await exchange(office)
        }
        for office in offices { try await exchange(office) }
        var groups: [GroupHash: Group] = [:]
        var authors: [NodeKey: Author] = [:]
        var members: [Member] = []
        for node in [headquarters] + offices {
            guard let running = node.running else { preconditionFailure("just started") }
            let bytes = try running.store.inspect { db in
                try Row.fetchAll(db, sql: "SELECT bytes, plain_length FROM log")
                    .map { try PackedGroup($0, at: 0).plain() }
            }
            var held: Set<GroupHash> = []
            for bytes in bytes {
                let group = try GroupCodec().decode(bytes)
                groups[group.hash] = group
                held.insert(group.hash)
            }
            let space = running.identity.space
            authors[node.key] = Author(role: node.role, space: space)
            try running.close()
            members.append(
                Member(
                    role: node.role, space: space, code: node.code, key: node.key, disk: node.disk,
                    promised: held))
        }
        self.headquarters = members[0]
        self.offices = Array(members.dropFirst())
        self.groups = groups
        self.authors = authors
    }
}

/// Straight to headquarters, without faults.
private struct StraightLine: PeerChannel {
    let responder: ExchangeResponder

    func send(
        _ body: [UInt8], to address: ExchangeAddress, credential: [UInt8]?
    ) async throws(PeerFailure) -> [UInt8] {
        do {
            return try await responder.respond(to: body, at: address, credential: credential)
        } catch {
            throw .refused(error)
        }
    }
}
