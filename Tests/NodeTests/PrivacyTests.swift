import Foundation
import GRDB
import Records
import SyncCore
import Synchronization
import Testing
import Wire

@testable import Node
@testable import Store

/// What may not leave an office does not, by a search that finds it at home (design.md §2).
@Suite struct PrivacyTests {
    private let company: TestCompany
    private let office: TestNode
    private let other: TestNode
    /// One for each office-only field of the catalogue.
    private let markers: [String]
    private let otherMarker = "ZZOTHEROFFICE0001"

    init() async throws {
        company = try await TestCompany()
        office = try await TestNode(.office, code: "MH01")
        other = try await TestNode(.office, code: "MH02")
        try await company.join(office)
        try await company.join(other)
        var markers: [String] = []
        for type in Catalogue.types where type.home == .office && type.creator.includes(.office) {
            let fields = type.fields.filter { $0.privacy == .officeOnly }
            guard !fields.isEmpty else { continue }
            let id = office.node.newID(for: type)
            var contents: [UInt32: RecordEdit.Content] = [:]
            for field in fields {
                if case .integer = field.kind {
                    contents[field.number] = .value(.integer(7_315_529_001))
                    continue
                }
                let marker = "ZZPRIVATE\(type.number)F\(field.number)X"
                markers.append(marker)
                contents[field.number] =
                    field.merge == .set ? .elements([.text(marker)]) : .value(.text(marker))
            }
            try await office.node.save(
                [RecordEdit(type, .create(id), contents: contents)], actor: nil)
            // Changed and cleared values leave no less a trace.
            try await office.node.save(
                [
                    RecordEdit(
                        type, .change(id),
                        contents: contents.mapValues { content in
                            if case .value(.text(let text)) = content {
                                .value(.text(text + "2"))
                            } else {
                                content
                            }
                        }, note: "ZZPRIVATENOTE")
                ], actor: nil)
        }
        self.markers = markers + ["ZZPRIVATENOTE"]
        _ = try await other.person(["name": .text(otherMarker)])
        _ = try await other.node.household("9", "9", "909")
    }

    /// Where a text is found in a node: decoded groups, cells of all tables, and raw bytes of all
    /// files.
    private func places(of text: String, in node: TestNode) async throws -> [String] {
        var places = try await node.node.store.queue.read { db in
            var places: [String] = []
            for number in try Int64.fetchAll(db, sql: "SELECT number FROM log") {
                let group = try LogReader(db: db, codec: GroupCodec()).group(number)
                let values = group.changes.flatMap(\.values).compactMap { $0 }
                if values.contains(where: { "\($0)".contains(text) }) { places.append("group") }
            }
            for table in try String.fetchAll(
                db, sql: "SELECT name FROM sqlite_schema WHERE type = 'table'")
            {
                for row in try Row.fetchAll(db, sql: "SELECT * FROM \"\(table)\"")
                where row.contains(where: { "\($0.1.storage.value ?? "")".contains(text) }) {
                    places.append("table \(table)")
                }
            }
            return places
        }
        for file in try FileManager.default.contentsOfDirectory(
            at: node.folder, includingPropertiesForKeys: nil)
        where try Data(contentsOf: file).range(of: Data(text.utf8)) != nil {
            places.append("file \(file.lastPathComponent)")
        }
        return places
    }

    @Test
    func `nothing that is office-only reaches headquarters, and the search finds it at the office`()
        async throws
    {
        let traffic = Traffic()
        var channel = ScriptedChannel(company.channel)
        channel.request = { _, body throws(PeerFailure) in traffic.note(body) }
        channel.response = { _, answer throws(PeerFailure) in
            traffic.note(answer)
            return answer
        }
        let report = try await company.exchange(office, through: channel)
        #expect(report.isComplete)
        try await company.settle([office, other])
        #expect(markers.count > 5)
        for marker in markers {
            let atHome = try await places(of: marker, in: office)
            #expect(atHome.contains("group"), "the search does not find \(marker) at home")
            #expect(
                atHome.contains { $0.hasPrefix("file") },
                "the search does not find \(marker) at home")
            #expect(try await places(of: marker, in: company.headquarters) == [], "\(marker)")
            #expect(try await places(of: marker, in: other) == [], "\(marker)")
            #expect(!traffic.contains(marker), "\(marker)")
        }
        #expect(try await places(of: "7315529001", in: company.headquarters) == [])
        #expect(traffic.contains("幸福花园"), "the search does not find shared values in the traffic")
    }

    @Test func `nothing of another office reaches an office, not even that it exists`() async throws
    {
        try await company.settle([office, other])
        #expect(try await places(of: otherMarker, in: company.headquarters).contains("group"))
        #expect(try await places(of: otherMarker, in: office) == [])
        #expect(
            try await !office.node.store.spaces().contains { $0.space == other.node.identity.space }
        )
    }

    @Test func `private groups name nothing of shared ones, and the other way round`() async throws
    {
        try await company.settle([office])
        let own = office.node.identity.space
        let hidden = SpaceID.officePrivate(own.office)
        try await office.node.store.queue.read { db in
            let numbers = try Int64.fetchAll(db, sql: "SELECT number FROM log")
            let groups = try numbers.map { try LogReader(db: db, codec: GroupCodec()).group($0) }
            let spaces = Dictionary(uniqueKeysWithValues: groups.map { ($0.hash, $0.place.space) })
            #expect(spaces.values.contains(hidden))
            for group in groups {
                #expect(group.past.allSatisfy { spaces[$0] == group.place.space })
            }
        }
        #expect(
            try await company.headquarters.node.store.spaces().allSatisfy { $0.space != hidden })
    }
}

/// Everything that went over a line.
private final class Traffic: Sendable {
    private let bytes = Mutex<[Data]>([])

    func note(_ message: [UInt8]) { bytes.withLock { $0.append(Data(message)) } }

    func contains(_ text: String) -> Bool {
        bytes.withLock { $0.contains { $0.range(of: Data(text.utf8)) != nil } }
    }
}
