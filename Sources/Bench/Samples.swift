/// Repeated readings of one figure.
struct Samples {
    private(set) var values: [Double] = []

    mutating func add(_ value: Double) { values.append(value) }

    var median: Double { percentile(0.5) }
    var least: Double { values.min() ?? 0 }
    var most: Double { values.max() ?? 0 }

    /// The nearest-rank percentile; the mean of the middle two for the median of an even count.
    func percentile(_ share: Double) -> Double {
        let sorted = values.sorted()
        guard !sorted.isEmpty else { return 0 }
        if share == 0.5, sorted.count.isMultiple(of: 2) {
            return (sorted[sorted.count / 2 - 1] + sorted[sorted.count / 2]) / 2
        }
        let rank = Int((share * Double(sorted.count)).rounded(.up))
        return sorted[min(max(rank, 1), sorted.count) - 1]
    }
}

/// Wall-clock seconds of some work.
enum Stopwatch {
    static func blockingSeconds(_ work: () throws -> Void) rethrows -> Double {
        let began = ContinuousClock.now
        try work()
        return (ContinuousClock.now - began) / .seconds(1)
    }

    static func seconds(_ work: () async throws -> Void) async rethrows -> Double {
        let began = ContinuousClock.now
        try await work()
        return (ContinuousClock.now - began) / .seconds(1)
    }
}
