import Foundation
import Node
import Records
import Store
import SyncCore
import Wire

/// The real rows in each shape that a stage of the write path or the sync path begins with.
struct StageMaterial {
    let rows: [BenchRow]
    /// An office that holds all rows, in memory and open.
    let node: LocalNode
    /// What the office sends, page by page, and the clock of who asks for each.
    private(set) var pages: [[[UInt8]]] = []
    private(set) var clocks: [VectorClock] = []
    /// All groups of the pages, decoded.
    private(set) var groups: [Group] = []
    /// What the author of each group said, before it had bytes.
    private(set) var drafts: [GroupDraft] = []

    var space: SpaceID { node.identity.space }
    /// The encoded groups in one piece.
    var bytes: [UInt8] { pages.flatMap { $0.flatMap { $0 } } }

    init(rows: [BenchRow], node: LocalNode) async throws {
        self.rows = rows
        self.node = node
        let codec = GroupCodec()
        var clock = VectorClock.empty
        while true {
            let page = try await page(to: clock)
            clocks.append(clock)
            pages.append(page.groups)
            groups += try page.groups.map { try codec.decode($0) }
            guard page.more, let last = groups.last else { break }
            // A new office has one stream, so its last group is the whole clock.
            clock = VectorClock([
                Tip(stream: last.place.stream, seq: last.place.seq, hash: last.hash)
            ])
        }
        drafts = groups.map(Self.draft)
    }

    /// A page as the office makes it for a peer that holds so much.
    func page(to clock: VectorClock) async throws -> GroupPage {
        try await node.store.page(
            of: space, toPeer: clock, past: [], targetBytes: Limits.pageTargetBytes)
    }

    /// The request that carries a page.
    func request(_ page: [[UInt8]], _ clock: VectorClock) -> ExchangeRequest {
        ExchangeRequest(
            node: node.key.publicKey, token: [], now: 0, root: Root.hash([:]),
            parts: [
                SpacePart(space: space, clock: clock, digest: SpaceState.empty.digest, groups: page)
            ],
            schema: Catalogue.schema)
    }

    /// New tickets with the same fields, 100 to a save.
    func saves(by node: LocalNode) -> [[RecordEdit]] {
        stride(from: 0, to: rows.count, by: Self.perGroup).map { start in
            rows[start..<min(start + Self.perGroup, rows.count)].map {
                RecordEdit(.ticket, .create(node.newID(for: .ticket)), contents: $0.contents())
            }
        }
    }

    static let perGroup = 100

    /// New records only, so that no write names another.
    private static func draft(_ group: Group) -> GroupDraft {
        let changes = group.changes.map { change in
            let writes = zip(change.fields, change.values).map {
                WriteDraft(field: $0, value: $1 ?? .empty)
            }
            return ChangeDraft(
                record: change.record, type: change.type, writes: writes,
                salt: (0..<16).map { _ in UInt8.random(in: .min ... .max) })
        }
        return GroupDraft(
            place: group.place, predecessor: group.predecessor, seen: group.seen, time: group.time,
            wallClock: group.wallClock, actor: group.actor, schema: group.schema,
            start: group.start, changes: changes)
    }
}
