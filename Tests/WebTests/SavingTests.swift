import HTTPTypes
import Node
import Records
import Store
import SyncCore
import Testing

@testable import Web

@Suite struct SavingTests {
    @Test func `a change must say which version it is about`() async throws {
        let site = try await TestSite(.office, code: "MH01")
        let id = try #require(try await site.household().string("id"))
        let answer = try await site.ask(
            .patch, "/api/v1/households/\(id)", ["status": "vacant"])
        #expect(answer.status == 428)
        #expect(answer.code == "precondition-required")
        for header in ["3", "\"3\"", "W/\"aaaaaaaa.3\"", "\"\"", "\"a.1\", \"a.2\""] {
            let odd = try await site.ask(
                .patch, "/api/v1/households/\(id)", ["status": "vacant"],
                headers: [.ifMatch: header])
            #expect(odd.status == 400, "\(header)")
        }
    }

    @Test
    func `a late save of a field that moved gets both versions, and of another field goes in`()
        async throws
    {
        let site = try await TestSite(.office, code: "MH01")
        let shown = try await site.household()
        let path = "/api/v1/households/\(try #require(shown.string("id")))"
        let tag = "\"\(try #require(shown.string("_version")))\""
        let first = try await site.ask(
            .patch, path, ["status": "vacant"], headers: [.ifMatch: tag])
        #expect(first.status == 200)
        #expect(first.headers[.eTag] != tag)
        let late = try await site.ask(
            .patch, path, ["status": "moving_in", "area": .number("90.00")],
            headers: [.ifMatch: tag])
        #expect(late.status == 412)
        #expect(late.code == "changed-meanwhile")
        #expect(late.json["changed"] == ["status"])
        #expect(late.json["yours"] == ["status": "moving_in", "area": .number("90.00")])
        #expect(late.json["current"] == first.json)
        #expect(late.headers[.eTag] == first.headers[.eTag])
        let other = try await site.ask(
            .patch, path, ["area": .number("90.00")], headers: [.ifMatch: tag])
        #expect(other.status == 200)
        #expect(other.json.string("status") == "vacant")
        #expect(other.json["area"] == .number("90.00"))
    }

    @Test
    func `a deletion of an old version is refused, and so are changes of what is not written`()
        async throws
    {
        let site = try await TestSite(.office, code: "MH01")
        let shown = try await site.household()
        let path = "/api/v1/households/\(try #require(shown.string("id")))"
        let tag = "\"\(try #require(shown.string("_version")))\""
        _ = try await site.ask(.patch, path, ["status": "vacant"], headers: [.ifMatch: tag])
        let late = try await site.ask(.delete, path, headers: [.ifMatch: tag])
        #expect(late.status == 412)
        let readOnly = try await site.ask(
            .patch, path, ["_version": "x", "id": "y"], headers: [.ifMatch: "*"])
        #expect(readOnly.code == "validation-failed")
        let empty = try await site.ask(.patch, path, ["room": .null], headers: [.ifMatch: "*"])
        #expect(empty.json["fields"]?.elements.first?.string("code") == "required")
    }

    @Test func `a field that the role may not write is refused`() async throws {
        let site = try await TestSite(.office, code: "MH01")
        let offices = try await site.ask(.get, "/api/v1/offices").json.items
        let id = try #require(offices.first?.string("id"))
        let answer = try await site.ask(
            .patch, "/api/v1/offices/\(id)", ["name": "别名"], headers: [.ifMatch: "*"])
        #expect(answer.status == 403)
        #expect(answer.code == "not-allowed")
    }

    @Test func `a repeated creation gets the first answer and makes no second record`() async throws
    {
        let site = try await TestSite(.office, code: "MH01")
        let body: JSONValue = ["name": "王芳"]
        let headers: HTTPFields = [.idempotencyKey: "a-1"]
        let first = try await site.ask(.post, "/api/v1/persons", body, headers: headers)
        let second = try await site.ask(.post, "/api/v1/persons", body, headers: headers)
        #expect(first.status == 201)
        #expect(second.status == 201)
        #expect(second.bytes == first.bytes)
        #expect(second.headers[.location] == first.headers[.location])
        #expect(second.headers[.eTag] == first.headers[.eTag])
        #expect(try await site.ask(.get, "/api/v1/persons").json.items.count == 1)
        let other = try await site.ask(
            .post, "/api/v1/persons", ["name": "李四"], headers: headers)
        #expect(other.status == 422)
        #expect(other.code == "idempotency-key-reused")
        let fresh = try await site.ask(
            .post, "/api/v1/persons", body, headers: [.idempotencyKey: "a-2"])
        #expect(fresh.status == 201)
        #expect(try await site.ask(.get, "/api/v1/persons").json.items.count == 2)
    }

    @Test func `an answer kept under a key outlives the process`() async throws {
        let site = try await TestSite(.office, code: "MH01")
        let key = RequestKey(key: "k", fingerprint: "f")
        let type = RecordType.person
        let name = try #require(type.field(named: "name"))
        func save(_ id: RecordID) async throws -> AnsweredSave {
            try await site.node.store.save(
                RecordEdit(type, .create(id), contents: [name.number: .value(.text("王芳"))]),
                once: key, site.node.context(actor: nil)
            ) { StoredReply(status: 201, body: Array($0.id.description.utf8)) }
        }
        let first = try await save(site.node.newID(for: type))
        let second = try await save(site.node.newID(for: type))
        #expect(first.reply == second.reply)
        #expect(!first.groups.isEmpty)
        #expect(second.groups.isEmpty)
    }
}
