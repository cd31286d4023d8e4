import Foundation
import SyncCore

@testable import Wire

/// The files of Protocol/vectors, made anew from fixed keys and salts. Seals are those of RFC 8032,
/// the same every time on Linux.
///
/// `GATEHOUSE_WRITE_VECTORS=1 swift test --filter VectorTests` writes them; without it the test
/// compares. `Protocol/vectors/check.py` computes them from the text alone.
enum Vectors {
    static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Protocol/vectors")

    /// Every file by its path below the folder, without `.json`.
    static func all() throws -> [String: JSON] {
        let log = try Samples.log()
        var files = try groups(log).merging(states(log)) { a, _ in a }
        files.merge(gaps()) { a, _ in a }
        files.merge(try messages(log)) { a, _ in a }
        files.merge(try invalid(log)) { a, _ in a }
        return files
    }

    static func hex(_ bytes: [UInt8]) -> JSON { .text(Hexadecimal.text(bytes)) }

    // MARK: Groups

    private static func groups(_ log: Samples.Log) throws -> [String: JSON] {
        var files: [String: JSON] = [
            "group-first": try group(
                log.first,
                "The first group of a stream creates a record with a text, a number and a reference."
            ),
            "group-first-seeing-another": try group(
                log.headquartersFirst, "A first group whose author held another stream's tip."),
            "group-edit": try group(log.edit, "An edit names the one write it replaces."),
            "group-edit-naming-two": try group(
                log.naming, "A resolution names both siblings and says why in field 3."),
            "group-personal-apart": try group(
                log.personal, "The personal field of a record is a change of its own."),
            "group-deletion": try group(
                log.deletion, "A deletion lists the live writes its author saw and has no value."),
            "group-take-back": try group(
                log.takeBack, "A deletion is taken back: field 2, cleared, naming the deletion."),
            "group-clearing": try group(
                log.clearing, "One field becomes zero, which is a value; another is cleared."),
            "group-unknown-type-and-field": try group(
                log.unknown,
                "A record type and a field no version knows yet. It is logged as any other."),
        ]
        for (name, bytes, whole) in try stripped(log) {
            files[name] = try group(
                GroupCodec().decode(bytes),
                "The last body is reduced to its commitment; the hash is that of the whole group.",
                seal: whole.seal)
        }
        var later = RawGroup.sample
        later.requires = 2
        later.unknown = Protobuf.message { $0.element(19, Array("later".utf8)) }
        later.changes[0].unknown = Protobuf.message { $0.number(15, 1) }
        later.bodies[0].values = RawGroup.values([[], Protobuf.message { $0.number(9, 5) }])
        let newer = try GroupCodec().decode(later.encoded())
        files["group-of-a-later-version"] = try group(
            newer,
            "Requires version 2, with unknown fields and a value of an unknown kind: logged, forwarded, inert.",
            seal: Samples.office.seal(newer.place, newer.hash))
        files["stream-id"] = [
            "about": "A stream's id is made of its space, key and nonce.",
            "space": hex(Samples.space.bytes), "spaceText": .text(Samples.space.description),
            "key": hex(Samples.office.publicKey.bytes), "nonce": hex(Samples.nonce(1)),
            "stream": hex(log.first.place.stream.bytes),
        ]
        files["record-id"] = [
            "about": "A record's id in text is base32hex in lower case.",
            "record": hex(Samples.ticket.bytes), "text": .text(Samples.ticket.description),
        ]
        files["seal"] = [
            "about": "A seal signs the place and the hash.",
            "secretKey": hex(Samples.office.seed), "key": hex(Samples.office.publicKey.bytes),
            "space": hex(Samples.space.bytes), "stream": hex(log.edit.place.stream.bytes),
            "seq": .number(Int64(log.edit.place.seq)), "hash": hex(log.edit.hash.bytes),
            "seal": hex(log.edit.seal ?? []),
        ]
        return files
    }

    /// Groups of the history whose last body was reduced to its commitment.
    static func stripped(
        _ log: Samples.Log
    ) throws -> [(name: String, bytes: [UInt8], whole: Group)] {
        [
            ("group-stripped-body", strip(log.personal), log.personal),
            ("group-stripped-take-back", strip(log.takeBack), log.takeBack),
            ("group-stripped-clearing", strip(log.clearing), log.clearing),
        ]
    }

    private static func strip(_ group: Group) -> [UInt8] {
        let parts = Protobuf.fields(group.bytes)
        let body = Protobuf.fields(parts[parts.count - 1].bytes)
        let commitment = Tagged.sha256("gatehouse:values:1", body.flatMap(\.bytes))
        return Protobuf.message { message in
            for part in parts.dropLast() { message.element(part.field, part.bytes) }
            message.element(2, Protobuf.message { $0.field(3, commitment.bytes) })
        }
    }

    private static func group(_ group: Group, _ about: String, seal: [UInt8]? = nil) throws -> JSON
    {
        let key =
            group.place.stream == (try Samples.log().headquartersFirst.place.stream)
            ? Samples.headquarters : Samples.office
        var file: [String: JSON] = [
            "about": .text(about), "group": hex(group.bytes), "hash": hex(group.hash.bytes),
            "space": hex(group.place.space.bytes), "stream": hex(group.place.stream.bytes),
            "seq": .number(Int64(group.place.seq)),
            "predecessor": hex(group.predecessor?.bytes ?? []),
            "seen": .list(group.seen.map { hex($0.bytes) }),
            "time": .text(String(group.time.rawValue)), "wallClock": .number(group.wallClock),
            "actor": hex(group.actor?.bytes ?? []), "schema": .number(Int64(group.schema)),
            "interpretable": .flag(group.isInterpretable), "key": hex(key.publicKey.bytes),
            "seal": hex(seal ?? group.seal ?? []),
            "changes": .list(group.changes.map { change($0, in: group) }),
        ]
        if let start = group.start {
            file["nonce"] = hex(start.nonce)
            file["continues"] = .list(start.continues.map { hex($0.bytes) })
        }
        return .object(file)
    }

    private static func change(_ change: Change, in group: Group) -> JSON {
        func target(_ reference: Change.Reference) -> JSON {
            [
                "group": hex(group.referenced[Int(reference.group)].bytes),
                "index": .number(Int64(reference.index)),
            ]
        }
        return [
            "record": hex(change.record.bytes), "type": .number(Int64(change.type)),
            "firstIndex": .number(Int64(change.firstIndex)),
            "listed": .list(change.listed.map(target)),
            "writes": .list(
                change.fields.enumerated().map { position, field in
                    [
                        "field": .number(Int64(field)),
                        "value": value(change.values[position], field: field),
                        "names": .list(
                            change.named.filter { $0.position == position }.map {
                                target($0.target)
                            }),
                    ]
                }),
        ]
    }

    private static func value(_ value: Value?, field: UInt32) -> JSON {
        if field == ReservedField.created { return "none" }
        if field == ReservedField.deleted { return value == .empty ? "cleared" : "none" }
        return switch value {
        case nil: "unknown"
        case .empty: "cleared"
        case .text(let text): ["text": .text(text)]
        case .integer(let integer): ["integer": .number(integer)]
        case .record(let record): ["record": hex(record.bytes)]
        }
    }

    // MARK: States

    private static func tip(_ group: Group) -> Tip {
        Tip(stream: group.place.stream, seq: group.place.seq, hash: group.hash)
    }

    static func json(_ tip: Tip) -> JSON {
        [
            "stream": hex(tip.stream.bytes), "seq": .number(Int64(tip.seq)),
            "hash": hex(tip.hash.bytes),
        ]
    }

    static func state(_ groups: [Group]) -> SpaceState {
        var digest = Digest.zero
        var named: Set<WriteID> = []
        for group in groups {
            for index in 0..<UInt32(group.writeCount) {
                digest.add(WriteID(group: group.hash, index: index))
            }
            for name in group.changes.flatMap(\.named) {
                let target = WriteID(
                    group: group.referenced[Int(name.target.group)], index: name.target.index)
                if named.insert(target).inserted { digest.remove(target) }
            }
        }
        let predecessors = Set(groups.compactMap(\.predecessor))
        let tips = groups.filter { !predecessors.contains($0.hash) }.map(tip)
        return SpaceState(clock: VectorClock(tips), digest: digest)
    }

    private static func states(_ log: Samples.Log) -> [String: JSON] {
        let state = state(log.all)
        let shared: [SpaceID: SpaceState] = [.company: .empty, Samples.space: state]
        return [
            "digest": [
                "about": "Tips and digest of a space whose log holds these groups.",
                "log": .list(log.all.map { hex($0.bytes) }),
                "tips": .list(state.clock.tips.map(json)), "digest": hex(state.digest.bytes),
            ],
            "live-writes": [
                "about":
                    "The live writes of this log, if every write were admissible. Field 3 is history only.",
                "log": .list(log.all.map { hex($0.bytes) }), "live": .list(live(log.all)),
            ],
            "root": [
                "about": "The root over the company space, which is empty, and an office space.",
                "spaces": .list(
                    shared.sorted { $0.key < $1.key }.map { space, state in
                        [
                            "space": hex(space.bytes), "digest": hex(state.digest.bytes),
                            "tips": .list(state.clock.tips.map(json)),
                        ]
                    }),
                "root": hex(Root.hash(shared).bytes),
            ],
        ]
    }

    private static func live(_ groups: [Group]) -> [JSON] {
        struct Field: Hashable {
            var record: RecordID
            var type: UInt32
            var field: UInt32
        }
        var registers: [Field: Register] = [:]
        let numbers = Dictionary(
            uniqueKeysWithValues: groups.enumerated().map { ($1.hash, Int64($0)) })
        for (number, group) in groups.enumerated() {
            for change in group.changes {
                for (position, field) in change.fields.enumerated()
                where field != ReservedField.note {
                    let index = change.firstIndex + UInt32(position)
                    let write = LiveWrite(
                        name: LocalWrite(group: Int64(number), index: index),
                        stamp: Stamp(
                            time: group.time, write: WriteID(group: group.hash, index: index)),
                        role: .office, value: change.values[position])
                    let names = change.named.filter { $0.position == position }.compactMap { name in
                        numbers[group.referenced[Int(name.target.group)]].map {
                            LocalWrite(group: $0, index: name.target.index)
                        }
                    }
                    let slot = Field(record: change.record, type: change.type, field: field)
                    registers[slot, default: Register()].apply(write, naming: Set(names))
                }
            }
        }
        var live: [(slot: Field, write: WriteID)] = []
        for (slot, register) in registers {
            for write in register.live { live.append((slot, write.stamp.write)) }
        }
        live.sort { $0.write < $1.write }
        return live.map { slot, write in
            JSON.object([
                "record": hex(slot.record.bytes), "type": .number(Int64(slot.type)),
                "field": .number(Int64(slot.field)), "group": hex(write.group.bytes),
                "index": .number(Int64(write.index)),
            ])
        }
    }

    // MARK: Gaps

    /// The example of clock.md: 4 and 5, then after a restore 4′ and 5′.
    private static func gaps() -> [String: JSON] {
        let stream = StreamID(high: 0x5555, low: 5)
        func tip(_ seq: UInt64, _ branch: UInt64 = 0) -> Tip {
            Tip(stream: stream, seq: seq, hash: GroupHash(seq << 8 | branch, seq, branch, 0x1234))
        }
        let line = (1...5).map { tip($0) }
        let restored = line.prefix(3) + [tip(4, 1), tip(5, 1)]
        let both = line + [tip(4, 1), tip(5, 1)]
        let other = Tip(stream: StreamID(high: 9, low: 9), seq: 1, hash: GroupHash(9, 9, 9, 9))
        let landmarks = [tip(4, 1), tip(3), tip(1)]
        return [
            "gap-known-tip": gap(
                "The peer states a tip held here: what follows it is its gap.",
                log: line, tips: [tip(3)]),
            "gap-no-tip": gap(
                "The peer states no tip of the stream: all of it is the gap.",
                log: line, tips: [other]),
            "gap-left-out": gap(
                "The peer states only a tip unknown here: the stream is left out.",
                log: line, tips: [tip(5, 1)]),
            "gap-in-doubt": gap(
                "The peer adds its landmarks: what follows the last one held here is its gap.",
                log: line, tips: [tip(5, 1)], past: landmarks),
            "gap-begun-twice": gap(
                "The peer adds landmarks and none is held here: all of the stream is the gap.",
                log: line, tips: [tip(5, 1)], past: [tip(1, 1), tip(4, 1)]),
            "gap-forked": gap(
                "Both branches are held here and the peer states the tip of one.",
                log: both, tips: [tip(5, 1)]),
            "gap-known-and-unknown": gap(
                "The peer states a held tip and an unknown one of the same stream.",
                log: line, tips: [tip(4), tip(5, 1)]),
            "backed-up": backedUp(
                "One backup holds a branch to its end and half of the other, the second only the other.",
                log: both, backups: [[tip(4), tip(5, 1)], [tip(5)]]),
            "backed-up-unknown": backedUp(
                "A tip that is not logged here covers nothing, so of the stream nothing is covered.",
                log: line, backups: [[tip(5)], [tip(4, 1)]]),
            "landmarks": [
                "about":
                    "What a replica with these groups states of the stream when it is in doubt.",
                "log": .list(json(Array(restored))),
                "stream": hex(stream.bytes),
                "past": .list(landmarks.map(json)),
            ],
        ]
    }

    /// Groups as tips with their predecessors: the one at seq − 1 of the same branch, or else of
    /// the first.
    private static func json(_ log: [Tip]) -> [JSON] {
        log.map { tip in
            guard case .object(var object) = json(tip) else { return json(tip) }
            let predecessor = predecessor(of: tip, in: log)
            object["predecessor"] = hex(predecessor?.hash.bytes ?? [])
            return .object(object)
        }
    }

    private static func predecessor(of tip: Tip, in log: [Tip]) -> Tip? {
        let before = log.filter { $0.seq == tip.seq - 1 }
        return before.first { $0.hash.words.2 == tip.hash.words.2 } ?? before.first
    }

    static func tree(_ log: [Tip]) -> (tree: BranchTree, points: [GroupHash: BranchTree.Point]) {
        var branches: [Int64: BranchTree.Branch] = [:]
        var points: [GroupHash: BranchTree.Point] = [:]
        for tip in log {
            let predecessor = predecessor(of: tip, in: log)
            let root = predecessor.flatMap { points[$0.hash] }
            if let root, branches[root.branch]?.last == predecessor {
                branches[root.branch]?.last = tip
                points[tip.hash] = .init(branch: root.branch, seq: tip.seq)
            } else {
                let number = Int64(branches.count + 1)
                branches[number] = .init(
                    number: number, stream: tip.stream, root: root, last: tip, endsInTip: true)
                points[tip.hash] = .init(branch: number, seq: tip.seq)
            }
        }
        return (BranchTree(Array(branches.values)), points)
    }

    private static func gap(
        _ about: String, log: [Tip], tips: [Tip], past: [Tip] = []
    ) -> JSON {
        let (tree, points) = tree(log)
        let from = tree.gap(toPeer: VectorClock(tips), past: past) { points[$0] }
        let gap = log.filter { tip in
            guard let point = points[tip.hash], let after = from[point.branch] else { return false }
            return point.seq > after
        }
        return [
            "about": .text(about), "log": .list(json(log)), "tips": .list(tips.map(json)),
            "past": .list(past.map(json)), "gap": .list(gap.map { hex($0.hash.bytes) }),
        ]
    }

    private static func backedUp(_ about: String, log: [Tip], backups: [[Tip]]) -> JSON {
        let (tree, points) = tree(log)
        let coverages = backups.map { tips in
            tree.coverage(of: tips.compactMap { points[$0.hash] })
        }
        let common = Set(tree.tips(coveredByAll: coverages))
        let tips = log.filter { tip in points[tip.hash].map(common.contains) ?? false }
        return [
            "about": .text(about), "log": .list(json(log)),
            "backups": .list(backups.map { .list($0.map(json)) }),
            "backedUp": .list(VectorClock(tips).tips.map(json)),
        ]
    }

    // MARK: Messages

    private static func messages(_ log: Samples.Log) throws -> [String: JSON] {
        let code = JoinCode(
            secret: [UInt8](repeating: 0xC3, count: 16), key: Samples.headquarters.publicKey)
        let join = JoinRequest(
            code: code, space: Samples.space, officeCode: "MH01", isEmpty: true,
            signedBy: Samples.office)
        let credential = [UInt8](repeating: 0x77, count: 32)
        let joined = JoinResponse(
            to: join, space: Samples.space, credential: credential, signedBy: Samples.headquarters)
        let state = state(Array(log.all.prefix(4)))
        let shared: [SpaceID: SpaceState] = [.company: .empty, Samples.space: state]
        let company = SpacePart(space: .company, clock: .empty, digest: .zero)
        let request = ExchangeRequest(
            node: Samples.office.publicKey, token: [], now: Samples.midnight,
            root: Root.hash(shared),
            parts: [
                company,
                SpacePart(
                    space: Samples.space, clock: state.clock, digest: state.digest,
                    groups: [log.first.bytes, Samples.sealed(log.edit)], more: false),
            ], schema: 1)
        let whole = Vectors.state(log.all)
        let response = ExchangeResponse(
            node: Samples.headquarters.publicKey, token: [UInt8](repeating: 0x44, count: 16),
            stale: true, now: Samples.midnight + 1_000,
            root: Root.hash([.company: .empty, Samples.space: whole]),
            parts: [
                company,
                SpacePart(
                    space: Samples.space, clock: whole.clock, digest: whole.digest,
                    groups: [Samples.sealed(log.naming)], more: true, need: true,
                    past: [tip(log.first)], backedUp: VectorClock([tip(log.edit)]),
                    want: [log.edit.hash, log.personal.hash]),
            ], schema: 1)
        let answer = ExchangeRequest(
            node: Samples.office.publicKey, token: [UInt8](repeating: 0x44, count: 16),
            now: Samples.midnight, root: Root.hash(shared),
            parts: [
                company,
                SpacePart(
                    space: Samples.space, clock: state.clock, digest: state.digest,
                    groups: [log.edit.bytes, strip(log.personal), Samples.sealed(log.naming)],
                    backedUp: state.clock),
            ], schema: 1)
        let idle = ExchangeRequest(
            node: Samples.office.publicKey, token: [UInt8](repeating: 0x44, count: 16),
            now: Samples.midnight, root: Root.hash(shared), parts: [], schema: 1)
        return [
            "join-code": [
                "about":
                    "A join code: 16 secret bytes and 9 of the fingerprint of headquarters' key.",
                "secret": hex([UInt8](repeating: 0xC3, count: 16)),
                "key": hex(Samples.headquarters.publicKey.bytes), "code": hex(code.bytes),
                "text": .text(code.description),
            ],
            "join-request": [
                "about": "A node asks to be let in.", "message": hex(join.encoded()),
                "code": hex(code.bytes), "key": hex(join.key.bytes),
                "space": hex(join.space.bytes), "officeCode": "MH01", "empty": .flag(true),
                "proof": hex(join.proof),
            ],
            "join-response": [
                "about": "Headquarters answers the request of join-request.json.",
                "message": hex(joined.encoded()), "code": hex(code.bytes),
                "nodeKey": hex(join.key.bytes), "key": hex(joined.key.bytes),
                "space": hex(joined.space.bytes), "credential": hex(credential),
                "proof": hex(joined.proof),
            ],
            "exchange-request": exchange(
                "A first exchange: no token yet, two groups, of which the last is sealed.",
                request.encoded(), node: request.node, token: request.token, now: request.now,
                root: request.root, parts: request.parts, stale: nil),
            "exchange-request-idle": exchange(
                "Nothing to say: root and token only.", idle.encoded(), node: idle.node,
                token: idle.token, now: idle.now, root: idle.root, parts: [], stale: nil),
            "exchange-request-answering": exchange(
                "Two wanted groups, one stripped and neither sealed, before the page; and what the backups cover.",
                answer.encoded(), node: answer.node, token: answer.token, now: answer.now,
                root: answer.root, parts: answer.parts, stale: nil),
            "exchange-response": exchange(
                "An answer with a page, need, more, landmarks, what the backups cover, and two wanted groups.",
                response.encoded(),
                node: response.node, token: response.token, now: response.now,
                root: response.root, parts: response.parts, stale: true),
            "problem": [
                "about": "A problem as application/problem+json.",
                "code": "not-a-member", "status": .number(403), "space": "company",
                "json": .text(
                    String(
                        decoding: Problem(
                            .notAMember, detail: "Headquarters does not share this space.",
                            space: .company
                        ).json(), as: UTF8.self)),
            ],
        ]
    }

    private static func exchange(
        _ about: String, _ message: [UInt8], node: NodeKey, token: [UInt8], now: UInt64,
        root: GroupHash, parts: [SpacePart], stale: Bool?
    ) -> JSON {
        var file: [String: JSON] = [
            "about": .text(about), "message": hex(message), "node": hex(node.bytes),
            "token": hex(token), "now": .number(Int64(now)), "root": hex(root.bytes),
            "schema": .number(1),
            "spaces": .list(
                parts.map { part in
                    [
                        "space": hex(part.space.bytes), "tips": .list(part.clock.tips.map(json)),
                        "digest": hex(part.digest.bytes), "groups": .list(part.groups.map(hex)),
                        "more": .flag(part.more), "need": .flag(part.need),
                        "past": .list(part.past.map(json)),
                        "backedUp": .list(part.backedUp.tips.map(json)),
                        "want": .list(part.want.map { hex($0.bytes) }),
                    ]
                }),
        ]
        if let stale { file["stale"] = .flag(stale) }
        return .object(file)
    }

    // MARK: Invalid

    private static func invalid(_ log: Samples.Log) throws -> [String: JSON] {
        var files: [String: JSON] = [:]
        for bad in BadGroup.all {
            files["invalid/\(bad.name)"] = [
                "about": .text(bad.about), "message": "Group", "bytes": hex(bad.bytes),
                "problem": "malformed-group",
            ]
        }
        for bad in BadMessage.all {
            files["invalid/\(bad.name)"] = [
                "about": .text(bad.about), "message": "ExchangeRequest", "bytes": hex(bad.bytes),
                "problem": .text(bad.problem.rawValue),
            ]
        }
        for bad in try BadPlace.all(log) {
            files["invalid/\(bad.name)"] = [
                "about": .text(bad.about), "message": "Group", "bytes": hex(bad.bytes),
                "log": .list([log.first, log.headquartersFirst].map { hex(Samples.sealed($0)) }),
                bad.problem == nil ? "answer" : "problem": .text(bad.problem?.rawValue ?? "need"),
            ]
        }
        return files
    }
}
