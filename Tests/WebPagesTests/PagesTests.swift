import Foundation
import HTTPTypes
import Node
import Records
import Store
import SyncCore
import Testing

@testable import Web

/// Every page, empty and full, in both languages.
@Suite struct PagesTests {
    /// Addresses of every page of a site, with records behind them.
    private static func addresses(
        _ site: TestSite, _ ids: [String: RecordID], conflict: RecordID?
    ) -> [String] {
        var all = [
            Site.Pattern.front, Site.search("甲"), Site.search(""), Site.Pattern.who,
            Site.Pattern.conflicts, Site.Pattern.sync, Site.Pattern.importing, "/nowhere",
        ]
        let role = site.node.identity.role
        for type in Catalogue.types {
            all += [Site.list(type), Site.list(type, [("search", "没有的")])]
            if type.creator.includes(role) { all.append(Site.new(type)) }
            if let id = ids[type.name] {
                all += [Site.record(type, id), Site.delete(type, id)]
            }
        }
        for (name, id) in ids {
            if let type = Catalogue.type(named: name) { all.append(Site.edit(type, id)) }
        }
        if let conflict {
            all += [Site.record(.household, conflict), Site.conflict(.household, conflict)]
        }
        return all
    }

    /// Shows everything and returns the answers by address.
    private static func tour(
        _ site: TestSite, _ ids: [String: RecordID] = [:], conflict: RecordID? = nil,
        language: Language = .zh
    ) async throws -> [(address: String, answer: Answer)] {
        site.browser.set(PageRequest.languageCookie, language.rawValue)
        var answers: [(String, Answer)] = []
        for address in addresses(site, ids, conflict: conflict) {
            let answer = try await site.browser.get(address)
            answers.append((address, answer))
        }
        return answers
    }

    /// A company with a record of every type and one conflict.
    private static func full(
        text: String = "甲乙丙"
    ) async throws -> (TestCompany, [String: RecordID], RecordID) {
        let company = try await TestCompany()
        let ids = try await Samples.fill(company.office, text: text)
        let conflict = try await company.conflict()
        _ = try await Samples.fill(company.headquarters, text: text)
        try await company.exchange()
        if let staff = ids["staff"] {
            company.office.browser.set(PageRequest.staffCookie, staff.description)
        }
        return (company, ids, conflict)
    }

    @Test
    func `every template key exists in the values and every part of a template is shown once`()
        async throws
    {
        let (company, ids, conflict) = try await Self.full()
        let alone = try await TestSite(.office, code: "MH09")
        let lonely = try await TestSite(.headquarters, code: "HQ")
        for language in Language.allCases {
            _ = try await Self.tour(company.office, ids, conflict: conflict, language: language)
            _ = try await Self.tour(
                company.headquarters, ids, conflict: conflict, language: language)
            _ = try await Self.tour(alone, language: language)
            _ = try await Self.tour(lonely, language: language)
        }
        try await rareAnswers(company, ids, conflict, alone)
        let shown = [company.office, company.headquarters, alone, lonely].flatMap(\.browser.shown)
        var walk = TemplateWalk()
        for page in shown { try walk.walk(page) }
        #expect(walk.missing.isEmpty, "\(walk.missing.sorted())")
        let unreached = walk.all.subtracting(walk.reached)
        #expect(unreached.isEmpty, "\(unreached.sorted())")
        let used = Set(shown.map { type(of: $0).template })
        let partials: Set = ["layout", "field", "control", "said", "input"]
        #expect(used.union(partials) == Set(try Templates.names()))
    }

    /// Pages that only some answers have.
    private func rareAnswers(
        _ company: TestCompany, _ ids: [String: RecordID], _ conflict: RecordID, _ alone: TestSite
    ) async throws {
        let (office, head) = (company.office, company.headquarters)
        _ = try await office.browser.post(
            Site.new(.household),
            [
                ("id", office.node.newID(for: .household).description), ("f.room.0", "很 怪 的"),
                ("f.estate.0", "没有"), ("f.area.0", "x"),
            ])
        let form = try await office.browser.get(Site.edit(.household, conflict))
        try await office.change(.household, conflict, ["status": .text("vacant")])
        _ = try await office.browser.post(
            Site.edit(.household, conflict),
            form.fields().map { ($0.0, $0.0 == "f.status.0" ? "sold" : $0.1) })
        _ = try await office.browser.post(Site.edit(.household, conflict), [("version", "x")])
        _ = try await office.browser.post(
            Site.conflict(.household, conflict),
            [("field", "area"), ("version", "a.1"), ("shown", ""), ("choice", "0")])
        _ = try await head.browser.post(Site.Pattern.invite, [("office", "MH02")])
        _ = try await alone.browser.post(Site.Pattern.join, [("url", "http://x"), ("code", "1")])
        _ = try await office.browser.post(Site.Pattern.syncPause, [("for", "15")])
        _ = try await office.services.backups?.now()
        _ = try await office.browser.get(Site.Pattern.sync)
        try await office.node.store.note(refusal: "bad-seal", of: nil, at: 1)
        _ = try await office.browser.get(Site.Pattern.sync)
        let staff = try #require(ids["staff"])
        _ = try await office.browser.post(Site.delete(.staff, staff), [("version", "a.1")])
        let page = try await office.browser.get(Site.delete(.household, conflict))
        _ = try await office.browser.post(
            Site.delete(.household, conflict),
            page.fields().map { ($0.0, $0.0 == "reason" ? "搬走" : $0.1) })
        _ = try await office.browser.get(Site.record(.household, conflict, [("done", "deleted")]))
        try await jobs(office)
        try await manyRecords(alone)
        try await disagreements(company)
    }

    /// Lists with a second page, records that are one, and a long history.
    private func manyRecords(_ site: TestSite) async throws {
        let first = try await site.household("1")
        let twin = try await site.household("1")
        for room in 2...55 { _ = try await site.household(String(room)) }
        for _ in 0..<25 {
            try await site.make(
                .occupancy,
                [
                    "household": .record(first), "person": .record(site.node.newID(for: .person)),
                    "role": .text("owner"), "from": .text("2025-01-01"),
                ])
        }
        for area in 1...40 {
            try await site.change(.household, first, ["area": .integer(Int64(area))])
        }
        let later = max(first, twin)
        for address in [
            Site.list(.household),
            Site.list(.household, [("status", "occupied"), ("conflicts", "1")]),
            Site.list(.occupancy, [("household", first.description)]),
            Site.record(.household, first), Site.record(.household, later), Site.search("3-2-1"),
        ] { _ = try await site.browser.get(address) }
        for number in 0..<9 { try await site.make(.person, ["name": .text("王\(number)")]) }
        _ = try await site.browser.get(Site.search("王"))
        let form = try await site.browser.get(Site.new(.occupancy))
        _ = try await site.browser.post(
            Site.new(.occupancy),
            form.fields().map {
                ($0.0, $0.0 == "f.from.0" ? "2025-13-01" : $0.1)
            })
        let ticket = try await site.browser.get(Site.new(.ticket))
        _ = try await site.browser.post(
            Site.new(.ticket),
            ticket.fields().map {
                ($0.0, $0.0 == "f.contacts.0" || $0.0.hasPrefix("f.handler.") ? "没有" : $0.1)
            })
        let person = try await site.browser.get(Site.new(.person))
        _ = try await site.browser.post(
            Site.new(.person),
            person.fields().map {
                ($0.0, $0.0 == "f.phones.0.no" ? "12" : $0.1)
            })
        _ = try await site.browser.send(.post, Site.Pattern.importing, "--x\r\n--", [:])
    }

    /// Deleted here, changed there; decided meanwhile; a field that is the other side's; a stale
    /// page.
    private func disagreements(_ company: TestCompany) async throws {
        let (office, head) = (company.office, company.headquarters)
        let id = try await office.household("900")
        try await company.exchange()
        try await office.node.save([RecordEdit(.household, .delete(id), note: "重复")], actor: nil)
        try await head.change(.household, id, ["status": .text("vacant")])
        try await company.exchange()
        let numbered = try await office.twoTickets(numbered: "FW-1")
        _ = try await office.browser.get(Site.conflict(.ticket, numbered[0]))
        _ = try await office.browser.get(Site.record(.ticket, numbered[0]))
        let settled = try await office.household("901")
        _ = try await office.browser.get(Site.conflict(.household, settled))
        for site in [office, head] {
            _ = try await site.browser.get(Site.record(.household, id))
            _ = try await site.browser.get(Site.list(.household))
        }
    }

    private func jobs(_ office: TestSite) async throws {
        let kept = try await office.household("902")
        let result =
            #"{"batch":7,"rows":3,"accepted":2,"unchanged":0,"rejected":[{"row":2,"column":"房号","reason":"bad_room"}],"#
            + #""kept":[{"row":3,"column":"面积","reason":"kept_here","type":"households","record":"\#(kept)"}]}"#
        let jobs = office.services.jobs
        _ = await jobs.start(id: "whole", name: "import") { _ in result }
        _ = await jobs.start(id: "broken", name: "import") { _ in throw CancellationError() }
        let (waits, ends) = AsyncStream.makeStream(of: Void.self)
        _ = await jobs.start(id: "running", name: "import") { progress in
            progress(1, 3)
            for await _ in waits {}
            return "null"
        }
        for id in ["whole", "broken"] {
            while case .running? = await jobs.job(id)?.state { await Task.yield() }
        }
        for id in ["whole", "broken", "running"] { _ = try await office.browser.get(Site.job(id)) }
        ends.finish()
    }

    @Test
    func `every link and every form leads somewhere, and no page loads anything from outside`()
        async throws
    {
        let (company, ids, conflict) = try await Self.full()
        for site in [company.office, company.headquarters] {
            var seen: Set<String> = []
            for (address, answer) in try await Self.tour(site, ids, conflict: conflict) {
                #expect(answer.text.utf8.count <= 100_000, "\(address) \(answer.text.utf8.count)")
                #expect(
                    !answer.text.contains("http://") && !answer.text.contains("https://"),
                    "\(address)")
                #expect(answer.text.contains("<html lang=\"zh-CN\">"))
                #expect(!answer.text.contains("{{"), "\(address)")
                guard address != "/nowhere" else { continue }
                #expect(answer.status == .ok, "\(address)")
                for link in answer.values(of: "href") + answer.values(of: "src")
                    + answer.values(of: "data-refresh")
                where link.hasPrefix("/") && seen.insert(link).inserted {
                    let target = try await site.browser.get(link)
                    #expect(target.status == .ok, "\(link) on \(address)")
                }
                for anchor in answer.values(of: "href") where anchor.hasPrefix("#") {
                    #expect(
                        answer.values(of: "id").contains(String(anchor.dropFirst())), "\(anchor)")
                }
                let identifiers = answer.values(of: "id")
                #expect(Set(identifiers).count == identifiers.count, "\(address) repeats an id")
                for label in answer.values(of: "for") {
                    #expect(identifiers.contains(label), "\(label) on \(address)")
                }
                for form in Set(
                    answer.text.matches(of: /<form[^>]*method="post"[^>]*>/).map {
                        String($0.output)
                    })
                {
                    let action = Answer(status: .ok, headers: [:], text: form).values(of: "action")[
                        0]
                    guard seen.insert("post " + action).inserted, action != Site.Pattern.syncNow
                    else { continue }
                    let target = try await site.browser.post(action, [])
                    #expect(
                        target.status != .notFound || target.text.contains("<html"), "\(action)")
                    #expect(
                        target.status != .methodNotAllowed && target.status != .internalServerError,
                        "\(action)")
                }
            }
        }
    }

    @Test func `a script in any field is shown and never run`() async throws {
        let script = "<script>alert('1')</script>\"'><img src=x>"
        let (company, ids, conflict) = try await Self.full(text: script)
        for (address, answer) in try await Self.tour(company.office, ids, conflict: conflict) {
            #expect(!answer.text.contains("<script>alert"), "\(address)")
            #expect(!answer.text.contains("<img"), "\(address)")
        }
        let typed = try await company.office.browser.get(Site.search(script))
        #expect(!typed.text.contains("<script>alert"))
        #expect(typed.text.contains("&lt;script&gt;"))
        let chosen = try await company.office.browser.get(
            Site.address("/nowhere", [("x", script)]))
        #expect(!chosen.text.contains("<script>alert"))
    }

    @Test func `a page speaks one language`() async throws {
        let (company, ids, conflict) = try await Self.full()
        let allowed: Set = [
            "English", "MH01", "HQ", "CSV", "XLSX", "FW", "TS", "IC", "office", "Excel",
            String(repeating: "a", count: 64),
        ]
        for site in [company.office, company.headquarters] {
            for (address, answer) in try await Self.tour(site, ids, conflict: conflict) {
                let words = Self.words(answer.text).filter { !allowed.contains($0) }
                #expect(words.isEmpty, "\(address): \(Set(words).sorted())")
            }
            for (address, answer) in try await Self.tour(
                site, ids, conflict: conflict, language: .en)
            {
                let foreign = Self.visible(answer.text)
                    .replacing("甲乙丙", with: "").replacing("幸福花园", with: "")
                    .replacing("中文", with: "").replacing("总部", with: "").replacing("㎡", with: "")
                    .matches(of: /[\u{4E00}-\u{9FFF}：；，。（）、“”]+/).map { String($0.output) }
                #expect(foreign.isEmpty, "\(address): \(Set(foreign).sorted())")
            }
        }
    }

    /// What a person sees: text between tags, and labels in attributes.
    private static func visible(_ html: String) -> String {
        let said = Answer(status: .ok, headers: [:], text: html)
        let spoken = said.values(of: "aria-label") + said.values(of: "placeholder")
        return html.replacing(
            /<(script|style)[^>]*>.*?<\/(script|style)>/.dotMatchesNewlines(), with: " "
        )
        .replacing(/<code>[^<]*<\/code>/, with: " ")
        .replacing(/<[^>]*>/, with: " ") + " " + spoken.joined(separator: " ")
    }

    /// ASCII words of letters; ids, numbers and versions have digits in them and are none.
    private static func words(_ html: String) -> [String] {
        visible(html).replacing(/&[a-z#0-9]+;/, with: " ")
            .split { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == "." || $0 == "_")) }
            .map(String.init)
            .filter { word in
                word.contains(where: \.isLetter)
                    && !word.contains(where: { $0.isNumber || $0 == "." })
            }
    }
}
