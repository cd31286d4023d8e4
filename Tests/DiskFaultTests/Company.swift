import Node
import Records
import SimulatedDisk
import Store
import SyncCore
import Testing
import Wire

/// Headquarters and one office that joined it, in the same process, each with a disk of its own.
///
/// Every test works on clones of disks that were filled once.
struct Company {
    let headquarters: Machine
    let office: Machine
    /// Of both sides; small, so that little work takes several pages.
    var pageTargetBytes = 4_096

    /// A company in step: some records of both sides, exchanged.
    static func inStep() async throws -> Company {
        let disks = try await template.value
        return Company(headquarters: Machine(disks.0), office: Machine(disks.1)).clone()
    }

    private static let template = Task { try await make() }

    init(headquarters: Machine, office: Machine) {
        self.headquarters = headquarters
        self.office = office
    }

    private static func make() async throws -> (Disk, Disk) {
        let company = Company(
            headquarters: Machine(Disk(), seed: 11), office: Machine(Disk(), seed: 12))
        try await company.headquarters.found(.headquarters, code: "HQ")
        try await company.office.found(.office, code: "MH01")
        try await company.start()
        let (code, _) = try await company.headquarters.node.invite(officeCode: "MH01")
        _ = try await company.office.node.join(code, url: "test", through: company.line)
        for room in 1...6 { _ = try await company.office.node.saveHousehold("\(100 + room)") }
        try await company.exchange()
        try company.close()
        return (company.headquarters.disk, company.office.disk)
    }

    /// The same disks again; both machines are off.
    func clone(seed: UInt64 = 1) -> Company {
        var copy = Company(
            headquarters: Machine(headquarters.disk.clone(), seed: seed &* 2 &+ 100),
            office: Machine(office.disk.clone(), seed: seed &* 2 &+ 101))
        copy.pageTargetBytes = pageTargetBytes
        return copy
    }

    func start() async throws {
        try await headquarters.start()
        try await office.start()
    }

    func close() throws {
        try headquarters.close()
        try office.close()
    }

    var line: any PeerChannel {
        Line(
            responder: ExchangeResponder(
                node: headquarters.node, pageTargetBytes: pageTargetBytes))
    }

    /// Exchanges until both hold the same.
    ///
    /// - Throws: what ended an exchange early.
    func exchange(_ machine: Machine? = nil) async throws {
        let node = (machine ?? office).node
        let known = try #require(try await node.store.headquarters())
        for _ in 0..<3 {
            let report = try await ExchangeCaller(
                node: node, channel: line, headquarters: known, pageTargetBytes: pageTargetBytes
            ).run()
            if let failure = report.failure { throw failure }
            if report.isComplete { return }
        }
        throw NotInStep()
    }

    struct NotInStep: Error {}

    /// What people at the office were told is saved, read on a copy: the machine may have to stay
    /// off, with its disk as a kill left it.
    func rooms() async throws -> [RecordID: Value] {
        let copy = clone()
        return try await copy.office.start().rooms()
    }

    private struct Line: PeerChannel {
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
}

extension LocalNode {
    /// Saves a household of the office's estate.
    @discardableResult
    func saveHousehold(_ room: String) async throws -> RecordID {
        guard let estate = try await store.list(RecordQuery(.estate)).records.first?.id else {
            throw StoreError(.recordNotFound, "The office has no estate.")
        }
        let id = newID(for: .household, in: estate.home)
        let contents: [(String, Value)] = [
            ("estate", .record(estate)), ("building", .text("3")), ("unit", .text("2")),
            ("room", .text(room)), ("status", .text("occupied")), ("area", .integer(8_850)),
        ]
        var byNumber: [UInt32: RecordEdit.Content] = [:]
        for (name, value) in contents {
            if let field = RecordType.household.field(named: name) {
                byNumber[field.number] = .value(value)
            }
        }
        try await save([RecordEdit(.household, .create(id), contents: byNumber)], actor: nil)
        return id
    }

    /// The rooms people see, by record.
    func rooms() async throws -> [RecordID: Value] {
        let records = try await store.list(.allRooms).records
        return Dictionary(uniqueKeysWithValues: records.map { ($0.id, $0.value("room")) })
    }
}

extension RecordQuery {
    static var allRooms: RecordQuery {
        var query = RecordQuery(.household)
        query.limit = 500
        return query
    }
}
