import SimulatedDisk
import Synchronization

/// Runs schedules, each from one seed, several at a time.
public struct Simulator: Sendable {
    /// What became of one schedule.
    public struct Outcome: Sendable {
        public var seed: UInt64
        /// Nil when everything held.
        public var failure: String?
        /// A sum over everything that happened: equal whenever the seed is.
        public var trace: UInt64
        /// What happened, line by line, where asked for.
        public var lines: [String]
        public var operations: Int
        public var messages: Int
        public var powerCuts: Int
        public var restores: Int
        public var clones: Int
        public var brokenCalls: Int
        public var forgotten: Int
    }

    private let template: Template
    private let operations: Int

    /// - Parameter operations: of each schedule, at least; messages on the line are not counted.
    /// - Throws: whatever the engine throws while the company is founded.
    public init(operations: Int = 300) async throws {
        template = try await Template()
        self.operations = operations
    }

    /// One schedule. The same seed gives the same trace, on every machine.
    public func run(seed: UInt64, keepsTrace: Bool = false) async -> Outcome {
        let world = World(template, seed: seed, keepsTrace: keepsTrace)
        var failure: String?
        do {
            try await world.run(operations: operations)
        } catch {
            failure = "\(error)"
        }
        return world.outcome(seed: seed, failure)
    }

    /// Schedules of consecutive seeds on so many lanes at once.
    ///
    /// - Parameters:
    ///   - stopsAtFailure: begins no further schedule after one that failed.
    ///   - report: told about each schedule as it ends, in no order.
    public func run(
        seeds: Range<UInt64>, lanes: Int, stopsAtFailure: Bool = false,
        report: @escaping @Sendable (Outcome) -> Void
    ) async {
        let next = SeedCounter(seeds)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<lanes {
                group.addTask {
                    while let seed = next.take() {
                        let outcome = await run(seed: seed)
                        if stopsAtFailure && outcome.failure != nil { next.stop() }
                        report(outcome)
                    }
                }
            }
        }
    }
}

extension World {
    func outcome(seed: UInt64, _ failure: String?) -> Simulator.Outcome {
        for node in nodes { node.stop(.allWritten) }
        return Simulator.Outcome(
            seed: seed, failure: failure ?? found?.description, trace: trace.sum,
            lines: trace.lines, operations: tally.operations, messages: tally.messages,
            powerCuts: tally.powerCuts, restores: tally.restores, clones: tally.clones,
            brokenCalls: tally.brokenCalls, forgotten: tally.forgotten)
    }
}

/// Gives each lane the next seed.
private final class SeedCounter: Sendable {
    private let left: Mutex<Range<UInt64>>

    init(_ seeds: Range<UInt64>) {
        left = Mutex(seeds)
    }

    func stop() {
        left.withLock { $0 = $0.upperBound..<$0.upperBound }
    }

    func take() -> UInt64? {
        left.withLock { left in
            guard !left.isEmpty else { return nil }
            defer { left = left.lowerBound + 1..<left.upperBound }
            return left.lowerBound
        }
    }
}
