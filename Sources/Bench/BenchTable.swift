import Foundation

/// A figure of the table: its readings, and beside each what the floor took then.
struct Figure {
    enum Unit { case seconds, milliseconds, microseconds, bytes, mebibytes, each, perSecond }

    /// What issue 4 asks of it.
    enum Bar {
        /// At most so many times the floor.
        case ratio(Double)
        /// At most so much, in the figure's unit.
        case atMost(Double)
        case atLeast(Double)
    }

    var name: String
    var unit: Unit
    var bar: Bar?
    var values = Samples()
    /// Of each reading to its floor; empty where there is no floor.
    var ratios = Samples()

    init(_ name: String, _ unit: Unit, _ bar: Bar? = nil) {
        self.name = name
        self.unit = unit
        self.bar = bar
    }

    mutating func add(_ value: Double, floor: Double? = nil) {
        values.add(value)
        if let floor { ratios.add(value / floor) }
    }

    /// Whether the bar holds; nil without one.
    var holds: Bool? {
        switch bar {
        case nil: nil
        case .ratio(let limit): ratios.median <= limit
        case .atMost(let limit): values.median <= limit
        case .atLeast(let limit): values.median >= limit
        }
    }
}

/// The table that the bench prints, line by line as it comes to know them.
final class BenchTable {
    private var load = MachineLoad()
    private var missed = 0
    private var isBusy = false

    init(_ title: String) {
        say(title)
        say(
            Self.row(
                "", "median", "min – max", "x floor (min – max)", "bar", "holds"))
    }

    func add(_ figure: Figure) {
        let share = load.sharedWithOthers()
        if share > Self.busyShare { isBusy = true }
        if figure.holds == false { missed += 1 }
        let unit = figure.unit
        let ratios =
            figure.ratios.values.isEmpty
            ? ""
            : "\(Self.short(figure.ratios.median)) (\(Self.short(figure.ratios.least)) – \(Self.short(figure.ratios.most)))"
        say(
            Self.row(
                figure.name, unit.text(figure.values.median),
                figure.values.values.count < 2
                    ? "" : "\(unit.bare(figure.values.least)) – \(unit.bare(figure.values.most))",
                ratios, figure.bar.map { Self.text($0, unit) } ?? "",
                (figure.holds.map { $0 ? "yes" : "NO" } ?? "")
                    + (share > Self.busyShare ? "  busy: others \(Int(share * 100)) %" : "")))
    }

    func note(_ text: String) { say("  " + text) }

    /// The last lines: how many bars were missed, and whether the machine was ours.
    func end() {
        say(missed == 0 ? "Every bar holds." : "\(missed) bars do not hold.")
        if isBusy {
            say(
                "Lines marked busy were measured while other programs used more than \(Int(Self.busyShare * 100)) % of the processors: judge them again on a quiet machine."
            )
        }
    }

    /// At once, also into a pipe: a run is long.
    private func say(_ line: String) {
        FileHandle.standardOutput.write(Data((line + "\n").utf8))
    }

    /// Above this share of all processors used by others a line is marked.
    private static let busyShare = 0.1

    private static func text(_ bar: Figure.Bar, _ unit: Figure.Unit) -> String {
        switch bar {
        case .ratio(let limit): "≤ \(short(limit)) x"
        case .atMost(let limit): "≤ \(unit.text(limit))"
        case .atLeast(let limit): "≥ \(unit.text(limit))"
        }
    }

    static func row(_ columns: String...) -> String {
        zip(columns, [52, 13, 19, 24, 14, 0]).map { text, width in
            text + String(repeating: " ", count: max(width - text.count, text.isEmpty ? 0 : 1))
        }.joined()
    }

    static func short(_ number: Double) -> String {
        String(format: number < 9.995 ? "%.2f" : number < 99.95 ? "%.1f" : "%.0f", number)
    }
}

extension Figure.Unit {
    func bare(_ value: Double) -> String {
        switch self {
        case .seconds, .milliseconds: BenchTable.short(value)
        case .mebibytes: String(format: "%.1f", value)
        case .bytes, .each, .perSecond, .microseconds:
            String(format: value < 10 ? "%.2f" : "%.0f", value)
        }
    }

    func text(_ value: Double) -> String {
        switch self {
        case .seconds: bare(value) + " s"
        case .milliseconds: bare(value) + " ms"
        case .microseconds: bare(value) + " µs"
        case .bytes: bare(value) + " B"
        case .mebibytes: bare(value) + " MiB"
        case .each: bare(value)
        case .perSecond: bare(value) + " /s"
        }
    }
}
