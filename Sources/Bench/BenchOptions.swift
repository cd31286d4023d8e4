import Foundation

/// What the bench is asked to do, from its command line.
struct BenchOptions {
    static let usage = """
        usage: gatehouse-bench work DATA ROWS GATEHOUSE [--repetitions N] [--only WORD[,WORD]] [--closed]
               gatehouse-bench company DATA ROWS GATEHOUSE [--stored N] [--offices N] [--svg FILE]
               gatehouse-bench stages DATA ROWS GATEHOUSE [--repetitions N] [--svg FILE] [--json FILE] [--before FILE]
        """

    /// Where make_tickets.py wrote its rows.
    let data: URL
    /// How many rows.
    let count: Int
    /// The `gatehouse` program that serves headquarters.
    let program: URL
    var repetitions = 5
    /// Parts of the table to make; all when empty.
    var only: Set<String> = []
    /// Every second ticket is closed, whatever the generator says.
    var closesHalf = false
    /// The most records that headquarters holds in the curve of the cost of a change.
    var maximumStored = 1_000_000
    /// The most offices in the curve of the cost of an office.
    var maximumOffices = 1_000
    /// Where the curves go.
    var picture = URL(filePath: "bench-company.svg")
    /// Whether a place for a picture was named.
    var wantsPicture = false
    /// Where the figures of the stages go.
    var figures: URL?
    /// The figures of an earlier run, to stand beside those of this one.
    var before: URL?

    init(_ arguments: [String]) throws {
        guard arguments.count >= 3, let count = Int(arguments[1]) else {
            throw BenchFailure(Self.usage)
        }
        data = URL(filePath: arguments[0])
        self.count = count
        program = URL(filePath: arguments[2])
        var rest = arguments.dropFirst(3)
        while let flag = rest.popFirst() {
            if flag == "--closed" {
                closesHalf = true
                continue
            }
            guard let value = rest.popFirst() else { throw BenchFailure(Self.usage) }
            switch flag {
            case "--repetitions": repetitions = try Self.number(value)
            case "--only": only = Set(value.split(separator: ",").map(String.init))
            case "--stored": maximumStored = try Self.number(value)
            case "--offices": maximumOffices = try Self.number(value)
            case "--svg":
                picture = URL(filePath: value)
                wantsPicture = true
            case "--json": figures = URL(filePath: value)
            case "--before": before = URL(filePath: value)
            default: throw BenchFailure(Self.usage)
            }
        }
    }

    private static func number(_ text: String) throws -> Int {
        guard let number = Int(text), number > 0 else { throw BenchFailure(usage) }
        return number
    }

    func wants(_ part: String) -> Bool { only.isEmpty || only.contains(part) }

    /// The rows of the generator.
    func rows() throws -> [BenchRow] {
        var rows: [BenchRow] = try BenchRow.read(data.appending(path: "tickets-\(count).ndjson"))
        guard rows.count == count else { throw BenchFailure("\(count) rows were expected.") }
        if closesHalf {
            for place in stride(from: 0, to: rows.count, by: 2) { rows[place].status = "已关闭" }
        }
        return rows
    }

    /// One of the generator's lists of edits: `w2`, `w4a` or `w4b`.
    func edits(_ name: String) throws -> [BenchEdit] {
        try BenchRow.read(data.appending(path: "\(name)-\(count).ndjson"))
    }
}

/// What a bench stops at: a number that was not measured honestly is worse than none.
struct BenchFailure: Error {
    let message: String

    init(_ message: String) {
        self.message = message
    }
}
