import Foundation
import Records

/// Lists and searches at the API of headquarters, with all tickets in it.
struct Searches {
    let workshop: Workshop
    let pair: SyncedPair

    private struct Question {
        var name: String
        /// What the API is asked, one after the other.
        var paths: [String]
        /// The same of the plain table: what stands after FROM, and the value it is given.
        var condition: String
        var values: [String?]
    }

    func run() async throws {
        let headquarters = try await HeadquartersProcess(
            program: workshop.options.program,
            folder: try workshop.folders.copy(pair.headquarters, to: "search"))
        let plain = try workshop.plainTable("search.db", .normal)
        try plain.run("CREATE INDEX by_room ON tickets (room)")
        try plain.run("CREATE INDEX by_phone ON tickets (phone)")
        let closed = workshop.rows.count { $0.status == "已关闭" }
        workshop.table.note(
            "lists and searches at the API, 50 a page, \(closed) of the tickets closed; p50 is the median, p95 has the bar"
        )
        for question in questions() { try await ask(question, headquarters, plain) }
        try headquarters.stop()
    }

    private func ask(
        _ question: Question, _ headquarters: HeadquartersProcess, _ plain: PlainTable
    ) async throws {
        var median = Figure(question.name + ": p50", .milliseconds)
        var tail = Figure("  p95", .milliseconds, .atMost(50))
        for turn in 0...workshop.options.repetitions {
            var (seconds, floors) = (Samples(), Samples())
            for (path, value) in zip(question.paths, question.values) {
                let floor = try Stopwatch.blockingSeconds {
                    _ = try plain.read(question.condition + " LIMIT 50", value)
                }
                floors.add(floor * 1_000)
                let answer = try await headquarters.timedGet(path)
                seconds.add(answer.seconds * 1_000)
                // The first turn warms both sides and checks what they find.
                if turn == 0 { try await check(path, value, question, headquarters, plain) }
            }
            guard turn > 0 else { continue }
            median.add(seconds.median, floor: floors.median)
            tail.add(seconds.percentile(0.95), floor: floors.percentile(0.95))
        }
        workshop.table.add(median)
        workshop.table.add(tail)
    }

    /// The same number of tickets on both sides, up to a page.
    private func check(
        _ path: String, _ value: String?, _ question: Question,
        _ headquarters: HeadquartersProcess, _ plain: PlainTable
    ) async throws {
        let expected = try plain.read(question.condition + " LIMIT 50", value)
        guard case .array(let items)? = try await headquarters.get(path)["items"],
            items.count == expected
        else { throw BenchFailure("\(question.name) does not find \(expected) tickets.") }
    }

    private func questions() -> [Question] {
        // Spread over all rows, so that pages of all ages are touched.
        let count = 40
        let sample = (0..<count).map { workshop.rows[$0 * workshop.rows.count / count] }
        let recent = "ORDER BY updated_at DESC"
        func question(
            _ name: String, _ condition: String, _ values: [String?], _ path: (String) -> String
        ) -> Question {
            Question(
                name: name,
                paths: values.map { "tickets?limit=50" + path($0 ?? "") },
                condition: condition, values: values)
        }
        let inTexts = "WHERE instr(title || ' ' || description, ?1) > 0 \(recent)"
        return [
            question("list, newest", recent, Array(repeating: nil, count: count)) { _ in "" },
            question(
                "list, one status", "WHERE status = ? \(recent)", sample.map(\.status)
            ) { "&status=\(BenchRow.statuses[$0] ?? "")" },
            question("search, room", "WHERE room = ?", sample.map(\.room), search),
            question(
                "search, room without tickets", "WHERE room = ?",
                (0..<count).map { "\($0 % 30 + 1)栋2单元\(90 + $0)09" }, search),
            // Rooms that begin so, and texts with it: 1栋2单元 is a part of 11栋2单元 too.
            question(
                "search, unit of a building",
                "WHERE room GLOB ?1 || '*' OR instr(title || ' ' || description, ?1) > 0 \(recent)",
                (0..<count).map { "\($0 % 10 + 1)栋2单元" }, search),
            question("search, telephone", "WHERE phone = ?", sample.map(\.phone), search),
            question(
                "search, last four digits", "WHERE phone GLOB '*' || ?",
                sample.map { String($0.phone.suffix(4)) }, search),
            question(
                "search, number of a ticket", "WHERE ticket_no = ?", sample.map(\.ticketNo), search
            ),
            question(
                "search, frequent text", inTexts,
                (0..<count).map { ["水槽下方漏水", "运行有异响", "装修噪音", "账单有误"][$0 % 4] }, search),
            question(
                "search, two characters nobody wrote", inTexts,
                (0..<count).map { ["飓风", "鳄鱼", "钢琴", "火箭"][$0 % 4] }, search),
            question(
                "search, text nobody wrote", inTexts, (0..<count).map { "查无此事\($0)" }, search),
            question(
                "search, caller",
                """
                WHERE instr(owner_name || ' ' || assignee || ' ' || title || ' ' || description, ?1) > 0
                \(recent)
                """,
                sample.map(\.ownerName), search),
        ]
    }

    private func search(_ text: String) -> String {
        "&q=\(text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")"
    }
}
