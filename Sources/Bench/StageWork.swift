import Foundation
import Node
import Records
import Store
import SyncCore
import Transport
import Wire

/// Carries out each piece of the two paths once, on real code and the real rows.
struct StageWork {
    let material: StageMaterial
    let folders: Folders
    /// A real headquarters whose folder lies in memory.
    let headquarters: HeadquartersProcess
    private let client = HTTPClient(
        HTTPClient.Configuration(maximumResponseBytes: 1 << 20, userAgent: "gatehouse-bench"))
    private let codec = GroupCodec()

    /// - Returns: the database of a headquarters that took in every page, closed.
    func run(_ readings: inout StageReadings) async throws -> URL {
        try groups(&readings)
        try await messages(&readings)
        let memory = folders.fast.appending(path: "stage")
        let disk = try folders.place("stage")
        let saved = try await save(in: memory)
        readings[.saveInMemory] = saved.processor
        readings[.saveInMemoryWall] = saved.wall
        readings[.saveOnDiskWall] = try await save(in: disk).wall
        let pages = material.pages
        readings[.ingestOnDiskWall] = try await ingest(pages, into: disk).wall
        // Each group in a transaction of its own, as a save is.
        let groups = sealedGroups()
        readings[.ingestEach] = try await ingest(groups, into: memory).processor
        // Of types that nobody declared nothing is projected: that leaves admission and log.
        readings[.logEach] = try await ingest(groups, into: memory, types: []).processor
        readings[.logInMemory] = try await ingest(pages, into: memory, types: []).processor
        let taken = try await ingest(pages, into: memory)
        readings[.ingestInMemory] = taken.processor
        readings[.ingestInMemoryWall] = taken.wall
        readings[.reproject] = try await reproject(memory).processor
        return memory.appending(path: "gatehouse.db")
    }

    func close() async { await client.close() }

    /// What happens to a group by itself.
    private func groups(_ readings: inout StageReadings) throws {
        let pages = material.pages
        try readings.time(.encode) { for draft in material.drafts { _ = try codec.encode(draft) } }
        try readings.time(.decode) {
            for page in pages { for group in page { _ = try codec.decode(group) } }
        }
        try readings.time(.hash) {
            for page in pages { for group in page { _ = try codec.hash(of: group) } }
        }
        readings.time(.seal) {
            for group in material.groups { _ = material.node.key.seal(group.place, group.hash) }
        }
        let seals = material.groups.map { material.node.key.seal($0.place, $0.hash) }
        try readings.time(.verify) {
            for (group, seal) in zip(material.groups, seals)
            where !material.node.key.publicKey.sealed(group.place, group.hash, by: seal) {
                throw BenchFailure("A seal does not hold.")
            }
        }
        let merges = StageMerges(material.groups)
        readings.time(.merge) { merges.run() }
    }

    /// Each group as a page of its own, with the seal that a page has at its end only.
    private func sealedGroups() -> [[[UInt8]]] {
        material.groups.map { group in
            [group.bytes + [26, 64] + material.node.key.seal(group.place, group.hash)]
        }
    }

    /// What happens to a page on its way.
    private func messages(_ readings: inout StageReadings) async throws {
        readings[.page] = try await StageCost.of {
            for clock in material.clocks { _ = try await material.page(to: clock) }
        }.processor
        let requests = zip(material.pages, material.clocks).map(material.request)
        var encoded: [[UInt8]] = []
        readings.time(.messageEncode) { encoded = requests.map { $0.encoded() } }
        var packed: [[UInt8]] = []
        readings.time(.compress) { packed = encoded.map { Gzip.compress($0) } }
        try readings.time(.decompress) { for body in packed { _ = try Gzip.decompress(body) } }
        try readings.time(.messageDecode) {
            for body in encoded { _ = try ExchangeRequest(decoding: body) }
        }
        readings[.network] = try await StageCost.of {
            for body in packed { try await post(body) }
        }.wall
    }

    /// The bytes as they are, said to be no gzip: headquarters reads them whole and sees at the
    /// first byte that they are no message. So this is HTTP alone, with one short refusal noted.
    private func post(_ body: [UInt8]) async throws {
        let answer = try await client.send(
            HTTPRequest(
                method: "POST", url: headquarters.url + ExchangeAddress.exchange.rawValue,
                headers: [HTTPHeader("Content-Type", "application/x-protobuf")], body: body))
        guard answer.status == 400 else {
            throw BenchFailure("Headquarters answered \(answer.status) to bytes without meaning.")
        }
    }

    private func save(in folder: URL) async throws -> StageCost {
        let node = try await PreparedOffice.found(in: folder)
        let saves = material.saves(by: node)
        let cost = try await StageCost.of {
            for edits in saves { try await node.save(edits, actor: nil) }
        }
        try await check(node.store)
        try node.close()
        return cost
    }

    /// - Parameter types: what is projected; nothing when empty.
    private func ingest(
        _ pages: [[[UInt8]]], into folder: URL, types: [RecordType] = Catalogue.types
    ) async throws -> StageCost {
        try makeAnew(folder)
        let store = try open(folder, types)
        try await store.trust(material.node.key.publicKey, role: .office, space: material.space)
        let cost = try await StageCost.of {
            for page in pages {
                _ = try await store.ingest(
                    page, into: material.space, isDirectoryCurrent: true, nextLife: "bench")
            }
        }
        let held = try await store.spaces().reduce(0) { $0 + $1.groups }
        guard held == material.groups.count else {
            throw BenchFailure("\(held) groups are there instead of \(material.groups.count).")
        }
        if !types.isEmpty { try await check(store) }
        try store.close()
        return cost
    }

    private func reproject(_ folder: URL) async throws -> StageCost {
        let store = try open(folder, Catalogue.types)
        let cost = try await StageCost.of { try await store.reproject() }
        try await check(store)
        try store.close()
        return cost
    }

    private func open(_ folder: URL, _ types: [RecordType]) throws -> Store {
        try Store(
            path: folder.appending(path: "gatehouse.db").path, types: types, role: .headquarters,
            codec: codec, sealing: SigningKey())
    }

    private func check(_ store: Store) async throws {
        let count = try await store.count(RecordQuery(.ticket))
        guard count == material.rows.count else {
            throw BenchFailure("\(count) tickets are there instead of \(material.rows.count).")
        }
    }

    private func makeAnew(_ folder: URL) throws {
        try FileManager.default.removeItem(at: folder)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }
}

/// The rules of merging by themselves: each write becomes live in its field, and the field's class
/// says what is shown.
private struct StageMerges {
    private var writes: [(MergeClass, LiveWrite)] = []

    init(_ groups: [Group]) {
        for (number, group) in groups.enumerated() {
            for change in group.changes where change.type == RecordType.ticket.number {
                for (position, field) in change.fields.enumerated() {
                    guard let merge = RecordType.ticket.field(number: field)?.merge else {
                        continue
                    }
                    let index = change.firstIndex + UInt32(position)
                    writes.append(
                        (
                            merge,
                            LiveWrite(
                                name: LocalWrite(group: Int64(number), index: index),
                                stamp: Stamp(
                                    time: group.time,
                                    write: WriteID(group: group.hash, index: index)),
                                role: .office, value: change.values[position])
                        ))
                }
            }
        }
    }

    func run() {
        for (merge, write) in writes {
            var register = Register()
            register.apply(write, naming: [])
            precondition(merge.shown(register.live) != nil, "a field with a write shows nothing")
        }
    }
}
