import Foundation
import Logging
import Node
import Records
import Store
import SyncCore
import Transport
import Wire

/// An office in a process of its own: the real node and the real exchange, without pages.
///
/// It reads commands from its input, so that what it holds in memory is an office's and nothing of
/// the bench.
final class OfficeAgent {
    private let folder: URL
    private var channels: [String: CurlPeerChannel] = [:]

    init(folder: URL) {
        self.folder = folder
    }

    func serve() async throws {
        let log = Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
        let node = try await LocalNode(try DataFolder(folder), log: log)
        while let line = readLine() {
            var reply = OfficeReply()
            do {
                let command = try JSONDecoder().decode(OfficeCommand.self, from: Data(line.utf8))
                try await run(command, node, &reply)
            } catch {
                reply.failure = "\(error)"
            }
            FileHandle.standardOutput.write(try JSONEncoder().encode(reply) + Data("\n".utf8))
        }
        for channel in channels.values { await channel.close() }
        try node.close()
    }

    private func run(
        _ command: OfficeCommand, _ node: LocalNode, _ reply: inout OfficeReply
    ) async throws {
        switch command {
        case .join(let url, let code):
            guard let code = JoinCode(code) else { throw BenchFailure("That is no join code.") }
            _ = try await node.join(code, url: url, through: channel(url))
        case .exchange(let url):
            try await exchange(node, url, &reply)
        case .idle(let url, let count):
            let client = HTTPClient(
                HTTPClient.Configuration(maximumResponseBytes: 65_536, userAgent: "bench"))
            let health = HTTPRequest(url: url + "/healthz")
            _ = try await client.send(health)
            for _ in 0..<count {
                try await exchange(node, url, &reply)
                reply.floors.append(
                    try await Stopwatch.seconds { _ = try await client.send(health) })
            }
            await client.close()
        case .edit(let file, let perGroup):
            let edits: [BenchEdit] = try BenchRow.read(URL(filePath: file))
            reply.seconds.append(try await node.seconds(saving: edits, perGroup: perGroup))
        case .reproject:
            reply.seconds.append(try await Stopwatch.seconds { try await node.store.reproject() })
        case .verify:
            var report: VerifyReport?
            reply.seconds.append(
                try await Stopwatch.seconds { report = try await node.store.verify() })
            guard let report, report.isSound, report.groups > 0 else {
                throw BenchFailure("verify: \(report?.faults ?? [])")
            }
        case .read(let file):
            let edits: [BenchEdit] = try BenchRow.read(URL(filePath: file))
            for edit in edits { reply.tickets.append(try await node.word(of: edit.id)) }
        }
    }

    private func channel(_ url: String) -> CurlPeerChannel {
        if let channel = channels[url] { return channel }
        let channel = CurlPeerChannel(url: url)
        channels[url] = channel
        return channel
    }

    private func exchange(
        _ node: LocalNode, _ url: String, _ reply: inout OfficeReply
    ) async throws {
        guard let headquarters = try await node.store.headquarters() else {
            throw BenchFailure("The office has not joined.")
        }
        let caller = ExchangeCaller(
            node: node, channel: channel(url), headquarters: headquarters)
        var report = ExchangeReport()
        reply.seconds.append(try await Stopwatch.seconds { report = try await caller.run() })
        guard report.isComplete else {
            throw BenchFailure("The exchange did not end with equal digests: \(report)")
        }
        reply.rounds += report.rounds
    }
}

extension LocalNode {
    /// Saves edits of tickets, so many records in one transaction.
    func seconds(saving edits: [BenchEdit], perGroup: Int) async throws -> Double {
        let edits = try edits.map { edit in
            guard let id = RecordID(edit.id) else { throw BenchFailure("\(edit.id) is no record.") }
            return RecordEdit(.ticket, .change(id), contents: edit.contents())
        }
        return try await Stopwatch.seconds {
            for start in stride(from: 0, to: edits.count, by: perGroup) {
                let part = Array(edits[start..<min(start + perGroup, edits.count)])
                guard try await save(part, actor: nil).count == 1 else {
                    throw BenchFailure("A save of \(part.count) edits did not make one group.")
                }
            }
        }
    }

    fileprivate func word(of text: String) async throws -> TicketWord {
        guard let id = RecordID(text), let record = try await store.record(.ticket, id) else {
            throw BenchFailure("There is no ticket \(text).")
        }
        let conflicts = try await store.conflicts(.ticket, id)
        let statuses = conflicts.filter { $0.field.name == "status" }.flatMap(\.candidates)
        return TicketWord(
            remark: record.value("remark").words, assignee: record.value("handler_name").words,
            statuses: statuses.compactMap { $0.value?.words }.sorted())
    }
}

extension Value {
    fileprivate var words: String? {
        guard case .text(let text) = self else { return nil }
        return text
    }
}
