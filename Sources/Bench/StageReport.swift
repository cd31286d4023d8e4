import Foundation

/// The figures of one run in microseconds a record, as `--json` writes and `--before` reads them.
struct StageReport: Codable {
    struct Line: Codable {
        let path: Stage.Path
        let name: String
        let median: Double
        let least: Double
        let most: Double
        let limit: Double
        let how: String
        let limitName: String

        /// Whether the readings do not even agree on the sign.
        var isNoise: Bool { least <= 0 }
    }

    /// How many tickets, and how often they were taken through every stage.
    let records: Int
    let repetitions: Int
    /// The share of all processors that other programs used meanwhile, 0 to 1.
    let sharedWithOthers: Double
    let lines: [Line]
    /// Median microseconds a record of every reading, before anything was subtracted.
    let readings: [String: Double]

    init(_ runs: [StageReadings], records: Int, sharedWithOthers: Double) {
        self.records = records
        repetitions = runs.count
        self.sharedWithOthers = sharedWithOthers
        func samples(_ seconds: (StageReadings) -> Double) -> Samples {
            runs.reduce(into: Samples()) { $0.add(seconds($1) / Double(records) * 1_000_000) }
        }
        lines = Stage.all.map { stage in
            let values = samples(stage.seconds)
            return Line(
                path: stage.path, name: stage.name, median: values.median, least: values.least,
                most: values.most, limit: samples(stage.limit).median, how: stage.how,
                limitName: stage.limitName)
        }
        readings = StageReading.allCases.reduce(into: [:]) { readings, reading in
            readings[reading.rawValue] = samples { $0[reading] }.median
        }
    }

    init(reading file: URL) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(contentsOf: file))
    }

    func write(to file: URL) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try (encoder.encode(self) + Data("\n".utf8)).write(to: file)
    }

    func line(_ path: Stage.Path, _ name: String) -> Line? {
        lines.first { $0.path == path && $0.name == name }
    }

    func lines(_ path: Stage.Path) -> [Line] { lines.filter { $0.path == path } }

    /// The stages one after the other, as one processor would do them.
    func sum(_ path: Stage.Path) -> Double { lines(path).reduce(0) { $0 + $1.median } }

    func limit(_ path: Stage.Path) -> Double { lines(path).reduce(0) { $0 + $1.limit } }

    // MARK: The table

    func print(before: StageReport?) {
        say("Microseconds a record, \(records) tickets, \(StageMaterial.perGroup) to a group,")
        say("median of \(repetitions) repetitions; processor time unless the line says wall clock")
        for path in Stage.Path.allCases {
            say(BenchTable.row(path.rawValue, "now", "min – max", "before", "limit", "how"))
            for line in lines(path) {
                let old = before?.line(path, line.name)?.median
                say(
                    BenchTable.row(
                        "  " + line.name, Self.text(line.median),
                        "\(Self.text(line.least)) – \(Self.text(line.most))",
                        old.map(Self.text) ?? "", Self.text(line.limit),
                        line.how + (line.isNoise ? " [WITHIN NOISE]" : "")
                            + "; limit: " + line.limitName))
            }
            say(
                BenchTable.row(
                    "  sum", Self.text(sum(path)), "", (before?.sum(path)).map(Self.text) ?? "",
                    Self.text(limit(path)), ""))
        }
        for (title, name) in [
            ("whole save on disk, wall clock", StageReading.saveOnDiskWall),
            ("whole ingest on disk, wall clock", .ingestOnDiskWall),
            ("whole reprojection in memory", .reproject),
            ("plain SQLite insert of the rows, in memory", .plainTable),
        ] {
            say(
                BenchTable.row(
                    title, Self.text(readings[name.rawValue] ?? 0), "",
                    (before?.readings[name.rawValue]).map(Self.text) ?? "", "", ""))
        }
        say("Other programs used \(Self.share(sharedWithOthers)) of the processors meanwhile.")
        if let before {
            say("During the run before they used \(Self.share(before.sharedWithOthers)).")
        }
    }

    static func share(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }

    static func text(_ microseconds: Double) -> String {
        String(format: abs(microseconds) < 9.95 ? "%.2f" : "%.1f", microseconds)
    }

    private func say(_ line: String) {
        FileHandle.standardOutput.write(Data((line + "\n").utf8))
    }
}
