import Foundation
import HTTPTypes
import Hummingbird
import Node
import Records
import Store
import SyncCore

/// The node in numbers, in Prometheus' text format, with the words of ux.md §5.3.
struct Metrics {
    let services: Services

    func response() async throws -> Response {
        var text = MetricsText()
        try await addExchange(to: &text)
        try await addHeadquarters(to: &text)
        try await addBackups(to: &text)
        addRequests(to: &text)
        addFiles(to: &text)
        return Response(
            status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text.text)))
    }

    private func addExchange(to text: inout MetricsText) async throws {
        let store = services.node.store
        let now = services.node.surroundings.now()
        let backlog = try await Backlog(services)
        text.add("waiting", "Groups the other side has not confirmed.", backlog.groups)
        let age = backlog.oldest.map { Double(now - min($0, now)) / 1_000 } ?? 0
        text.add("oldest_waiting_seconds", "Age of the oldest of them.", age)
        if let status = try await services.syncJob?.status() {
            text.add(
                "sync_state", "1 for the present state of the exchange.",
                SyncState.allCases.map { state in
                    (["state": state.rawValue], state == status.state ? 1.0 : 0)
                })
            text.add(
                "last_delivered_timestamp", "When everything was last confirmed, in seconds.",
                Double(status.lastDelivered ?? 0) / 1_000)
        }
        let conflicts = try await store.conflictCounts().reduce(0) { $0 + $1.count }
        text.add("conflicts_open", "Records with fields to decide.", conflicts)
        let damage = try await store.damage()
        text.add("groups_damaged", "Groups damaged on this disk.", damage.damaged)
        text.add("groups_missing", "Groups with current values that are not here.", damage.missing)
        let refusals = Dictionary(
            try await store.refusals().map { ($0.code, $0.count) }, uniquingKeysWith: +)
        text.add(
            "rejected_total", "Requests of peers that were refused.",
            refusals.sorted { $0.key < $1.key }.map { (["code": $0.key], Double($0.value)) },
            kind: "counter")
        let sessions = Dictionary(
            try await store.exchanges(limit: 1_000).map { ($0.state, 1) }, uniquingKeysWith: +)
        text.add(
            "session_results", "The last thousand exchanges that moved something or failed.",
            sessions.sorted { $0.key < $1.key }.map { (["state": $0.key], Double($0.value)) })
    }

    private func addHeadquarters(to text: inout MetricsText) async throws {
        let members = try await services.node.store.members()
        guard !members.isEmpty else { return }
        let labels = members.map {
            ["office": $0.officeCode, "node": String($0.key.description.prefix(8))]
        }
        text.add(
            "office_last_contact_timestamp", "When the office last called, in seconds.",
            zip(labels, members).map { ($0, Double($1.lastContact) / 1_000) })
        text.add(
            "office_complete_timestamp", "When everything of the office was last here, in seconds.",
            zip(labels, members).map { ($0, Double($1.completeAt) / 1_000) })
        text.add(
            "clock_offset_seconds", "The office's clock minus ours.",
            zip(labels, members).map { ($0, Double($1.clockDifference) / 1_000) })
    }

    private func addBackups(to text: inout MetricsText) async throws {
        guard let status = try await services.backups?.status(), status.unreadable == nil
        else { return }
        text.add("backups_kept", "Backups that are kept.", status.backups.count)
        if let last = status.last {
            let now = services.node.surroundings.now()
            text.add(
                "backup_age_seconds", "Age of the newest backup.",
                Double(now - min(last, now)) / 1_000)
        }
    }

    private func addRequests(to text: inout MetricsText) {
        let reading = services.meter.reading
        text.add(
            "requests_total", "Requests by class of status.",
            reading.requests.sorted { $0.key < $1.key }.map {
                (["status": "\($0.key)xx"], Double($0.value))
            }, kind: "counter")
        text.add(
            "request_seconds_total", "Time spent on them.",
            [([:], reading.total / .seconds(1))], kind: "counter")
    }

    private func addFiles(to text: inout MetricsText) {
        let database = services.dataFolder.appending(path: "gatehouse.db").path
        for (name, help, path) in [
            ("database_bytes", "Size of the database.", database),
            ("wal_bytes", "Size of its write-ahead log.", database + "-wal"),
        ] {
            // Between a checkpoint and the next write there is no such file.
            let size = (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int
            text.add(name, help, size ?? 0)
        }
    }
}

/// Lines of Prometheus' text format 0.0.4.
private struct MetricsText {
    private(set) var text = ""

    mutating func add(_ name: String, _ help: String, _ value: Int) {
        add(name, help, [([:], Double(value))])
    }

    mutating func add(_ name: String, _ help: String, _ value: Double) {
        add(name, help, [([:], value)])
    }

    /// One line for each set of labels.
    mutating func add(
        _ name: String, _ help: String, _ values: [([String: String], Double)],
        kind: String = "gauge"
    ) {
        guard !values.isEmpty else { return }
        text += "# HELP gatehouse_\(name) \(help)\n# TYPE gatehouse_\(name) \(kind)\n"
        for (labels, value) in values {
            let list = labels.sorted { $0.key < $1.key }.map {
                "\($0.key)=\"\(Self.escaped($0.value))\""
            }
            let braces = list.isEmpty ? "" : "{\(list.joined(separator: ","))}"
            let number = value == value.rounded() ? String(Int64(value)) : String(value)
            text += "gatehouse_\(name)\(braces) \(number)\n"
        }
    }

    private static func escaped(_ label: String) -> String {
        label.replacingOccurrences(of: "\\", with: "\\\\")
            .replacingOccurrences(of: "\"", with: "\\\"")
            .replacingOccurrences(of: "\n", with: "\\n")
    }
}
