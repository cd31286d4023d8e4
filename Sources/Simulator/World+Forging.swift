import Node
import SyncCore
import Wire

extension World {
    /// A joined node that is not ours any more sends what it likes (S39). Whatever headquarters
    /// answers, nothing of it may harm anybody: the checks of every other step say so.
    func forge() async throws {
        guard let old = captured.last(where: { $0.office == 1 }), headquarters.running != nil
        else { return }
        var body = old.body
        switch chance.below(7) {
        case 0: body = damaged(body)
        case 1:
            // Another office's request under this node's credential.
            body = chance.pick(captured).body
        case 2, 3: body = foreignParts(body)
        case 4: body = wanting(body)
        default: body = oddGroups(body)
        }
        do {
            let office = nodes[old.office]
            try scan(try await ask(body, at: .exchange, old.credential, office), office)
            note("a forged message is answered")
        } catch is PeerFailure {
            note("a forged message is refused")
        }
    }

    /// An old request that also wants groups of anybody.
    private func wanting(_ body: [UInt8]) -> [UInt8] {
        guard var request = try? ExchangeRequest(decoding: body) else { return body }
        if request.parts.isEmpty {
            request.parts = [SpacePart(space: .company, clock: .empty, digest: .zero)]
        }
        for position in request.parts.indices { request.parts[position].want = anyGroups() }
        return request.encoded()
    }

    /// Some of all groups there are, of whatever space.
    private func anyGroups() -> [GroupHash] {
        let all = groups.keys.sorted()
        return (0..<chance.below(12)).map { _ in chance.pick(all) }
    }

    /// Groups of one space said to be of another.
    private func foreignParts(_ body: [UInt8]) -> [UInt8] {
        guard var request = try? ExchangeRequest(decoding: body),
            let other = try? ExchangeRequest(decoding: chance.pick(captured).body)
        else { return body }
        let groups = (request.parts + other.parts).flatMap(\.groups)
        let target =
            chance.happens(300)
            ? chance.pick(allOffices) : chance.pick(request.parts.map(\.space) + [.company])
        request.parts = [
            SpacePart(
                space: target, clock: .empty, digest: .zero, groups: groups, want: anyGroups())
        ]
        return request.encoded()
    }

    /// A group of the node's own stream, well made and sealed, that says what no program of ours
    /// would: an unknown type, fields it may not write, a name that points nowhere, the year 9999.
    private func oddGroups(_ body: [UInt8]) -> [UInt8] {
        guard var request = try? ExchangeRequest(decoding: body),
            let node = offices.first(where: { $0.key == request.node }),
            let key = try? SimulatedHome(node.disk).signingKey(random: { _ in [] })
        else { return body }
        let codec = GroupCodec()
        let nonce = chance.bytes(16)
        let space =
            chance.happens(600)
            ? node.space : chance.happens(700) ? .company : chance.pick(allOffices)
        let target = records.filter { $0.id.home == space }.randomElement(using: &chance)?.id
        let record =
            target ?? RecordID(home: space, milliseconds: node.clock.milliseconds, using: &chance)
        let time = HybridTime.zero.next(
            wallClock: chance.happens(200)
                ? HybridTime.latest.milliseconds : headquarters.clock.milliseconds)
        let earlier = node.model.clock(space).tips.filter { _ in chance.happens(100) }
        let draft = GroupDraft(
            place: Place(
                space: space, stream: codec.stream(space: space, key: node.key, nonce: nonce),
                seq: 1),
            predecessor: nil, seen: [], time: time,
            wallClock: Int64(clamping: time.milliseconds), actor: nil, schema: 9_999,
            start: Start(
                key: node.key,
                continues: earlier.filter { groups[$0.hash]?.place.stream == $0.stream }
                    .map(\.hash), nonce: nonce),
            changes: [
                ChangeDraft(
                    record: record, type: chance.pick([31, 20, 21, 999]),
                    writes: [
                        WriteDraft(
                            field: chance.pick([16, 17, 45, 52, 60_000]),
                            value: .text("forged \(chance.below(1_000))"),
                            names: chance.happens(150)
                                ? [WriteID(group: GroupHash(1, 2, 3, 4), index: 7)] : [])
                    ], salt: chance.bytes(16))
            ])
        guard var group = try? codec.encode(draft) else { return body }
        group.seal = key.seal(group.place, group.hash)
        guard let seal = group.seal else { return body }
        // The seal as field 3 behind the group.
        let bytes = group.bytes + [3 << 3 | 2, UInt8(seal.count)] + seal
        // Now and then among the groups of a space it is not of.
        let stated = chance.happens(250) ? chance.pick(allOffices + [.company]) : space
        request.parts = [
            SpacePart(
                space: stated, clock: .empty, digest: .zero, groups: [bytes], want: anyGroups())
        ]
        return request.encoded()
    }
}
