import HTTPTypes
import Node
import Records
import Store
import SyncCore
import Testing

@testable import Web

@Suite struct RecordRoutesTests {
    @Test func `a record carries id, office, its fields, version and conflicts`() async throws {
        let site = try await TestSite(.office, code: "MH01")
        let made = try await site.ask(
            .post, "/api/v1/persons",
            [
                "name": "王芳", "phones": [["no": "138 0013 8000", "label": "手机"]],
                "family_size": 3,
            ])
        #expect(made.status == 201)
        let id = try #require(made.json.string("id"))
        #expect(made.headers[.location] == "/api/v1/persons/\(id)")
        let got = try await site.ask(.get, "/api/v1/persons/\(id)")
        #expect(got.status == 200)
        #expect(got.json == made.json)
        #expect(got.json.string("office") == site.node.identity.space.officeText)
        #expect(got.json["phones"] == [["no": "13800138000", "label": "手机"]])
        #expect(got.json["family_size"] == 3)
        #expect(got.json["vehicles"] == [])
        #expect(got.json["_conflicts"] == [])
        let version = try #require(got.json.string("_version"))
        #expect(got.headers[.eTag] == "\"\(version)\"")
        #expect(got.headers[.cacheControl] == "no-store")
    }

    @Test func `a number keeps the digits it was sent with`() async throws {
        let site = try await TestSite(.office, code: "MH01")
        let made = try await site.household()
        #expect(made["area"] == .number("88.50"))
    }

    @Test func `every type lists, and an unknown one is not found`() async throws {
        let site = try await TestSite(.office, code: "MH01")
        for type in Catalogue.types {
            let list = try await site.ask(.get, "/api/v1/\(type.name)")
            #expect(list.status == 200, "\(type.name)")
            #expect(list.json["next"] == .null)
        }
        let unknown = try await site.ask(.get, "/api/v1/unicorns")
        #expect(unknown.status == 404)
        #expect(unknown.code == "not-found")
        #expect(unknown.headers[.contentType] == "application/problem+json")
    }

    @Test func `a list comes in pages, each beginning after the one before`() async throws {
        let site = try await TestSite(.office, code: "MH01")
        for room in 501...505 { _ = try await site.household("\(room)") }
        var rooms: [String] = []
        var path = "/api/v1/households?limit=2"
        while true {
            let page = try await site.ask(.get, path).json
            #expect(page.items.count <= 2)
            rooms += page.items.compactMap { $0.string("room") }
            guard let next = page.string("next") else { break }
            path = "/api/v1/households?limit=2&after=\(next)"
        }
        #expect(rooms == ["505", "504", "503", "502", "501"])
    }

    @Test func `lists filter by fields, references, sets, office, times and search`() async throws {
        let site = try await TestSite(.office, code: "MH01")
        let first = try await site.household("501")
        _ = try await site.household("602")
        let estate = try await site.estate()
        let person = try await site.ask(
            .post, "/api/v1/persons", ["name": "李四", "vehicles": ["粤B12345", "粤B99999"]])
        #expect(person.status == 201)
        let contact = try await site.ask(
            .post, "/api/v1/contacts",
            [
                "channel": "phone", "occurred_at": "2025-11-13 09:30", "subject": "漏水",
                "household": .string(first.string("id") ?? ""),
            ])
        #expect(contact.status == 201, "\(contact.json)")
        func count(_ path: String) async throws -> Int {
            let answer = try await site.ask(.get, "/api/v1/" + path)
            #expect(answer.status == 200, "\(path): \(answer.json)")
            return answer.json.items.count
        }
        #expect(try await count("households?room=501") == 1)
        #expect(try await count("households?room=501&status=occupied&key_customer=") == 1)
        #expect(try await count("households?estate=\(estate)") == 2)
        #expect(try await count("households?q=3-2-602") == 1)
        #expect(try await count("households?q=3%E6%A0%8B2%E5%8D%95%E5%85%83501") == 1)
        #expect(try await count("households?office=MH01") == 2)
        let office = site.node.identity.space.officeText
        #expect(try await count("households?office=\(office)") == 2)
        #expect(try await count("households?office=00000000000000ff") == 0)
        #expect(try await count("contacts?household=\(first.string("id") ?? "")") == 1)
        #expect(try await count("persons?vehicles=%E7%B2%A4B99999") == 1)
        #expect(try await count("persons?vehicles=%E7%B2%A4B00000") == 0)
        #expect(try await count("contacts?occurred_at.from=2025-11-13+09:30:00") == 1)
        #expect(try await count("contacts?occurred_at.before=2025-11-13+09:30:00") == 0)
    }

    @Test(arguments: [
        "colour=red", "limit=0", "limit=501", "limit=many", "after=nonsense", "office=NOWHERE",
        "status=purple", "room.from=1", "room=1&room=2", "q=%FF",
    ])
    func `a list refuses what it does not understand`(_ query: String) async throws {
        let site = try await TestSite(.office, code: "MH01")
        let answer = try await site.ask(.get, "/api/v1/households?\(query)")
        #expect(answer.status == 400)
        #expect(answer.code == "bad-request")
    }

    @Test func `an unknown parameter is named`() async throws {
        let site = try await TestSite(.office, code: "MH01")
        let answer = try await site.ask(.get, "/api/v1/households?colour=red")
        #expect(answer.json.string("parameter") == "colour")
    }

    @Test func `all that is wrong with a record is said at once, in the language asked for`()
        async throws
    {
        let site = try await TestSite(.office, code: "MH01")
        let wrong: JSONValue = [
            "building": "3", "area": "large", "status": "purple", "colour": "red",
        ]
        let answer = try await site.ask(.post, "/api/v1/households", wrong)
        #expect(answer.status == 422)
        #expect(answer.code == "validation-failed")
        let fields = answer.json["fields"]?.elements ?? []
        let found = Dictionary(
            uniqueKeysWithValues: fields.map { ($0.string("field"), $0.string("code")) })
        #expect(
            found == [
                "estate": "required", "room": "required", "area": "wrong_type",
                "status": "unknown_choice", "colour": "unknown_field",
            ])
        let chinese = try await site.ask(
            .post, "/api/v1/households", ["building": "3"],
            headers: [.acceptLanguage: "zh-CN,zh;q=0.9"])
        #expect(chinese.json["fields"]?.elements.first?.string("message") == "请填写“小区”。")
        #expect(try await site.ask(.get, "/api/v1/households").json.items.isEmpty)
    }

    @Test func `a deleted record is gone until that is taken back`() async throws {
        let site = try await TestSite(.office, code: "MH01")
        let id = try #require(try await site.household().string("id"))
        let path = "/api/v1/households/\(id)"
        let deleted = try await site.ask(.delete, path + "?note=%E9%87%8D%E5%A4%8D")
        #expect(deleted.status == 204)
        #expect(deleted.bytes.isEmpty)
        #expect(try await site.ask(.get, path).code == "record-deleted")
        #expect(try await site.ask(.delete, path).status == 410)
        #expect(try await site.ask(.get, "/api/v1/households").json.items.isEmpty)
        let restored = try await site.ask(.post, path + "/restoration")
        #expect(restored.status == 200)
        #expect(restored.json.string("room") == "501")
        #expect(try await site.ask(.get, path).status == 200)
        let history = try await site.ask(.get, path + "/history").json.items
        #expect(history.contains { $0["value"] == "重复" && $0.string("field") == "note" })
        #expect(history.contains { $0.string("field") == "created" })
    }

    @Test func `history says who, where and when`() async throws {
        let site = try await TestSite(.office, code: "MH01")
        let actor = try await site.headquartersStaff()
        let made = try await site.ask(
            .post, "/api/v1/persons", ["name": "王芳"], headers: [.actor: actor])
        let id = try #require(made.json.string("id"))
        let path = "/api/v1/persons/\(id)"
        let changed = try await site.ask(
            .patch, path, ["name": "王芳芳"], headers: [.ifMatch: "*"])
        #expect(changed.status == 200, "\(changed.json)")
        let history = try await site.ask(.get, path + "/history").json.items
        let names = history.filter { $0.string("field") == "name" }
        #expect(names.map { $0["value"] } == ["王芳芳", "王芳"])
        #expect(names.map { $0["live"] } == [true, false])
        #expect(names[0]["replaces"] == [try #require(names[1]["write"])])
        #expect(names[1]["author"]?.string("actor") == actor)
        #expect(names[1]["author"]?.string("actorName") == "张三")
        #expect(names[1]["author"]?.string("officeCode") == "MH01")
        #expect(names[1]["author"]?.string("role") == "office")
        #expect(names[0]["author"]?["actor"] == .null)
        #expect(names[0].string("at")?.hasSuffix("+08:00") == true)
    }

    @Test func `nobody acts in the name of somebody who is not known`() async throws {
        let site = try await TestSite(.office, code: "MH01")
        for actor in ["somebody", try await site.estate()] {
            let answer = try await site.ask(
                .post, "/api/v1/persons", ["name": "王芳"], headers: [.actor: actor])
            #expect(answer.code == "bad-request")
        }
    }

    @Test func `headquarters says which office a new record is for, and an office only its own`()
        async throws
    {
        let head = try await TestSite(.headquarters, code: "HQ")
        let without = try await head.ask(.post, "/api/v1/persons", ["name": "王芳"])
        #expect(without.code == "validation-failed")
        let with = try await head.ask(
            .post, "/api/v1/persons", ["name": "王芳", "office": "00000000000000ab"])
        #expect(with.status == 201)
        #expect(with.json.string("office") == "00000000000000ab")
        let office = try await TestSite(.office, code: "MH01")
        let foreign = try await office.ask(
            .post, "/api/v1/persons", ["name": "王芳", "office": "00000000000000ab"])
        #expect(foreign.code == "not-allowed")
        let company = try await office.ask(
            .post, "/api/v1/policies", ["key": "x", "value": "1", "effective_from": "2025-01-01"])
        #expect([403, 422].contains(company.status))
    }
}

extension TestSite {
    /// A member of staff, as headquarters or the founding of an office would make one.
    func headquartersStaff() async throws -> String {
        let made = try await ask(
            .post, "/api/v1/staff",
            [
                "staff_no": "0001", "name": "张三", "roles": ["REC"], "active": true,
            ])
        #expect(made.status == 201, "\(made.json)")
        return try #require(made.json.string("id"))
    }
}
