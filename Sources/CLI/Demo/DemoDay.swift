import Foundation
import Records
import Relay

/// What happens in the demo: registers go in, offices join, a line fails while both sides work, one
/// conflict stays open.
struct DemoDay: Sendable {
    let headquarters: DemoNode
    let offices: [DemoNode]
    let line: LineRelay
    let today: String

    /// What the check list needs to know afterwards.
    struct Outcome: Sendable {
        var imports: [(office: String, register: String, report: JSONValue)] = []
        /// Records made at MH02 while its line was cut.
        var madeOffline: [(type: String, id: String)] = []
        var conflict: (type: String, id: String, field: String)?
        var wordDuringOutage = ""
    }

    func play(_ say: @Sendable (String) -> Void) async throws -> Outcome {
        var outcome = Outcome()
        for office in offices {
            for register in DemoRegisters.registers {
                let bytes = try DemoRegisters.bytes(office.code, register, today: today)
                let report = try await office.importRegister(register, bytes)
                outcome.imports.append((office.code, register, report))
                say(
                    "\(office.code) \(register): \(report["accepted"]?.integer ?? 0) 条导入 in, "
                        + "\(report["rejected"]?.elements.count ?? 0) 行有误 rejected")
            }
        }
        for office in offices {
            let isSecond = office.code == "MH02"
            try await join(office, port: isSecond ? line.port : headquarters.port)
            say("\(office.code) 已加入总部 joined")
        }
        for office in offices { _ = try await office.syncNow() }
        say("三处数据已全部送达总部 all three delivered")
        try await playOutage(&outcome, say)
        return outcome
    }

    private func join(_ office: DemoNode, port: Int) async throws {
        let invitation = try await headquarters.access.post(
            "/api/v1/invitations", .object([.init("office", .string(office.code))])
        ).json
        _ = try await office.access.post(
            "/api/v1/sync/join",
            .object([
                .init("url", .string("http://127.0.0.1:\(port)")),
                .init("code", invitation["code"] ?? .null),
            ]))
    }

    private func playOutage(
        _ outcome: inout Outcome, _ say: @Sendable (String) -> Void
    ) async throws {
        guard let office = offices.first(where: { $0.code == "MH02" }) else { return }
        line.cut()
        say("MH02 断线 line cut: 两边照常工作 both sides go on working")
        let households = try await office.records("households")
        guard let first = households.first?["id"]?.string,
            let second = households.dropFirst().first?["id"]?.string
        else { throw CommandFailure("The demo found no household to work with.") }
        let ticket = try await office.create(
            "tickets",
            [
                .init("kind", .string("repair")), .init("class", .string("emergency")),
                .init("content", .string("厨房水管漏水，断网时登记")), .init("status", .string("open")),
                .init("household", .string(first)),
                .init("occurred_at", .string("\(today)T09:30:00+08:00")),
            ])
        let visit = try await office.create(
            "visits",
            [
                .init("household", .string(second)), .init("mode", .string("home")),
                .init("status", .string("completed")),
                .init("started_at", .string("\(today)T15:00:00+08:00")),
            ])
        outcome.madeOffline = [("tickets", ticket), ("visits", visit)]
        // Different fields merge by themselves; the same field waits for a person.
        try await office.patch("households", first, "property_type", .string("住宅"))
        try await headquarters.patch("households", first, "key_customer", .bool(true))
        try await office.patch("households", second, "area", .number("88.80"))
        try await headquarters.patch("households", second, "area", .number("90.00"))
        outcome.conflict = ("households", second, "area")
        outcome.wordDuringOutage = try await word(of: office, until: "offline")
        say("MH02: \(outcome.wordDuringOutage)")
        line.mend()
        _ = try await office.access.post("/api/v1/sync/resume")
        _ = try await office.syncNow()
        say("MH02 恢复连线，已对账 line mended and reconciled")
    }

    /// Waits until the sync word of an office is the one expected, for twenty seconds at most.
    private func word(of office: DemoNode, until expected: String) async throws -> String {
        var word = ""
        for _ in 0..<200 where word != expected {
            word = try await office.access.get("/api/v1/sync").json["state"]?.string ?? ""
            if word != expected { try await Task.sleep(for: .milliseconds(100)) }
        }
        return word
    }
}
