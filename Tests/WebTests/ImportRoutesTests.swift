import Foundation
import HTTPTypes
import Hummingbird
import Records
import SyncCore
import Testing

@testable import Web

@Suite struct ImportRoutesTests {
    @Test func `a register comes in once, says nothing new again, and can be taken back`()
        async throws
    {
        let site = try await TestSite(.office, code: "MH01")
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Fixtures/MH01-households.csv")
        let bytes = Array(try Data(contentsOf: file))
        let path = "/api/v1/imports/households?wait=1"
        let trial = try await site.ask(.post, path + "&dry_run=true", bytes: bytes)
        #expect(trial.status == 200, "\(trial.json)")
        #expect(trial.json["batch"] == .null)
        #expect(try await site.ask(.get, "/api/v1/households").json.items.isEmpty)
        let first = try await site.ask(.post, path, bytes: bytes).json
        #expect(first["accepted"] == trial.json["accepted"])
        #expect(first["rejected"] == trial.json["rejected"])
        #expect(try await !site.ask(.get, "/api/v1/households").json.items.isEmpty)
        let second = try await site.ask(.post, path, bytes: bytes).json
        #expect(second["unchanged"] == second["accepted"])
        guard case .number(let batch)? = first["batch"] else {
            Issue.record("an import has no batch")
            return
        }
        let undone = try await site.ask(.post, "/api/v1/imports/\(batch)/undo")
        #expect(undone.status == 200, "\(undone.json)")
        let batches = try await site.ask(.get, "/api/v1/imports").json.items
        #expect(batches.map { $0["batch"] } == [second["batch"], first["batch"]])
        #expect(batches.map { $0["undone"] == .null } == [true, false])
        #expect(batches[1].string("register") == "households")
        #expect(try await site.ask(.get, "/api/v1/households").json.items.isEmpty)
    }

    @Test func `a cell that was left aside is told with its row and its record`() async throws {
        let site = try await TestSite(.office, code: "MH01")
        let path = "/api/v1/imports/households?wait=1"
        func bring(_ area: String) async throws -> JSONValue {
            try await site.ask(
                .post, path, bytes: Array("楼栋房号,建筑面积\n3-2-501,\(area)\n".utf8)
            ).json
        }
        #expect(try await bring("90")["kept"] == .array([]))
        let households = try await site.ask(.get, "/api/v1/households").json.items
        let id = try #require(households.first?.string("id"))
        let deleted = try await site.ask(.delete, "/api/v1/households/\(id)")
        #expect(deleted.status < 300, "\(deleted.json)")
        for _ in 1...2 {
            let report = try await bring("91")
            #expect(report["unchanged"] == .integer(0))
            #expect(
                report["kept"]?.text
                    == #"[{"row":2,"column":"建筑面积","reason":"kept_here","type":"households","record":"\#(id)"}]"#
            )
        }
    }

    @Test func `what is no register, no file or no batch is refused`() async throws {
        let site = try await TestSite(.office, code: "MH01")
        #expect(try await site.ask(.post, "/api/v1/imports/unicorns", bytes: [1]).status == 404)
        #expect(try await site.ask(.post, "/api/v1/imports/households", bytes: []).status == 400)
        let odd = try await site.ask(.post, "/api/v1/imports/households?dry_run=maybe", bytes: [1])
        #expect(odd.json.string("parameter") == "dry_run")
        let batch = try await site.ask(.post, "/api/v1/imports/999/undo")
        #expect(batch.status == 409)
        #expect(batch.json.string("reason") == "unknown-batch")
        let long = try await site.ask(
            .post, "/api/v1/imports/households", bytes: [1],
            headers: [.contentLength: String(BodyLimits.importBytes + 1)])
        #expect(long.status == 413)
    }
}
