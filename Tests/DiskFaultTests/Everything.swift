import Node
import Records
import Store
import SyncCore
import Testing
import Wire

/// Everything a node does for people and peers, one after the other, whatever the others gave.
///
/// For files that are damaged: each step may refuse, none may end the process.
struct Everything {
    let company: Company
    /// Errors of the steps that refused.
    private(set) var refusals: [any Error] = []

    init(_ company: Company) {
        self.company = company
    }

    /// Uses a running office.
    mutating func use() async {
        let node = company.office.node
        let store = node.store
        await read(store)
        await page(store)
        await step { _ = try await store.verify() }
        await step { try await node.saveHousehold("998") }
        await step {
            for id in try await node.rooms().keys.sorted().prefix(2) {
                try await node.save([RecordEdit(.household, .delete(id))], actor: nil)
                try await node.save([RecordEdit(.household, .restore(id))], actor: nil)
            }
        }
        await step { [company] in try await company.exchange() }
        await step {
            let file = "房号,状态\n3-2-101,已入住\n3-2-102,空置"
            let report = try await node.importRegister(
                "households", bytes: Array(file.utf8), actor: nil)
            if let batch = report.batch { _ = try await node.undoImport(batch, actor: nil) }
        }
        await step { try await store.reproject() }
        await step { _ = try await store.forget(before: .max) }
        await step { _ = try await store.repair() }
        await step { try await store.beginLife("cccccccc") }
        await step { try await node.saveHousehold("997") }
        await step { try store.checkpoint() }
    }

    private mutating func read(_ store: Store) async {
        for type in Catalogue.types {
            var query = RecordQuery(type)
            query.limit = 500
            var records: [StoredRecord] = []
            await step { records = try await store.list(query).records }
            for record in records.prefix(3) {
                await step { _ = try await store.record(type, record.id) }
                await step { _ = try await store.history(type, record.id) }
                await step { _ = try await store.conflicts(type, record.id) }
                await step { _ = try await store.labels(of: [(type, record.id)]) }
            }
            query.search = "101"
            await step { _ = try await store.count(query) }
            await step { _ = try await store.counts(RecordQuery(type), by: []) }
        }
        await step { _ = try await store.conflictCounts() }
        await step { _ = try await store.sharedConflictCounts() }
        await step { _ = try await store.unprojected() }
        await step { _ = try await store.values(.household, ["room"], office: nil) }
        await step { _ = try await store.importBatches(limit: 10) }
        await step { _ = try await store.importedRecords(of: "households") }
        await step { _ = try await store.exchanges(limit: 10) }
        await step { _ = try await store.refusals() }
        await step { _ = try await store.members() }
        await step { _ = try await store.keptBackups() }
        await step { _ = try await store.backedUpClocks() }
        await step { _ = try await store.identity() }
        await step { _ = try await store.ownProgress() }
        let key = RequestKey(key: "once", fingerprint: "print")
        await step { [company] in
            guard let id = try await company.office.node.rooms().keys.min() else { return }
            _ = try await company.office.node.save(
                RecordEdit(.household, .change(id)), actor: nil, once: key
            ) { _ in StoredReply(status: 200, body: [1]) }
        }
    }

    /// Gives out what a peer would ask for; nothing of it may be wrong.
    private mutating func page(_ store: Store) async {
        var spaces: [SpaceSummary] = []
        await step { spaces = try await store.spaces() }
        for space in spaces.map(\.space) {
            await step { _ = try await store.states(of: [space]) }
            await step { _ = try await store.waiting(in: space, forPeer: .empty) }
            await step {
                let clock = try await store.states(of: [space])[space]?.clock ?? .empty
                _ = try await store.landmarks(of: space, for: clock, repeated: [])
                _ = try await store.holdsAll(clock, in: space)
            }
            await step {
                _ = try await store.page(
                    of: space, toPeer: .empty, past: [], targetBytes: 1 << 20)
            }
        }
        if let peer = try? await store.headquarters()?.key {
            // Refused like any other step; asked for above.
            await step { _ = try await store.receipts(of: peer) }
        }
    }

    private mutating func step(_ body: () async throws -> Void) async {
        do {
            try await body()
        } catch {
            refusals.append(error)
        }
    }
}
