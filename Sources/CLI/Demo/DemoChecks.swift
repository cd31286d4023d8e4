import Foundation
import Records

/// The check list at the end of the demo; each line was asked from the running nodes.
struct DemoChecks: Sendable {
    struct Check: Sendable {
        var name: String
        var isPassed: Bool
        var detail: String
    }

    let headquarters: DemoNode
    let offices: [DemoNode]
    let outcome: DemoDay.Outcome

    func run() async throws -> [Check] {
        var checks: [Check] = []
        for office in offices {
            checks.append(try await sameRecords(office))
            checks.append(try await equalDigests(office))
        }
        checks.append(try await nothingLost())
        checks.append(
            Check(
                name: "MH02 断线时如实显示 told the truth while cut off",
                isPassed: outcome.wordDuringOutage == "offline", detail: outcome.wordDuringOutage))
        checks.append(try await oneConflict())
        checks.append(try await nothingPrivate())
        return checks
    }

    /// Headquarters counts as many records of each shared type as the office itself.
    private func sameRecords(_ office: DemoNode) async throws -> Check {
        let there = try await headquarters.access.get("/api/v1/reports/consolidated").json
        let here = try await office.access.get("/api/v1/reports/consolidated").json
        func figures(_ report: JSONValue) -> JSONValue? {
            report["offices"]?.elements.first { $0["code"]?.string == office.code }?["figures"]
        }
        let (mine, theirs) = (figures(here), figures(there))
        return Check(
            name: "\(office.code) 的数据总部都有 every figure the same at headquarters",
            isPassed: mine != nil && mine == theirs,
            detail: "\(mine?["households"]?.integer ?? 0) 户, \(mine?["people"]?.integer ?? 0) 人")
    }

    private func equalDigests(_ office: DemoNode) async throws -> Check {
        let spaces = try await office.syncNow().elements
        let equal = spaces.filter { $0["digestEqual"]?.boolean == true }
        return Check(
            name: "\(office.code) 与总部校验一致 digests equal",
            isPassed: !spaces.isEmpty && equal.count == spaces.count,
            detail: "\(equal.count)/\(spaces.count)")
    }

    private func nothingLost() async throws -> Check {
        var found = 0
        for record in outcome.madeOffline {
            let reply = try await headquarters.access.get("/api/v1/\(record.type)/\(record.id)")
            if reply.json["id"]?.string == record.id { found += 1 }
        }
        return Check(
            name: "断线时保存的都在 nothing saved offline was lost",
            isPassed: found == outcome.madeOffline.count && found > 0,
            detail: "\(found)/\(outcome.madeOffline.count)")
    }

    private func oneConflict() async throws -> Check {
        var counts: [Int] = []
        for node in [headquarters] + offices.filter({ $0.code == "MH02" }) {
            counts.append(
                try await node.access.get("/api/v1/conflicts").json["items"]?.elements.count ?? 0)
        }
        return Check(
            name: "一处两边都改过，等您核对 one conflict open for you, on both sides",
            isPassed: counts == [1, 1], detail: "\(counts)")
    }

    /// No identity number of the registers stands in a record at headquarters; the office has them.
    private func nothingPrivate() async throws -> Check {
        func count(_ node: DemoNode) async throws -> Int {
            try await node.records("persons").filter {
                ($0["id_no"]?.string ?? "").isEmpty == false
            }.count
        }
        let there = try await count(headquarters)
        var here = 0
        for office in offices { here += try await count(office) }
        return Check(
            name: "证件号只在本处 identity numbers stay at their office",
            isPassed: there == 0 && here > 0, detail: "总部 \(there), 各处 \(here)")
    }
}
