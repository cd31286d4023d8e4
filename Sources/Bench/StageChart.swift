import Foundation

/// Bars of every stage, before and now, with a mark for the limit; one panel for each path.
struct StageChart {
    let now: StageReport
    let before: StageReport?

    private static let width = 780.0
    private static let bars = (left: 190.0, width: 380.0)
    private static let rowHeight = 30.0
    private static let head = 66.0

    var svg: String {
        var top = Self.head
        var parts: [String] = []
        for path in Stage.Path.allCases {
            parts.append(panel(path, top))
            top += 44 + Double(now.lines(path).count) * Self.rowHeight + 26
        }
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Self.width) \(top + 16)" \
            width="\(Self.width)" height="\(top + 16)" font-family="sans-serif" font-size="12">
            <title>Where the time goes: microseconds a record and stage</title>
            <style>\(Self.style)</style>
            <rect class="ground" width="100%" height="100%"/>
            \(heading)
            \(parts.joined(separator: "\n"))
            \(text(16, top + 4, footer, "small"))
            </svg>

            """
    }

    private static let style = """
        .ground{fill:#fff}text{fill:#222}.small{fill:#666;font-size:11px}.bold{font-weight:bold}\
        .grid{stroke:#ddd}.before{fill:#b9c4cf}.now{fill:#1a6fb0}.limit{fill:#d1495b}\
        @media(prefers-color-scheme:dark){.ground{fill:#0d1117}text{fill:#e6edf3}\
        .small{fill:#9aa4ae}.grid{stroke:#30363d}.before{fill:#5b6672}.now{fill:#58a6ff}\
        .limit{fill:#ff7b89}}
        """

    private var heading: String {
        let legend = [("before", "before"), ("now", "now"), ("limit", "limit of the stage")]
            .filter { before != nil || $0.0 != "before" }
        var x = 16.0
        var parts = [
            text(16, 24, "Where the time goes: microseconds a record and stage", "bold")
        ]
        for (mark, label) in legend {
            parts.append(rect(x, 38, mark == "limit" ? 3 : 12, 12, mark))
            parts.append(text(x + 18, 48, label, "small"))
            x += 40 + Double(label.count) * 7
        }
        return parts.joined(separator: "\n")
    }

    private var footer: String {
        let share = before.map {
            " (\(StageReport.share($0.sharedWithOthers)) before)"
        }
        return
            "\(now.records) tickets, \(StageMaterial.perGroup) to a group, median of \(now.repetitions). Others used \(StageReport.share(now.sharedWithOthers)) of the machine\(share ?? ""). * derived by subtraction, ~ within noise."
    }

    private func panel(_ path: Stage.Path, _ top: Double) -> String {
        let lines = now.lines(path)
        let old = before?.sum(path)
        let values =
            lines.flatMap { [$0.median, $0.limit] }
            + lines.compactMap { before?.line(path, $0.name)?.median }
        let most = max(values.max() ?? 1, 0.1)
        let title =
            "\(path.rawValue): \(old.map { StageReport.text($0) + " → " } ?? "")\(StageReport.text(now.sum(path))) µs a record, limit \(StageReport.text(now.limit(path)))"
        let first = top + 44
        let height = Double(lines.count) * Self.rowHeight
        func length(_ value: Double) -> Double { max(value, 0) / most * Self.bars.width }
        var parts = [text(16, top + 16, title, "bold")]
        for share in [0, 0.25, 0.5, 0.75, 1] {
            let x = Self.bars.left + Self.bars.width * share
            parts.append(
                "<path class=\"grid\" d=\"M\(Self.short(x)) \(first - 4)v\(height)\"/>")
            parts.append(
                text(x, first - 10, StageReport.text(most * share), "small", anchor: "middle"))
        }
        for (place, line) in lines.enumerated() {
            let y = first + Double(place) * Self.rowHeight
            let earlier = before?.line(path, line.name)?.median
            let isDerived = line.how.hasPrefix("derived")
            parts.append(
                text(
                    Self.bars.left - 8, y + 15, line.name + (isDerived ? " *" : ""), "",
                    anchor: "end"))
            if let earlier {
                parts.append(rect(Self.bars.left, y, length(earlier), 9, "before"))
            }
            parts.append(rect(Self.bars.left, y + 10, length(line.median), 9, "now"))
            parts.append(rect(Self.bars.left + length(line.limit) - 1, y - 2, 3, 23, "limit"))
            let words =
                (earlier.map { StageReport.text($0) + " → " } ?? "")
                + (line.isNoise ? "~" : "") + StageReport.text(line.median)
                + ", limit " + StageReport.text(line.limit)
            parts.append(text(Self.bars.left + Self.bars.width + 14, y + 15, words, "small"))
        }
        return parts.joined(separator: "\n")
    }

    private func rect(
        _ x: Double, _ y: Double, _ width: Double, _ height: Double, _ mark: String
    ) -> String {
        "<rect class=\"\(mark)\" x=\"\(Self.short(x))\" y=\"\(Self.short(y))\" width=\"\(Self.short(width))\" height=\"\(height)\"/>"
    }

    private func text(
        _ x: Double, _ y: Double, _ text: String, _ kind: String, anchor: String = "start"
    ) -> String {
        "<text class=\"\(kind)\" x=\"\(Self.short(x))\" y=\"\(Self.short(y))\" text-anchor=\"\(anchor)\">\(text)</text>"
    }

    private static func short(_ number: Double) -> String { String(format: "%.1f", number) }
}
