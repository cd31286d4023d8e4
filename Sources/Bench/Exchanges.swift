import Foundation
import Logging
import Node
import Records
import Store
import SyncCore
import Transport
import Wire

/// First sync, changed records and idle exchanges against a headquarters in a process of its own.
struct Exchanges {
    let folder: URL
    let data: URL
    let count: Int
    let program: URL
    let node: LocalNode
    let ids: [String: RecordID]

    func run(_ table: inout BenchTable, floor: Double) async throws {
        let log = Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
        let hqFolder = try DataFolder(folder.appending(path: "hq"))
        try await LocalNode.found(hqFolder, role: .headquarters, code: "HQ", name: "HQ", log: log)
        let hq = try await LocalNode(hqFolder, log: log)
        let channel = Direct(responder: ExchangeResponder(node: hq))
        let (code, _) = try await hq.invite(officeCode: "MH01")
        _ = try await node.join(code, url: "x", through: channel)
        let known = try await node.store.headquarters()!
        let first = try await Measure.seconds {
            let report = try await ExchangeCaller(node: node, channel: channel, headquarters: known).run()
            print(report.isComplete, report.rounds, report.sentBytes)
        }
        table.line("first sync, in process", seconds: first, floor: floor)
    }
}

struct Direct: PeerChannel {
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
