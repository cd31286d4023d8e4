import Foundation

/// How a cost develops as something grows.
struct CostCurve {
    struct Point {
        var across: Double
        var cost: Samples
    }

    let title: String
    /// What grows.
    let across: String
    /// What it costs, with its unit.
    let up: String
    private(set) var points: [Point] = []

    init(title: String, across: String, up: String) {
        self.title = title
        self.across = across
        self.up = up
    }

    mutating func add(_ across: Double, _ cost: Samples) {
        points.append(Point(across: across, cost: cost))
    }
}

/// Curves side by side as an SVG picture: what grows in powers of ten, what it costs from zero, each
/// point with its spread.
struct CurveChart {
    let curves: [CostCurve]

    private static let panel = (width: 340.0, height: 280.0)
    private static let plot = (left: 60.0, top: 46.0, width: 250.0, height: 180.0)

    var svg: String {
        let width = Self.panel.width * Double(curves.count)
        let panels = curves.enumerated().map { place, curve in
            "<g transform=\"translate(\(Self.panel.width * Double(place)) 0)\">\n"
                + panel(curve) + "</g>\n"
        }
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(width) \(Self.panel.height)" \
            width="\(width)" height="\(Self.panel.height)" font-family="sans-serif" font-size="11">
            <rect width="100%" height="100%" fill="white"/>
            \(panels.joined())</svg>

            """
    }

    private func panel(_ curve: CostCurve) -> String {
        let plot = Self.plot
        let powers = curve.points.map { log10($0.across) }
        let (first, last) = (powers.min() ?? 0, max(powers.max() ?? 1, (powers.min() ?? 0) + 1))
        let top = Self.roundAbove(curve.points.map(\.cost.most).max() ?? 1)
        func x(_ power: Double) -> Double {
            plot.left + (power - first) / (last - first) * plot.width
        }
        func y(_ cost: Double) -> Double { plot.top + plot.height * (1 - cost / top) }
        var lines = [
            text(plot.left, 18, curve.title, "start", weight: "bold"),
            text(plot.left, 34, curve.up, "start"),
            text(plot.left + plot.width / 2, Self.panel.height - 12, curve.across, "middle"),
        ]
        for share in stride(from: 0.0, through: 1, by: 0.25) {
            let cost = top * share
            lines.append(
                line(plot.left, y(cost), plot.left + plot.width, y(cost), "#ddd", 1))
            lines.append(
                text(plot.left - 6, y(cost) + 4, String(format: "%.0f", cost), "end"))
        }
        for point in curve.points {
            let at = x(log10(point.across))
            lines.append(
                text(at, plot.top + plot.height + 18, Self.count(point.across), "middle"))
            lines.append(
                line(at, y(point.cost.least), at, y(point.cost.most), "#8ab", 3))
            lines.append(
                "<circle cx=\"\(at)\" cy=\"\(y(point.cost.median))\" r=\"4\" fill=\"#147\"/>")
        }
        let path = curve.points.map { "\(x(log10($0.across))),\(y($0.cost.median))" }
        lines.append(
            "<polyline points=\"\(path.joined(separator: " "))\" fill=\"none\" stroke=\"#147\" stroke-width=\"1.5\"/>"
        )
        return lines.joined(separator: "\n") + "\n"
    }

    /// A number whose quarters are easy to read.
    private static func roundAbove(_ cost: Double) -> Double {
        let power = pow(10, floor(log10(max(cost, 1))))
        return [1, 2, 4, 6, 8, 10].map { $0 * power }.first { $0 >= cost } ?? 10 * power
    }

    private static func count(_ number: Double) -> String {
        switch number {
        case 1_000_000...: String(format: "%.0fM", number / 1_000_000)
        case 10_000...: String(format: "%.0fk", number / 1_000)
        default: String(format: "%.0f", number)
        }
    }

    private func text(
        _ x: Double, _ y: Double, _ text: String, _ anchor: String, weight: String = "normal"
    ) -> String {
        "<text x=\"\(x)\" y=\"\(y)\" text-anchor=\"\(anchor)\" font-weight=\"\(weight)\">\(text)</text>"
    }

    private func line(
        _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ colour: String, _ width: Double
    ) -> String {
        "<line x1=\"\(x1)\" y1=\"\(y1)\" x2=\"\(x2)\" y2=\"\(y2)\" stroke=\"\(colour)\" stroke-width=\"\(width)\"/>"
    }
}
