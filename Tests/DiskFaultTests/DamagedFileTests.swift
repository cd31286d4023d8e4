import Foundation
import GRDB
import Node
import Records
import SimulatedDisk
import Store
import SyncCore
import Testing
import Wire

/// Row R9 of reliability.md: a damaged file is opened with everything in it, or refused, or the
/// damage is found; and nothing wrong ever goes to a peer (S7, S17).
@Suite struct DamagedFileTests {
    private static let parts = 10

    @Test(arguments: 0..<parts)
    func `S17 damage is refused or found, and nothing damaged is pushed`(part: Int) async throws {
        let intact = try await Self.intact.value
        var outcomes: [Outcome: Int] = [:]
        for number in 0..<(Budget.damagedFiles / Self.parts) {
            let seed = UInt64(part * 1_000_000 + number)
            let damage = FileDamage.allCases[number % FileDamage.allCases.count]
            let outcome = try await Self.outcome(of: damage, seed: seed, intact)
            outcomes[outcome, default: 0] += 1
        }
        // A damage that never did any would test nothing.
        #expect((outcomes[.refused] ?? 0) + (outcomes[.found] ?? 0) > 0)
    }

    enum Outcome { case nothingThere, refused, found, whole, olderCopy }

    // MARK: What is damaged

    /// An office's disk as a kill leaves it: much in the file, the last saves in the log.
    private struct Intact: Sendable {
        var office: Disk
        /// The same disk before the last checkpoint and the last saves.
        var older: Disk
        var headquarters: Disk
        /// Every group of the office as it may go out: with its seal or without.
        var sendable: Set<[UInt8]>
        /// The bytes of every group by its hash.
        var log: [Data: Data]
        var rooms: [RecordID: Value]
        var life: String
    }

    private static let intact = Task { () -> Intact in
        let company = try await Company.inStep()
        try await company.start()
        let node = company.office.node
        for room in 0..<40 { try await node.saveHousehold("\(300 + room)") }
        try await company.exchange()
        let older = company.office.disk.clone()
        try node.store.checkpoint()
        for room in 0..<10 { try await node.saveHousehold("\(400 + room)") }
        let rooms = try await node.rooms()
        let log = try logged(node.store)
        let life = try await node.store.life()
        var sendable: Set<[UInt8]> = []
        try node.store.inspect { db in
            for row in try Row.fetchAll(db, sql: "SELECT bytes, plain_length, seal FROM log") {
                let bytes = try PackedGroup(row, at: 0).plain()
                sendable.insert(bytes)
                if let seal = row["seal"] as Data? {
                    sendable.insert(bytes + [3 << 3 | 2, UInt8(seal.count)] + seal)
                }
            }
        }
        company.office.stop(.allWritten)
        try company.headquarters.close()
        return Intact(
            office: company.office.disk, older: older, headquarters: company.headquarters.disk,
            sendable: sendable, log: log, rooms: rooms, life: life)
    }

    private static func logged(_ store: Store) throws -> [Data: Data] {
        try store.inspect { db in
            try Row.fetchAll(db, sql: "SELECT hash, bytes, plain_length FROM log")
                .reduce(into: [:]) { log, row in
                    // A hash that cannot be read is told apart by being none of the known.
                    log[try row.decode(Data?.self, atIndex: 0) ?? Data()] =
                        (try? Data(PackedGroup(row, at: 1).plain())) ?? Data()
                }
        }
    }

    // MARK: What comes of it

    private static func outcome(
        of damage: FileDamage, seed: UInt64, _ intact: Intact
    ) async throws -> Outcome {
        var chance = Chance(seed: seed)
        let company = Company(
            headquarters: Machine(intact.headquarters.clone(), seed: 1),
            office: Machine(intact.office.clone(), seed: 2))
        guard
            damage.strike(
                company.office.disk, older: intact.older, foreign: intact.headquarters, &chance)
        else { return .nothingThere }
        let moment = "\(damage), seed \(seed)"
        defer { company.office.stop(.allWritten) }
        do {
            try await company.office.start()
        } catch {
            expectDesigned(error, moment)
            return .refused
        }
        let store = company.office.node.store
        await expectRightPages(store, intact, moment)
        var outcome = Outcome.found
        do {
            if try await store.verify().isSound {
                outcome = try await soundOutcome(company.office.node, intact, moment)
            }
        } catch {
            expectDesigned(error, moment)
        }
        try await expectNoSpread(company, intact, moment)
        return outcome
    }

    /// Verified sound: then everything is there, or the node knows that it is an older copy.
    private static func soundOutcome(
        _ node: LocalNode, _ intact: Intact, _ moment: String
    ) async throws -> Outcome {
        let log = try logged(node.store)
        #expect(log.allSatisfy { intact.log[$0.key] == $0.value }, "\(moment)")
        let rooms = try await node.rooms()
        if log.count == intact.log.count {
            #expect(rooms == intact.rooms, "\(moment)")
            return .whole
        }
        let life = try await node.store.life()
        #expect(life != intact.life, "\(moment): an older state and nobody noticed")
        return .olderCopy
    }

    /// Whatever is given out is one of the office's own groups, byte by byte.
    private static func expectRightPages(_ store: Store, _ intact: Intact, _ moment: String) async {
        do {
            for space in try await store.spaces().map(\.space) {
                let page = try await store.page(
                    of: space, toPeer: .empty, past: [], targetBytes: 1 << 20)
                #expect(
                    page.groups.allSatisfy(intact.sendable.contains),
                    "\(moment): a damaged group goes out")
            }
        } catch {
            expectDesigned(error, moment)
        }
    }

    /// The office exchanges as if nothing were; headquarters has the office's groups or none.
    private static func expectNoSpread(
        _ company: Company, _ intact: Intact, _ moment: String
    ) async throws {
        try await company.headquarters.start()
        do {
            try await company.exchange()
        } catch {
            expectDesigned(error, moment)
        }
        let held = try logged(company.headquarters.node.store)
        for (hash, bytes) in intact.log where held[hash] != nil {
            #expect(held[hash] == bytes, "\(moment)")
        }
        company.headquarters.stop(.allWritten)
    }
}
