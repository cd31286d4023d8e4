import Foundation
import HTTPTypes
import Hummingbird
import Node
import Records
import Store
import SyncCore
import Testing
import Wire

@testable import Web

@Suite struct NodeRoutesTests {
    @Test func `the status names folder, role, office, spaces, backlog and conflicts`() async throws
    {
        let site = try await TestSite(.office, code: "MH01")
        _ = try await site.household()
        let status = try await site.ask(.get, "/api/v1/status").json
        #expect(status.string("data") == site.folder.path)
        #expect(status.string("role") == "office")
        #expect(status["office"]?.string("code") == "MH01")
        #expect(status["office"]?.string("id") == site.node.identity.space.officeText)
        #expect(status["conflicts"] == 0)
        #expect(status["lastExchange"] == .null)
        #expect(status.string("state") == "blocked")
        #expect(status["waiting"] == 2)
        #expect(status["lastVerify"] == .null && status["advice"] == .null)
        let spaces = status["spaces"]?.elements ?? []
        #expect(spaces.map { $0.string("space") } == ["\(site.node.identity.space)"])
        #expect(spaces[0]["clock"]?.elements.count == 1)
        let listed = try await site.ask(.get, "/api/v1/spaces").json.items
        #expect(listed == spaces)
    }

    @Test func `an office that has not joined says so`() async throws {
        let site = try await TestSite(.office, code: "MH01")
        let sync = try await site.ask(.get, "/api/v1/sync").json
        #expect(sync.string("state") == "blocked")
        #expect(sync.string("code") == "not-joined")
        let now = try await site.ask(.post, "/api/v1/sync?wait=1")
        #expect(now.status == 409)
        #expect(now.json.string("reason") == "not-joined")
    }

    @Test func `an exchange is a job that can be looked at`() async throws {
        let site = try await TestSite(.office, code: "MH01")
        let begun = try await site.ask(.post, "/api/v1/sync")
        #expect(begun.status == 202)
        let path = try #require(begun.headers[.location])
        var job = JSONValue.null
        repeat {
            await Task.yield()
            job = try await site.ask(.get, path).json
        } while job.string("state") == "running"
        #expect(job.string("state") == "failed")
        #expect(job.string("code") == "not-joined")
        #expect(try await site.ask(.get, "/api/v1/jobs/none").status == 404)
    }

    @Test func `a pause ends by itself and can be ended`() async throws {
        let site = try await TestSite(.office, code: "MH01")
        let paused = try await site.ask(
            .post, "/api/v1/sync/pause", ["minutes": 30, "by": "李四"])
        #expect(paused.json.string("pausedBy") == "李四")
        for minutes: JSONValue in [0, -1, .number("1.5"), "30", 100_000] {
            let odd = try await site.ask(
                .post, "/api/v1/sync/pause", ["minutes": minutes, "by": "李四"])
            #expect(odd.status == 400)
        }
        let resumed = try await site.ask(.post, "/api/v1/sync/resume")
        #expect(resumed.json["pausedUntil"] == .null)
    }

    @Test func `only headquarters gives out join codes and is called by nobody's job`() async throws
    {
        let head = try await TestSite(.headquarters, code: "HQ")
        let made = try await head.ask(.post, "/api/v1/invitations", ["office": "MH01"])
        #expect(made.status == 201)
        #expect(made.json.string("code").flatMap { JoinCode($0) } != nil)
        #expect(made.json.string("expires")?.hasSuffix("+08:00") == true)
        #expect(try await head.ask(.post, "/api/v1/sync").code == "not-allowed")
        #expect(try await head.ask(.post, "/api/v1/invitations", ["office": "栋"]).status == 400)
        let sync = try await head.ask(.get, "/api/v1/sync").json
        #expect(sync.string("role") == "hq")
        #expect(sync["offices"] == [])
        let office = try await TestSite(.office, code: "MH01")
        let refused = try await office.ask(.post, "/api/v1/invitations", ["office": "MH01"])
        #expect(refused.code == "not-allowed")
        #expect(try await office.ask(.post, "/sync/v1/exchange", bytes: []).status == 404)
    }

    @Test func `joining over a dead line carries the code of the line`() async throws {
        let head = try await TestSite(.headquarters, code: "HQ")
        let code = try await head.ask(.post, "/api/v1/invitations", ["office": "MH01"]).json
        let office = try await TestSite(.office, code: "MH01")
        let body: JSONValue = ["url": "http://127.0.0.1:1", "code": code["code"] ?? .null]
        let answer = try await office.ask(.post, "/api/v1/sync/join", body)
        #expect(answer.status == 502)
        #expect(answer.code == "connection-refused")
        let odd = try await office.ask(
            .post, "/api/v1/sync/join", ["url": "http://127.0.0.1:1", "code": "ABCDE"])
        #expect(odd.status == 400)
    }

    @Test func `a sound node verifies as sound`() async throws {
        let site = try await TestSite(.office, code: "MH01")
        _ = try await site.household()
        let answer = try await site.ask(.post, "/api/v1/verify?wait=1").json
        #expect(answer["sound"] == true)
        #expect(answer["faults"] == [])
    }

    @Test func `a conflict shows both values with who and when, and a stale page decides nothing`()
        async throws
    {
        let site = try await TestSite(.office, code: "MH01")
        let made = try await site.household()
        let id = try #require(made.string("id"))
        try await site.makeConflict(id, from: try #require(made.string("_version")))
        let list = try await site.ask(.get, "/api/v1/conflicts").json
        #expect(list.items.map { $0.string("id") } == [id])
        #expect(list.items.first?["fields"] == ["status"])
        let shown = try await site.ask(.get, "/api/v1/conflicts/households/\(id)").json
        let candidates = shown["fields"]?.elements.first?["candidates"]?.elements ?? []
        #expect(Set(candidates.compactMap { $0.string("value") }) == ["vacant", "moving_in"])
        #expect(candidates.filter { $0["shown"] == true }.count == 1)
        #expect(candidates.allSatisfy { $0["author"]?.string("role") == "office" })
        let path = "/api/v1/conflicts/\(id)/resolution"
        func decide(_ version: String) async throws -> Answer {
            try await site.ask(
                .post, path,
                [
                    "field": "status", "value": "vacant", "reason": "看过了",
                    "version": .string(version),
                ])
        }
        let stale = try await decide(try #require(made.string("_version")))
        #expect(stale.status == 409)
        #expect(stale.code == "conflict-stale")
        let decided = try await decide(try #require(shown.string("_version")))
        #expect(decided.status == 200, "\(decided.json)")
        #expect(decided.json["_conflicts"] == [])
        #expect(decided.json.string("status") == "vacant")
        #expect(try await decide(try #require(decided.json.string("_version"))).status == 409)
        #expect(try await site.ask(.get, "/api/v1/conflicts").json.items.isEmpty)
    }

    @Test func `a number that two records bear names the other, and a decision is refused`()
        async throws
    {
        let site = try await TestSite(.office, code: "MH01")
        var ids: [String] = []
        for _ in 0..<2 {
            let made = try await site.ask(
                .post, "/api/v1/tickets",
                [
                    "no": "FW-7", "kind": "repair", "content": "漏水",
                    "status": "registered", "occurred_at": "2025-11-13T09:30:00+08:00",
                ])
            ids.append(try #require(made.json.string("id")))
        }
        let list = try await site.ask(.get, "/api/v1/conflicts").json
        #expect(Set(list.items.compactMap { $0.string("id") }) == Set(ids))
        for (id, other) in [(ids[0], ids[1]), (ids[1], ids[0])] {
            let record = try await site.ask(.get, "/api/v1/tickets/\(id)").json
            #expect(record["_conflicts"] == ["no"])
            let shown = try await site.ask(.get, "/api/v1/conflicts/tickets/\(id)").json
            let field = try #require(shown["fields"]?.elements.first)
            #expect(field["field"] == "no" && field["kind"] == "shared-number")
            #expect(field["with"] == [.string(other)])
            #expect(field["candidates"] == nil)
            let refused = try await site.ask(
                .post, "/api/v1/conflicts/\(id)/resolution",
                [
                    "field": "no", "value": "FW-8", "reason": "看过了",
                    "version": .string(try #require(shown.string("_version"))),
                ])
            #expect(refused.status == 409)
            #expect(refused.code == "not-possible")
            #expect(refused.json["with"] == [.string(other)])
            #expect(try await site.ask(.get, "/api/v1/tickets/\(id)").json == record)
        }
    }

    @Test func `every declared type and field stands in the description of the API`() async throws {
        let site = try await TestSite(.office, code: "MH01")
        let document = try await site.ask(.get, "/api/v1/openapi.json").json
        #expect(document.string("openapi") == "3.1.0")
        let paths = try #require(document["paths"])
        let schemas = try #require(document["components"]?["schemas"])
        for type in Catalogue.types {
            #expect(paths["/api/v1/\(type.name)"]?["post"] != nil)
            #expect(paths["/api/v1/\(type.name)/{id}"]?["patch"] != nil)
            let properties = try #require(schemas[type.name]?["properties"])
            for field in type.fields { #expect(properties[field.name] != nil) }
        }
        let types = try await site.ask(.get, "/api/v1/types").json
        #expect(types["types"]?.elements.count == Catalogue.types.count)
    }

    @Test func `no type is hidden behind an address of the node`() {
        let taken = [
            "types", "openapi.json", "status", "spaces", "sync", "invitations", "conflicts", "jobs",
            "verify", "reports", "imports",
        ]
        #expect(Catalogue.types.allSatisfy { !taken.contains($0.name) })
    }

    @Test func `monitors get health, readiness and numbers`() async throws {
        let site = try await TestSite(.office, code: "MH01")
        #expect(try await site.ask(.get, "/healthz").status == 200)
        #expect(try await site.ask(.get, "/readyz").status == 200)
        let metrics = try await site.ask(.get, "/metrics").text
        for name in [
            "waiting", "oldest_waiting_seconds", "conflicts_open", "last_delivered_timestamp",
            "requests_total{status=\"2xx\"}", "database_bytes",
        ] {
            #expect(metrics.contains("\ngatehouse_\(name)"), "\(name)")
        }
    }
}

extension TestSite {
    /// A form from before another save writes the same field without checking: both values stay.
    func makeConflict(_ id: String, from version: String) async throws {
        let record = try #require(RecordID(id))
        let field = try #require(RecordType.household.field(named: "status"))
        for value in ["vacant", "moving_in"] {
            try await node.save(
                [
                    RecordEdit(
                        .household, .change(record),
                        contents: [field.number: .value(.text(value))],
                        shown: .version(try #require(RecordVersion(version))))
                ], actor: nil)
        }
    }
}
